-- One player in one game: what he did, whether he played at all, and how good the row is (RULES.md, "Rows of a game").
-- grain: nba_game_id, team, player_lookup
-- parts: season
-- reads: model.player_line, model.row_quality
-- column: nba_game_id VARCHAR -- the game
-- column: game_date DATE -- Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: player_lookup VARCHAR -- normalised name
-- column: nba_player_id BIGINT -- NBA player id; where the source used has none, that of the same name in another source of the game
-- column: player_name VARCHAR -- as written
-- column: team VARCHAR -- his team, tricode
-- column: opponent VARCHAR -- the other team, tricode
-- column: player_status player_status -- played, dnp, inactive or unknown
-- column: dnp_reason VARCHAR -- why he did not play, or why nobody knows
-- column: minutes DECIMAL(6,2) -- minutes
-- column: points INTEGER -- points
-- column: assists INTEGER -- assists
-- column: offensive_rebounds INTEGER -- offensive rebounds
-- column: defensive_rebounds INTEGER -- defensive rebounds
-- column: steals INTEGER -- steals
-- column: blocks INTEGER -- blocks
-- column: turnovers INTEGER -- turnovers
-- column: personal_fouls INTEGER -- personal fouls
-- column: fg_makes INTEGER -- field goals made
-- column: fg_attempts INTEGER -- field goals attempted
-- column: three_pt_makes INTEGER -- three-pointers made
-- column: three_pt_attempts INTEGER -- three-pointers attempted
-- column: ft_makes INTEGER -- free throws made
-- column: ft_attempts INTEGER -- free throws attempted
-- column: plus_minus INTEGER -- point margin while on the floor
-- column: component_scores STRUCT(chain VARCHAR, score DECIMAL(4,1))[] -- what each chain that the row uses is worth: 100 its primary, 0 nothing
-- column: quality_tier tier -- follows from the score alone
-- column: quality_score DECIMAL(4,1) -- 0 to 100
-- column: quality_issues VARCHAR[] -- what keeps it from 100; their list is reference.quality_issues
-- column: data_sources VARCHAR[] -- the sources it is from
-- column: quality_sample_size BIGINT -- games behind it: 1
-- column: quality_used_fallback BOOLEAN -- another than the primary supplied it
-- column: quality_reconstructed BOOLEAN -- it was computed from rows of players; never true of a player
-- column: quality_calculated_at TIMESTAMPTZ -- the newest snapshot in its lineage, or the due instant that had to pass, if later (UTC)
-- column: quality_metadata VARCHAR -- JSON: how the score came about
-- column: input_fingerprint VARCHAR -- SHA-256 over what it was made from
SELECT
    l.* EXCLUDE (not_numbers, lent_by, is_part),
    q.* EXCLUDE (subject, nba_game_id, team, player_lookup)
FROM model.player_line AS l
JOIN model.row_quality AS q
    ON q.subject = 'player' AND q.nba_game_id = l.nba_game_id AND q.team = l.team AND q.player_lookup = l.player_lookup
