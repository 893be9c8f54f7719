-- One row for every defending team of a game: what it allowed, and how good the row is.
-- grain: game, team
-- parts: season
-- reads: publish.team_offense_game_summary
-- key: nba_game_id, defending_team_abbr
-- partition: game_date
-- cluster: defending_team_abbr
-- empty: no game has been played yet
-- columns: nba_game_id, game_code_id, game_date, season, game_type, away_team, home_team from publish.team_offense_game_summary
-- column: defending_team_abbr VARCHAR -- tricode
-- column: opponent_team_abbr VARCHAR -- the other team, tricode
-- column: is_home BOOLEAN -- the defending team is at home by the schedule
-- column: points_allowed BIGINT -- the opponent's points by its box score
-- column: assists_allowed BIGINT -- the opponent's assists
-- column: offensive_rebounds_allowed BIGINT -- the opponent's offensive rebounds
-- column: defensive_rebounds_allowed BIGINT -- the opponent's defensive rebounds
-- column: steals_allowed BIGINT -- the opponent's steals
-- column: blocks_allowed BIGINT -- the opponent's blocks
-- column: turnovers_allowed BIGINT -- the opponent's turnovers, team turnovers included
-- column: personal_fouls_allowed BIGINT -- the opponent's personal fouls
-- column: fg_makes_allowed BIGINT -- the opponent's field goals made
-- column: fg_attempts_allowed BIGINT -- the opponent's field goals attempted
-- column: three_pt_makes_allowed BIGINT -- the opponent's three-pointers made
-- column: three_pt_attempts_allowed BIGINT -- the opponent's three-pointers attempted
-- column: ft_makes_allowed BIGINT -- the opponent's free throws made
-- column: ft_attempts_allowed BIGINT -- the opponent's free throws attempted
-- column: final_score BIGINT -- points that the final score gives the opponent
-- columns: component_scores, quality_tier, quality_score, quality_issues, data_sources, quality_sample_size, quality_used_fallback, quality_reconstructed from publish.team_offense_game_summary
-- columns: quality_calculated_at, quality_metadata, input_fingerprint from publish.team_offense_game_summary
SELECT
    -- What a team allowed is what its opponent did, so the row is that of the opponent, and as good.
    nba_game_id,
    game_code_id,
    game_date,
    season,
    game_type,
    away_team,
    home_team,
    opponent_team_abbr AS defending_team_abbr,
    team_abbr AS opponent_team_abbr,
    NOT is_home AS is_home,
    points AS points_allowed,
    assists AS assists_allowed,
    offensive_rebounds AS offensive_rebounds_allowed,
    defensive_rebounds AS defensive_rebounds_allowed,
    steals AS steals_allowed,
    blocks AS blocks_allowed,
    turnovers AS turnovers_allowed,
    personal_fouls AS personal_fouls_allowed,
    fg_makes AS fg_makes_allowed,
    fg_attempts AS fg_attempts_allowed,
    three_pt_makes AS three_pt_makes_allowed,
    three_pt_attempts AS three_pt_attempts_allowed,
    ft_makes AS ft_makes_allowed,
    ft_attempts AS ft_attempts_allowed,
    final_score,
    component_scores,
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
FROM publish.team_offense_game_summary
