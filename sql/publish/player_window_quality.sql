-- The ten games before a game, for every player listed in it: averages, and how much of them is there.
-- grain: player, game that the window precedes
-- parts: season
-- reads: model.player_window, model.game_identity
-- key: nba_game_id, team_abbr, entity
-- partition: game_date
-- cluster: entity
-- empty: no game has been played yet
-- columns: nba_game_id, game_code_id, game_date, season from model.game_identity
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- columns: away_team, home_team from model.game_identity
-- column: entity VARCHAR -- player_lookup
-- columns: nba_player_id from model.player_window
-- column: team_abbr VARCHAR -- his team in this game, tricode
-- columns: points_avg, minutes_avg, assists_avg, rebounds_avg, steals_avg, blocks_avg, turnovers_avg, fg_makes_avg, fg_attempts_avg from model.player_window
-- columns: three_pt_makes_avg, three_pt_attempts_avg, ft_makes_avg, ft_attempts_avg, games_in_window, expected_games, games_not_played from model.player_window
-- columns: games_not_covered, gold_games, silver_games, bronze_games, poor_games from model.player_window
-- column: quality_tier VARCHAR -- gold, silver, bronze, poor or unusable; follows from the score alone
-- columns: quality_score, quality_issues, data_sources, quality_sample_size, quality_used_fallback, quality_reconstructed from model.player_window
-- columns: quality_calculated_at, quality_metadata, input_fingerprint from model.player_window
SELECT
    g.*,
    p.player_lookup AS entity,
    p.nba_player_id,
    p.team AS team_abbr,
    p.* EXCLUDE (
        nba_game_id, game_date, season, player_lookup, nba_player_id, team, team_games, slots, games_missing, input_games, teams, lowest_input,
        size_cap)
        REPLACE (p.quality_tier::VARCHAR AS quality_tier)
FROM model.player_window AS p
JOIN model.game_identity AS g ON g.nba_game_id = p.nba_game_id
