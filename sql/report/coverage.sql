-- What each source had of the games in the window.
-- grain: source
-- reads: model.cell, model.game, reference.sources
-- param: window_from DATE -- first game date listed
-- param: window_to DATE -- last game date listed
-- param: game VARCHAR -- list this one game only, by either id; NULL for all
-- column: source VARCHAR -- name of the feed
-- column: scheduled BIGINT -- games that it covers
-- column: due BIGINT -- those whose data should be there
-- column: present BIGINT -- those whose data is there, whole
-- column: accepted BIGINT -- gaps that a person has accepted
-- column: open BIGINT -- gaps that nobody has accepted, those within grace included
-- column: pending BIGINT -- not due yet
-- column: covered_pct DECIMAL(5,1) -- present of those due and not accepted, in percent, rounded down; NULL if there are none
SELECT
    r.source,
    count(*) FILTER (c.is_expected) AS scheduled,
    count(*) FILTER (c.is_due) AS due,
    count(*) FILTER (c.status = 'present') AS present,
    count(*) FILTER (c.is_accepted) AS accepted,
    count(*) FILTER (c.is_due AND c.status <> 'present' AND NOT c.is_accepted) AS open,
    count(*) FILTER (c.status = 'pending') AS pending,
    -- Rounded down: 100.0 is said only of all.
    ((1000 * count(*) FILTER (c.is_due AND c.status = 'present')
        // nullif(count(*) FILTER (c.is_due AND NOT c.is_accepted), 0)) / 10)::DECIMAL(5,1) AS covered_pct
FROM reference.sources AS r
LEFT JOIN (
    SELECT c.*
    FROM model.cell AS c
    JOIN model.game AS g USING (nba_game_id)
    WHERE g.game_date BETWEEN $window_from::DATE AND $window_to::DATE
        AND ($game::VARCHAR IS NULL OR $game::VARCHAR IN (g.nba_game_id, g.game_code_id))
) AS c USING (source)
GROUP BY r.source
ORDER BY r.source
