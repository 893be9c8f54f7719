-- One team in one game: its box score, from its own source, from its players' rows or not at all, and how good the row is (RULES.md, "Rows of a game" and "Reconstruction").
-- grain: nba_game_id, team
-- parts: season
-- reads: model.team_line, model.row_quality
-- column: nba_game_id VARCHAR -- the game
-- column: game_date DATE -- Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: team VARCHAR -- tricode
-- column: opponent VARCHAR -- the other team, tricode
-- column: is_home BOOLEAN -- by the schedule
-- column: points INTEGER -- points by the box score
-- column: assists INTEGER -- assists
-- column: offensive_rebounds INTEGER -- offensive rebounds
-- column: defensive_rebounds INTEGER -- defensive rebounds
-- column: steals INTEGER -- steals
-- column: blocks INTEGER -- blocks
-- column: turnovers INTEGER -- turnovers, team turnovers included
-- column: personal_fouls INTEGER -- personal fouls
-- column: fg_makes INTEGER -- field goals made
-- column: fg_attempts INTEGER -- field goals attempted
-- column: three_pt_makes INTEGER -- three-pointers made
-- column: three_pt_attempts INTEGER -- three-pointers attempted
-- column: ft_makes INTEGER -- free throws made
-- column: ft_attempts INTEGER -- free throws attempted
-- column: final_score INTEGER -- points by the final score
-- column: component_scores STRUCT(chain VARCHAR, score DECIMAL(4,1))[] -- what each chain that the row uses is worth: 100 its primary, 0 nothing
-- column: quality_tier tier -- follows from the score alone
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
    l.* EXCLUDE (not_numbers, is_there, is_sum, is_part),
    q.* EXCLUDE (subject, nba_game_id, team, player_lookup)
FROM model.team_line AS l
JOIN model.row_quality AS q
    ON q.subject = 'team' AND q.nba_game_id = l.nba_game_id AND q.team = l.team
