-- The counts that the run's own row carries; over all games and objects, whatever the window.
-- grain: one row
-- reads: stage.object, model.landed_object, model.cell, model.gap, model.event, model.decided_event, model.decided_gap
-- column: objects_listed BIGINT -- objects in the bucket's listing
-- column: objects_quarantined BIGINT -- object generations that could not be read
-- column: cells_due BIGINT -- cells of the grid that were due
-- column: cells_present BIGINT -- of those the present ones
-- column: gaps_open BIGINT -- gaps that nobody had accepted or decided
-- column: gaps_accepted BIGINT -- gaps that a person had accepted, or decided to bear
-- column: events_open BIGINT -- events that go on and that nobody closed
SELECT
    (SELECT count(*) FROM stage.object WHERE is_listed) AS objects_listed,
    (SELECT count(*) FROM model.landed_object WHERE outcome = 'quarantined') AS objects_quarantined,
    count(*) FILTER (c.is_due) AS cells_due,
    count(*) FILTER (c.is_due AND c.status = 'present') AS cells_present,
    count(*) FILTER (p.is_accepted = false AND d.source IS NULL) AS gaps_open,
    count(*) FILTER (p.is_accepted OR d.source IS NOT NULL) AS gaps_accepted,
    (SELECT count(*) FROM model.event ANTI JOIN (FROM model.decided_event WHERE is_closed) AS d USING (event_id) WHERE is_open) AS events_open
FROM model.cell AS c
LEFT JOIN model.gap AS p USING (nba_game_id, source)
LEFT JOIN model.decided_gap AS d USING (nba_game_id, source)
