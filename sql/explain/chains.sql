-- Which source was used, and what was tried before it.
-- grain: chain
-- reads: model.resolution, model.game, model.validation, is_game
-- param: game VARCHAR -- NBA id or YYYYMMDD_AWY_HOM, as is_game takes them
-- column: chain VARCHAR -- name of the chain
-- column: resolution VARCHAR -- how it was resolved
-- column: source_used VARCHAR -- the member that supplies
-- column: rows_from VARCHAR -- the source whose lines are used
-- column: score DECIMAL(4,1) -- quality score of what is used
-- column: tried VARCHAR -- members that were asked, in order, and what they had
-- column: past_grace_at TIMESTAMPTZ -- from when a failure is one (UTC)
-- column: is_accepted BOOLEAN -- a person has accepted it
-- column: if_all_fail VARCHAR -- what is done when nothing supplies
-- column: sides VARCHAR -- team points, players' sum and final score, each as away-home
SELECT
    r.chain,
    r.resolution::VARCHAR AS resolution,
    r.source_used,
    r.rows_from,
    r.score,
    array_to_string(list_transform(r.tried, lambda x: x.source || ' ' || x.status), ', ') AS tried,
    r.late_until AS past_grace_at,
    r.is_accepted,
    r.on_all_fail::VARCHAR AS if_all_fail,
    v.note AS sides
FROM model.resolution AS r
JOIN model.game AS g ON g.nba_game_id = r.nba_game_id
LEFT JOIN model.validation AS v ON v.nba_game_id = r.nba_game_id
WHERE is_game($game::VARCHAR, g.nba_game_id, g.game_code_id)
ORDER BY r.chain
