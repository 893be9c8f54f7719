-- How good the rows of the games in the window are.
-- grain: table_name
-- reads: publish.player_game_summary, publish.team_offense_game_summary, publish.player_window_quality, publish.team_window_quality, is_game
-- param: window_from DATE -- first game date listed
-- param: window_to DATE -- last game date listed
-- param: game VARCHAR -- list this one game only, by any of its ids (is_game); NULL for all
-- column: table_name VARCHAR -- published table
-- column: rows BIGINT -- rows
-- column: gold BIGINT -- those of this tier
-- column: silver BIGINT -- those of this tier
-- column: bronze BIGINT -- those of this tier
-- column: poor BIGINT -- those of this tier
-- column: unusable BIGINT -- those of this tier
WITH row AS (
    SELECT 'player_game_summary' AS table_name, nba_game_id, game_code_id, game_date, quality_tier FROM publish.player_game_summary
    UNION ALL
    SELECT 'team_offense_game_summary', nba_game_id, game_code_id, game_date, quality_tier FROM publish.team_offense_game_summary
    UNION ALL
    SELECT 'player_window_quality', nba_game_id, game_code_id, game_date, quality_tier FROM publish.player_window_quality
    UNION ALL
    SELECT 'team_window_quality', nba_game_id, game_code_id, game_date, quality_tier FROM publish.team_window_quality
)
SELECT
    table_name,
    count(*) AS rows,
    count(*) FILTER (quality_tier = 'gold') AS gold,
    count(*) FILTER (quality_tier = 'silver') AS silver,
    count(*) FILTER (quality_tier = 'bronze') AS bronze,
    count(*) FILTER (quality_tier = 'poor') AS poor,
    count(*) FILTER (quality_tier = 'unusable') AS unusable
FROM row
WHERE game_date BETWEEN $window_from::DATE AND $window_to::DATE
    AND ($game::VARCHAR IS NULL OR is_game($game::VARCHAR, nba_game_id, game_code_id))
GROUP BY table_name
ORDER BY table_name
