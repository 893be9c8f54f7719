-- One row for every team of a game: what it did, and how good the row is (06-tables).
-- grain: game, team
-- reads: model.team_game, model.game
-- key: nba_game_id, team_abbr
-- partition: game_date
-- cluster: team_abbr
-- empty: no game has been played yet
-- column: nba_game_id VARCHAR -- 10-digit NBA game id
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- US Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: team_abbr VARCHAR -- tricode
-- column: opponent_team_abbr VARCHAR -- the other team, tricode
-- column: is_home BOOLEAN -- by the schedule
-- column: points BIGINT -- points by the box score
-- column: assists BIGINT -- assists
-- column: offensive_rebounds BIGINT -- offensive rebounds
-- column: defensive_rebounds BIGINT -- defensive rebounds
-- column: steals BIGINT -- steals
-- column: blocks BIGINT -- blocks
-- column: turnovers BIGINT -- turnovers, team turnovers included
-- column: personal_fouls BIGINT -- personal fouls
-- column: fg_makes BIGINT -- field goals made
-- column: fg_attempts BIGINT -- field goals attempted
-- column: three_pt_makes BIGINT -- three-pointers made
-- column: three_pt_attempts BIGINT -- three-pointers attempted
-- column: ft_makes BIGINT -- free throws made
-- column: ft_attempts BIGINT -- free throws attempted
-- column: final_score BIGINT -- points by the final score
-- column: component_scores STRUCT(chain VARCHAR, score DECIMAL(4,1))[] -- what each chain that the row uses is worth: 100 its primary, 0 nothing
-- column: quality_tier VARCHAR -- gold, silver, bronze, poor or unusable; follows from the score alone
-- column: quality_score DECIMAL(4,1) -- 0 to 100
-- column: quality_issues VARCHAR[] -- what keeps it from 100; their list is reference.quality_issues
-- column: data_sources VARCHAR[] -- the sources it is from
-- column: quality_sample_size BIGINT -- games behind it: 1
-- column: quality_used_fallback BOOLEAN -- another than the primary supplied it
-- column: quality_reconstructed BOOLEAN -- it was computed from the rows of players
-- column: quality_calculated_at TIMESTAMPTZ -- the newest snapshot in its lineage, or the due instant that had to pass, if later (UTC)
-- column: quality_metadata VARCHAR -- JSON: how the score came about
-- column: input_fingerprint VARCHAR -- SHA-256 over what it was made from
SELECT
    p.nba_game_id,
    g.game_code_id,
    g.game_date,
    g.season,
    g.game_type::VARCHAR AS game_type,
    g.away_team,
    g.home_team,
    p.team AS team_abbr,
    p.opponent AS opponent_team_abbr,
    p.is_home,
    p.points::BIGINT AS points,
    p.assists::BIGINT AS assists,
    p.offensive_rebounds::BIGINT AS offensive_rebounds,
    p.defensive_rebounds::BIGINT AS defensive_rebounds,
    p.steals::BIGINT AS steals,
    p.blocks::BIGINT AS blocks,
    p.turnovers::BIGINT AS turnovers,
    p.personal_fouls::BIGINT AS personal_fouls,
    p.fg_makes::BIGINT AS fg_makes,
    p.fg_attempts::BIGINT AS fg_attempts,
    p.three_pt_makes::BIGINT AS three_pt_makes,
    p.three_pt_attempts::BIGINT AS three_pt_attempts,
    p.ft_makes::BIGINT AS ft_makes,
    p.ft_attempts::BIGINT AS ft_attempts,
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
