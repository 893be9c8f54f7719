-- The last ten games before a game, for both of its teams: what they say and how much of them is there (RULES.md, "Windows").
-- grain: nba_game_id, team
-- reads: model.look_back
-- column: nba_game_id VARCHAR -- the game that the window precedes
-- column: game_date DATE -- its Eastern date
-- column: season VARCHAR -- such as 2024-25
-- column: team VARCHAR -- tricode
-- column: team_games BIGINT -- its games of this season before this one
-- column: points_avg DECIMAL(8,2) -- mean of the games in the window; NULL over nothing, as all below
-- column: points_allowed_avg DECIMAL(8,2) -- points of the opponents
-- column: assists_avg DECIMAL(8,2) -- assists
-- column: rebounds_avg DECIMAL(8,2) -- offensive and defensive rebounds
-- column: turnovers_avg DECIMAL(8,2) -- turnovers; reconstructed games have none
-- column: fg_makes_avg DECIMAL(8,2) -- field goals made
-- column: fg_attempts_avg DECIMAL(8,2) -- field goals attempted
-- column: three_pt_makes_avg DECIMAL(8,2) -- three-pointers made
-- column: three_pt_attempts_avg DECIMAL(8,2) -- three-pointers attempted
-- column: ft_makes_avg DECIMAL(8,2) -- free throws made
-- column: ft_attempts_avg DECIMAL(8,2) -- free throws attempted
-- column: slots BIGINT -- games that take a slot: every game of the team, at most ten
-- column: games_in_window BIGINT -- slots with a usable row
-- column: expected_games BIGINT -- its games of this season before this one, at most ten
-- column: games_not_played BIGINT -- 0: a team plays every game
-- column: games_not_covered BIGINT -- slots without a usable row
-- column: games_missing BIGINT -- of those the slots that should have a row by now and have none, and nobody has accepted that
-- column: input_games VARCHAR[] -- the games in the window, newest last
-- column: gold_games BIGINT -- games in the window of this tier, as the next three
-- column: silver_games BIGINT -- silver
-- column: bronze_games BIGINT -- bronze
-- column: poor_games BIGINT -- poor
-- column: lowest_input DECIMAL(4,1) -- score of the worst game in the window
-- column: size_cap DECIMAL(4,1) -- the highest score that its size allows, whatever is in it; 100 where nothing is wanting
-- column: quality_tier tier -- follows from the score alone
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
    nba_game_id,
    game_date,
    season,
    team,
    team_games,
    points_avg,
    points_allowed_avg,
    assists_avg,
    rebounds_avg,
    turnovers_avg,
    fg_makes_avg,
    fg_attempts_avg,
    three_pt_makes_avg,
    three_pt_attempts_avg,
    ft_makes_avg,
    ft_attempts_avg,
    slots,
    games_in_window,
    expected_games,
    games_not_played,
    games_not_covered,
    games_missing,
    input_games,
    gold_games,
    silver_games,
    bronze_games,
    poor_games,
    lowest_input,
    size_cap,
    quality_tier,
    quality_score,
    quality_issues,
    data_sources,
    quality_sample_size,
    quality_used_fallback,
    quality_reconstructed,
    quality_calculated_at,
    quality_metadata,
    input_fingerprint
FROM model.look_back
WHERE subject = 'team'
