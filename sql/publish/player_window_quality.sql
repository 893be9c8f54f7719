-- The ten games before a game, for every player listed in it: averages, and how much of them is there.
-- grain: player, game that the window precedes
-- reads: model.player_window, model.game
-- key: nba_game_id, team_abbr, entity
-- partition: game_date
-- cluster: entity
-- empty: no game has been played yet
-- columns: nba_game_id, game_code_id, game_date, season from model.game
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- columns: away_team, home_team from model.game
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
    g.nba_game_id,
    g.game_code_id,
    g.game_date,
    g.season,
    g.game_type::VARCHAR AS game_type,
    g.away_team,
    g.home_team,
    p.player_lookup AS entity,
    p.nba_player_id,
    p.team AS team_abbr,
    p.points_avg,
    p.minutes_avg,
    p.assists_avg,
    p.rebounds_avg,
    p.steals_avg,
    p.blocks_avg,
    p.turnovers_avg,
    p.fg_makes_avg,
    p.fg_attempts_avg,
    p.three_pt_makes_avg,
    p.three_pt_attempts_avg,
    p.ft_makes_avg,
    p.ft_attempts_avg,
    p.games_in_window,
    p.expected_games,
    p.games_not_played,
    p.games_not_covered,
    p.gold_games,
    p.silver_games,
    p.bronze_games,
    p.poor_games,
    p.quality_tier::VARCHAR AS quality_tier,
    p.quality_score,
    p.quality_issues,
    p.data_sources,
    p.quality_sample_size,
    p.quality_used_fallback,
    p.quality_reconstructed,
    p.quality_calculated_at,
    p.quality_metadata,
    p.input_fingerprint
FROM model.player_window AS p
JOIN model.game AS g ON g.nba_game_id = p.nba_game_id
