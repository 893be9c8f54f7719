-- What each source had of the games in the window.
-- grain: source
-- reads: model.cell, model.decided_gap, model.game, model.matched_line, reference.sources, is_game
-- param: window_from DATE -- first game date listed
-- param: window_to DATE -- last game date listed
-- param: game VARCHAR -- list this one game only, by any of its ids (is_game); NULL for all
-- column: source VARCHAR -- name of the feed
-- column: scheduled BIGINT -- games that it covers
-- column: due BIGINT -- those whose data should be there
-- column: present BIGINT -- those whose data is there, whole
-- column: accepted BIGINT -- gaps that a person has accepted
-- column: decided BIGINT -- gaps that count no more because a person decided so
-- column: open BIGINT -- gaps that nobody has accepted or decided, those within grace included
-- column: pending BIGINT -- not due yet
-- column: covered_pct DECIMAL(5,1) -- present of those due and not accepted, in percent, rounded down; NULL if there are none
-- column: compared BIGINT -- stat lines that the first source of its chain has too
-- column: equal_pct DECIMAL(5,1) -- those of which no number differs, in percent, rounded down; NULL if there are none
SELECT
    r.source,
    count(*) FILTER (c.is_expected) AS scheduled,
    count(*) FILTER (c.is_due) AS due,
    count(*) FILTER (c.status = 'present') AS present,
    count(*) FILTER (c.is_accepted) AS accepted,
    count(d.source) AS decided,
    count(*) FILTER (c.is_due AND c.status <> 'present' AND NOT c.is_accepted AND d.source IS NULL) AS open,
    count(*) FILTER (c.status = 'pending') AS pending,
    -- Rounded down: 100.0 is said only of all.
    ((1000 * count(*) FILTER (c.is_due AND c.status = 'present')
        // nullif(count(*) FILTER (c.is_due AND NOT c.is_accepted), 0)) / 10)::DECIMAL(5,1) AS covered_pct,
    coalesce(sum(a.compared), 0)::BIGINT AS compared,
    ((1000 * sum(a.equal)::BIGINT // nullif(sum(a.compared), 0)::BIGINT) * 0.1)::DECIMAL(5,1) AS equal_pct
FROM reference.sources AS r
LEFT JOIN (
    SELECT c.*
    FROM model.cell AS c
    JOIN model.game AS g USING (nba_game_id)
    WHERE g.game_date BETWEEN $window_from::DATE AND $window_to::DATE
        AND ($game::VARCHAR IS NULL OR is_game($game::VARCHAR, g.nba_game_id, g.game_code_id))
) AS c USING (source)
LEFT JOIN model.decided_gap AS d ON d.nba_game_id = c.nba_game_id AND d.source = c.source
LEFT JOIN (
    SELECT nba_game_id, source, count(is_equal) AS compared, count(*) FILTER (is_equal) AS equal
    FROM model.matched_line
    GROUP BY nba_game_id, source
) AS a ON a.nba_game_id = c.nba_game_id AND a.source = c.source
-- What a person entered is due of nobody.
WHERE r.due_from <> 'never'
GROUP BY r.source
ORDER BY r.source
