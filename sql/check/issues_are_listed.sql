-- Whatever keeps a row from the score of its source or inputs has a name of the closed list, and a row below it says what it is (RULES.md, "Blocking checks", 3).
-- grain: table_name, nba_game_id, subject
-- reads: model.game, publish.player_game_summary, publish.team_offense_game_summary, publish.player_window_quality, publish.team_window_quality, reference.quality_issues
-- severity: block
-- finds: a row lost points without a listed issue that says why
-- over: model.game
-- column: table_name VARCHAR -- published table
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: subject VARCHAR -- player or team
-- column: issue VARCHAR -- the unknown one; NULL where the row says nothing
WITH row AS (
    SELECT 'player_game_summary' AS table_name, nba_game_id, player_lookup AS subject, quality_score, quality_issues, quality_metadata FROM publish.player_game_summary
    UNION ALL
    SELECT 'team_offense_game_summary', nba_game_id, team_abbr, quality_score, quality_issues, quality_metadata FROM publish.team_offense_game_summary
    UNION ALL
    SELECT 'player_window_quality', nba_game_id, entity, quality_score, quality_issues, quality_metadata FROM publish.player_window_quality
    UNION ALL
    SELECT 'team_window_quality', nba_game_id, entity, quality_score, quality_issues, quality_metadata FROM publish.team_window_quality
)
SELECT r.table_name, r.nba_game_id, r.subject, r.issue
FROM (SELECT table_name, nba_game_id, subject, unnest(quality_issues) AS issue FROM row) AS r
JOIN model.game AS g ON g.nba_game_id = r.nba_game_id
ANTI JOIN reference.quality_issues AS q ON q.prefix = split_part(r.issue, ':', 1)
UNION ALL
SELECT table_name, nba_game_id, subject, NULL
FROM row
WHERE coalesce(len(quality_issues), 0) = 0
    -- A source of which it is the first to cover the game may score less than 100 without any fault.
    AND quality_score < coalesce(quality_metadata ->> '$.source_score', quality_metadata ->> '$.lowest_input', '100')::DECIMAL(4,1)
ORDER BY ALL
