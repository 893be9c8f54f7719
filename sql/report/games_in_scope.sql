-- How many games the scope of the run holds, of any kind, and what any schedule says of the one asked for.
-- grain: one row
-- reads: model.game, is_game
-- param: window_from DATE -- first game date listed
-- param: window_to DATE -- last game date listed
-- param: game VARCHAR -- list this one game only, by any of its ids (is_game); NULL for all
-- column: games BIGINT -- games in the scope
-- column: game_date DATE -- Eastern date of the one asked for; NULL if no schedule holds it, or if none was asked for
-- column: nba_game_id VARCHAR -- its 10-digit id, likewise
-- column: game_code_id VARCHAR -- its YYYYMMDD_AWY_HOM, likewise
SELECT
    count(*) FILTER (game_date BETWEEN $window_from::DATE AND $window_to::DATE) AS games,
    CASE WHEN $game::VARCHAR IS NOT NULL THEN max(game_date) END AS game_date,
    CASE WHEN $game::VARCHAR IS NOT NULL THEN max(nba_game_id) END AS nba_game_id,
    CASE WHEN $game::VARCHAR IS NOT NULL THEN max(game_code_id) END AS game_code_id
FROM model.game
WHERE $game::VARCHAR IS NULL OR is_game($game::VARCHAR, nba_game_id, game_code_id)
