-- Every object that speaks of the game, and which one counts.
-- grain: source, object, generation
-- reads: model.snapshot, model.cell, model.game, is_game
-- param: game VARCHAR -- NBA id or YYYYMMDD_AWY_HOM, as is_game takes them
-- column: source VARCHAR -- name of the feed
-- column: counts VARCHAR -- "best" for the one that makes the cell
-- column: snapshot_at TIMESTAMPTZ -- when it was taken (UTC)
-- column: status VARCHAR -- what it alone would make of the cell
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- its generation
-- column: reason VARCHAR -- why it is not whole
SELECT
    s.source,
    CASE WHEN c.object IS NOT NULL THEN 'best' END AS counts,
    s.snapshot_at,
    s.status::VARCHAR AS status,
    s.object,
    s.generation,
    s.reason
FROM model.snapshot AS s
JOIN model.game AS g ON g.nba_game_id = s.nba_game_id
LEFT JOIN model.cell AS c
    ON c.nba_game_id = s.nba_game_id AND c.source = s.source AND c.object = s.object AND c.generation = s.generation
WHERE is_game($game::VARCHAR, g.nba_game_id, g.game_code_id)
ORDER BY s.source, s.snapshot_at, s.object, s.generation
