-- How each window before the game came by its tier.
-- grain: table_name, team, subject
-- reads: model.player_window, model.team_window, model.game, is_game
-- param: game VARCHAR -- NBA id or YYYYMMDD_AWY_HOM, as is_game takes them
-- column: table_name VARCHAR -- published table
-- column: team VARCHAR -- tricode
-- column: subject VARCHAR -- player or team
-- column: points_avg DECIMAL(8,2) -- mean points of the games in it
-- column: games VARCHAR -- usable games of those expected
-- column: not_covered BIGINT -- slots without a usable row
-- column: not_played BIGINT -- games passed over because he did not play
-- column: worst_input DECIMAL(4,1) -- score of the worst game in it
-- column: score DECIMAL(4,1) -- the window's score
-- column: tier VARCHAR -- the window's tier
-- column: issues VARCHAR -- what keeps it from 100
WITH row AS (
    SELECT
        'team_window_quality' AS table_name, nba_game_id, team, team AS subject, points_avg, games_in_window, expected_games,
        games_not_covered, games_not_played, lowest_input, quality_score, quality_tier, quality_issues
    FROM model.team_window
    UNION ALL
    SELECT
        'player_window_quality', nba_game_id, team, player_lookup, points_avg, games_in_window, expected_games,
        games_not_covered, games_not_played, lowest_input, quality_score, quality_tier, quality_issues
    FROM model.player_window
)
SELECT
    w.table_name,
    w.team,
    w.subject,
    w.points_avg,
    w.games_in_window || '/' || w.expected_games AS games,
    w.games_not_covered AS not_covered,
    w.games_not_played AS not_played,
    w.lowest_input AS worst_input,
    w.quality_score AS score,
    w.quality_tier::VARCHAR AS tier,
    array_to_string(w.quality_issues, ', ') AS issues
FROM row AS w
JOIN model.game AS g ON g.nba_game_id = w.nba_game_id
WHERE is_game($game::VARCHAR, g.nba_game_id, g.game_code_id)
ORDER BY w.table_name DESC, w.team, w.subject
