-- One row for every defending team of a game: what it allowed, and how good the row is.
-- grain: game, team
-- reads: model.team_game, model.game
-- key: nba_game_id, defending_team_abbr
-- partition: game_date
-- cluster: defending_team_abbr
-- empty: no game has been played yet
-- columns: nba_game_id, game_code_id, game_date, season from model.game
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- columns: away_team, home_team from model.game
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
-- columns: component_scores from model.team_game
-- column: quality_tier VARCHAR -- gold, silver, bronze, poor or unusable; follows from the score alone
-- columns: quality_score, quality_issues, data_sources, quality_sample_size, quality_used_fallback, quality_reconstructed from model.team_game
-- columns: quality_calculated_at, quality_metadata, input_fingerprint from model.team_game
SELECT
    -- What a team allowed is what its opponent did, so the row is that of the opponent, and as good.
    g.nba_game_id,
    g.game_code_id,
    g.game_date,
    g.season,
    g.game_type::VARCHAR AS game_type,
    g.away_team,
    g.home_team,
    p.opponent AS defending_team_abbr,
    p.team AS opponent_team_abbr,
    NOT p.is_home AS is_home,
    p.points::BIGINT AS points_allowed,
    p.assists::BIGINT AS assists_allowed,
    p.offensive_rebounds::BIGINT AS offensive_rebounds_allowed,
    p.defensive_rebounds::BIGINT AS defensive_rebounds_allowed,
    p.steals::BIGINT AS steals_allowed,
    p.blocks::BIGINT AS blocks_allowed,
    p.turnovers::BIGINT AS turnovers_allowed,
    p.personal_fouls::BIGINT AS personal_fouls_allowed,
    p.fg_makes::BIGINT AS fg_makes_allowed,
    p.fg_attempts::BIGINT AS fg_attempts_allowed,
    p.three_pt_makes::BIGINT AS three_pt_makes_allowed,
    p.three_pt_attempts::BIGINT AS three_pt_attempts_allowed,
    p.ft_makes::BIGINT AS ft_makes_allowed,
    p.ft_attempts::BIGINT AS ft_attempts_allowed,
    p.final_score::BIGINT AS final_score,
    p.component_scores,
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
FROM model.team_game AS p
JOIN model.game AS g ON g.nba_game_id = p.nba_game_id
