-- The counts that the run's own row carries; over all games and objects, whatever the window.
-- grain: one row
-- reads: stage.object, model.landed_object, model.cell, model.gap, model.event
-- column: objects_listed BIGINT -- objects in the bucket's listing
-- column: objects_quarantined BIGINT -- object generations that could not be read
-- column: cells_due BIGINT -- cells of the grid that were due
-- column: cells_present BIGINT -- of those the present ones
-- column: gaps_open BIGINT -- gaps that nobody had accepted
-- column: gaps_accepted BIGINT -- gaps that a person had accepted
-- column: events_open BIGINT -- events that go on
SELECT
    (SELECT count(*) FROM stage.object WHERE is_listed) AS objects_listed,
    (SELECT count(*) FROM model.landed_object WHERE outcome = 'quarantined') AS objects_quarantined,
    count(*) FILTER (c.is_due) AS cells_due,
    count(*) FILTER (c.is_due AND c.status = 'present') AS cells_present,
    count(*) FILTER (p.is_accepted = false) AS gaps_open,
    count(*) FILTER (p.is_accepted) AS gaps_accepted,
    (SELECT count(*) FROM model.event WHERE is_open) AS events_open
FROM model.cell AS c
LEFT JOIN model.gap AS p USING (nba_game_id, source)
