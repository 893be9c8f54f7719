-- The ten games before a game, for every player listed in it: averages, and how much of them is there (06-tables).
-- grain: player, game that the window precedes
-- reads: model.player_window, model.game
-- key: nba_game_id, team_abbr, entity
-- partition: game_date
-- cluster: entity
-- empty: no game has been played yet
-- column: nba_game_id VARCHAR -- 10-digit NBA game id
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- US Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: entity VARCHAR -- player_lookup
-- column: nba_player_id BIGINT -- NBA player id, as in his row of this game
-- column: team_abbr VARCHAR -- his team in this game, tricode
-- column: points_avg DECIMAL(8,2) -- mean of the games in the window; NULL over nothing, as all below
-- column: minutes_avg DECIMAL(8,2) -- minutes
-- column: assists_avg DECIMAL(8,2) -- assists
-- column: rebounds_avg DECIMAL(8,2) -- offensive and defensive rebounds
-- column: steals_avg DECIMAL(8,2) -- steals
-- column: blocks_avg DECIMAL(8,2) -- blocks
-- column: turnovers_avg DECIMAL(8,2) -- turnovers
-- column: fg_makes_avg DECIMAL(8,2) -- field goals made
-- column: fg_attempts_avg DECIMAL(8,2) -- field goals attempted
-- column: three_pt_makes_avg DECIMAL(8,2) -- three-pointers made
-- column: three_pt_attempts_avg DECIMAL(8,2) -- three-pointers attempted
-- column: ft_makes_avg DECIMAL(8,2) -- free throws made
-- column: ft_attempts_avg DECIMAL(8,2) -- free throws attempted
-- column: games_in_window BIGINT -- slots with a usable row in which he played
-- column: expected_games BIGINT -- games of his team this season before this one, at most ten
-- column: games_not_played BIGINT -- games passed over because he is known not to have played
-- column: games_not_covered BIGINT -- slots without a usable row
-- column: gold_games BIGINT -- games in the window of this tier, as the next three
-- column: silver_games BIGINT -- silver
-- column: bronze_games BIGINT -- bronze
-- column: poor_games BIGINT -- poor
-- column: quality_tier VARCHAR -- gold, silver, bronze, poor or unusable; follows from the score alone
-- column: quality_score DECIMAL(4,1) -- 0 to 100
-- column: quality_issues VARCHAR[] -- what keeps it from 100; their list is reference.quality_issues
-- column: data_sources VARCHAR[] -- the sources of its rows
-- column: quality_sample_size BIGINT -- games in the window
-- column: quality_used_fallback BOOLEAN -- a row in it came from another than the primary
-- column: quality_reconstructed BOOLEAN -- a row in it was reconstructed
-- column: quality_calculated_at TIMESTAMPTZ -- the newest instant in its lineage, a due instant that passed included; tip-off where there is none (UTC)
-- column: quality_metadata VARCHAR -- JSON: how the score came about
-- column: input_fingerprint VARCHAR -- SHA-256 over the slots and what is in them
SELECT
    p.nba_game_id,
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
