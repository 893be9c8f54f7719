-- The open gaps of the games in the window, oldest first; last those that scraping again does not change.
-- grain: nba_game_id, source
-- reads: model.gap, model.decided_gap, model.game, is_game
-- param: window_from DATE -- first game date listed
-- param: window_to DATE -- last game date listed
-- param: game VARCHAR -- list this one game only, by any of its ids (is_game); NULL for all
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: game_date DATE -- Eastern date of tip-off
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: source VARCHAR -- name of the feed
-- column: status VARCHAR -- what is there instead
-- column: severity VARCHAR -- info, warning or critical
-- column: reason VARCHAR -- why
-- column: is_unchanged BOOLEAN -- scraping again has not changed it
SELECT
    p.nba_game_id,
    p.game_date,
    p.away_team,
    p.home_team,
    p.source,
    p.status::VARCHAR AS status,
    p.severity::VARCHAR AS severity,
    p.reason,
    p.is_unchanged
FROM model.gap AS p
ANTI JOIN model.decided_gap AS x ON x.nba_game_id = p.nba_game_id AND x.source = p.source
JOIN model.game AS g USING (nba_game_id)
WHERE NOT p.is_accepted
    AND p.game_date BETWEEN $window_from::DATE AND $window_to::DATE
    AND ($game::VARCHAR IS NULL OR is_game($game::VARCHAR, g.nba_game_id, g.game_code_id))
ORDER BY p.is_unchanged, p.game_date, p.nba_game_id, p.source
