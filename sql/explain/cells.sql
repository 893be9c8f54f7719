-- What each source had.
-- grain: source
-- reads: model.cell, model.game, is_game
-- param: game VARCHAR -- NBA id or YYYYMMDD_AWY_HOM, as is_game takes them
-- column: source VARCHAR -- name of the feed
-- column: status VARCHAR -- the first that matches
-- column: due_at TIMESTAMPTZ -- when it is due (UTC)
-- column: late_until TIMESTAMPTZ -- end of grace (UTC)
-- column: snapshot_at TIMESTAMPTZ -- time of the best snapshot (UTC)
-- column: rows_found BIGINT -- its rows of the game
-- column: id_match VARCHAR -- how the game was found in it
-- column: is_accepted BOOLEAN -- a person has accepted that it is not there
-- column: reason VARCHAR -- why it is not present
SELECT
    c.source,
    c.status::VARCHAR AS status,
    c.due_at,
    c.late_until,
    c.snapshot_at,
    c.rows_found,
    c.id_match::VARCHAR AS id_match,
    c.is_accepted,
    c.reason
FROM model.cell AS c
JOIN model.game AS g ON g.nba_game_id = c.nba_game_id
WHERE is_game($game::VARCHAR, g.nba_game_id, g.game_code_id)
ORDER BY c.source
