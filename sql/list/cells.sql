-- What each source had for each game, to be compared with what another run says.
-- grain: nba_game_id, source
-- reads: model.cell, model.game, model.gap, model.decided_gap
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: game_date DATE -- Eastern date of tip-off
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: source VARCHAR -- name of the feed
-- column: status VARCHAR -- what is there
-- column: is_open BOOLEAN -- it is an open gap
SELECT
    c.nba_game_id,
    g.game_date,
    g.away_team,
    g.home_team,
    c.source,
    c.status::VARCHAR AS status,
    coalesce(NOT p.is_accepted, false) AND d.source IS NULL AS is_open
FROM model.cell AS c
JOIN model.game AS g ON g.nba_game_id = c.nba_game_id
LEFT JOIN model.gap AS p ON p.nba_game_id = c.nba_game_id AND p.source = c.source
LEFT JOIN model.decided_gap AS d ON d.nba_game_id = c.nba_game_id AND d.source = c.source
ORDER BY g.game_date, c.nba_game_id, c.source
