-- The ten games before a game, for both of its teams: averages, and how much of them is there.
-- grain: team, game that the window precedes
-- parts: season
-- reads: model.team_window, model.game_identity
-- key: nba_game_id, entity
-- partition: game_date
-- cluster: entity
-- empty: no game has been played yet
-- columns: nba_game_id, game_code_id, game_date, season from model.game_identity
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- columns: away_team, home_team from model.game_identity
-- column: entity VARCHAR -- tricode
-- columns: points_avg, points_allowed_avg, assists_avg, rebounds_avg, turnovers_avg, fg_makes_avg, fg_attempts_avg, three_pt_makes_avg from model.team_window
-- columns: three_pt_attempts_avg, ft_makes_avg, ft_attempts_avg, games_in_window, expected_games, games_not_played, games_not_covered from model.team_window
-- columns: gold_games, silver_games, bronze_games, poor_games from model.team_window
-- column: quality_tier VARCHAR -- gold, silver, bronze, poor or unusable; follows from the score alone
-- columns: quality_score, quality_issues, data_sources, quality_sample_size, quality_used_fallback, quality_reconstructed from model.team_window
-- columns: quality_calculated_at, quality_metadata, input_fingerprint from model.team_window
SELECT
    g.*,
    p.team AS entity,
    p.* EXCLUDE (nba_game_id, game_date, season, team, team_games, slots, games_missing, input_games, lowest_input, size_cap)
        REPLACE (p.quality_tier::VARCHAR AS quality_tier)
FROM model.team_window AS p
JOIN model.game_identity AS g ON g.nba_game_id = p.nba_game_id
