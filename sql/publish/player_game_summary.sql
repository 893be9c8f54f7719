-- One row for every player listed in a game: his numbers, whether he played, and how good the row is.
-- grain: game, player
-- parts: season
-- reads: model.player_game, model.game_identity, printable
-- key: nba_game_id, team_abbr, player_lookup
-- partition: game_date
-- cluster: player_lookup
-- empty: no game has been played yet
-- columns: nba_game_id, game_code_id, game_date, season from model.game_identity
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- columns: away_team, home_team from model.game_identity
-- columns: player_lookup, nba_player_id, player_name from model.player_game
-- column: team_abbr VARCHAR -- his team, tricode
-- column: opponent_team_abbr VARCHAR -- the other team, tricode
-- column: player_status VARCHAR -- played, dnp, inactive or unknown
-- columns: dnp_reason, minutes from model.player_game
-- column: points BIGINT -- points
-- column: assists BIGINT -- assists
-- column: offensive_rebounds BIGINT -- offensive rebounds
-- column: defensive_rebounds BIGINT -- defensive rebounds
-- column: steals BIGINT -- steals
-- column: blocks BIGINT -- blocks
-- column: turnovers BIGINT -- turnovers
-- column: personal_fouls BIGINT -- personal fouls
-- column: fg_makes BIGINT -- field goals made
-- column: fg_attempts BIGINT -- field goals attempted
-- column: three_pt_makes BIGINT -- three-pointers made
-- column: three_pt_attempts BIGINT -- three-pointers attempted
-- column: ft_makes BIGINT -- free throws made
-- column: ft_attempts BIGINT -- free throws attempted
-- column: plus_minus BIGINT -- point margin while on the floor
-- columns: component_scores from model.player_game
-- column: quality_tier VARCHAR -- gold, silver, bronze, poor or unusable; follows from the score alone
-- columns: quality_score, quality_issues, data_sources, quality_sample_size, quality_used_fallback, quality_reconstructed from model.player_game
-- columns: quality_calculated_at, quality_metadata, input_fingerprint from model.player_game
SELECT
    g.*,
    p.* EXCLUDE (nba_game_id, game_date, season)
        -- A warehouse knows neither ENUM nor INTEGER.
        REPLACE (
            printable(p.player_name) AS player_name, printable(p.dnp_reason) AS dnp_reason, p.player_status::VARCHAR AS player_status, p.quality_tier::VARCHAR AS quality_tier,
            p.points::BIGINT AS points, p.assists::BIGINT AS assists, p.offensive_rebounds::BIGINT AS offensive_rebounds,
            p.defensive_rebounds::BIGINT AS defensive_rebounds, p.steals::BIGINT AS steals, p.blocks::BIGINT AS blocks,
            p.turnovers::BIGINT AS turnovers, p.personal_fouls::BIGINT AS personal_fouls, p.fg_makes::BIGINT AS fg_makes,
            p.fg_attempts::BIGINT AS fg_attempts, p.three_pt_makes::BIGINT AS three_pt_makes,
            p.three_pt_attempts::BIGINT AS three_pt_attempts, p.ft_makes::BIGINT AS ft_makes, p.ft_attempts::BIGINT AS ft_attempts,
            p.plus_minus::BIGINT AS plus_minus)
        RENAME (team AS team_abbr, opponent AS opponent_team_abbr)
FROM model.player_game AS p
JOIN model.game_identity AS g ON g.nba_game_id = p.nba_game_id
