-- The tier of every published row follows from its score alone (RULES.md, "Blocking checks", 3).
-- grain: table_name, nba_game_id, subject
-- reads: model.game, publish.player_game_summary, publish.team_offense_game_summary, publish.team_defense_game_summary, publish.player_window_quality, publish.team_window_quality, reference.tiers
-- severity: block
-- finds: the tier of a row is not that of its score
-- over: model.game
-- column: table_name VARCHAR -- published table
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: subject VARCHAR -- player or team
-- column: quality_score DECIMAL(4,1) -- its score
-- column: quality_tier VARCHAR -- its tier
WITH scored AS (
    SELECT 'player_game_summary' AS table_name, nba_game_id, player_lookup AS subject, quality_score, quality_tier FROM publish.player_game_summary
    UNION ALL
    SELECT 'team_offense_game_summary', nba_game_id, team_abbr, quality_score, quality_tier FROM publish.team_offense_game_summary
    UNION ALL
    SELECT 'team_defense_game_summary', nba_game_id, defending_team_abbr, quality_score, quality_tier FROM publish.team_defense_game_summary
    UNION ALL
    SELECT 'player_window_quality', nba_game_id, entity, quality_score, quality_tier FROM publish.player_window_quality
    UNION ALL
    SELECT 'team_window_quality', nba_game_id, entity, quality_score, quality_tier FROM publish.team_window_quality
)
SELECT s.table_name, s.nba_game_id, s.subject, s.quality_score, s.quality_tier
FROM scored AS s
JOIN model.game AS g ON g.nba_game_id = s.nba_game_id
LEFT JOIN reference.tiers AS t ON s.quality_score BETWEEN t.at_least AND t.at_most
WHERE t.tier::VARCHAR IS DISTINCT FROM s.quality_tier
ORDER BY ALL
