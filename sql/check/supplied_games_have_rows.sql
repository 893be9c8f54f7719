-- A chain that supplied a game gave its rows: two of teams, and of players some for each team that is whole, each with its window (RULES.md, "Blocking checks", 6; RULES.md, "Why", 2).
-- grain: nba_game_id, table_name
-- reads: reference.chains, model.resolution, publish.player_game_summary, publish.team_offense_game_summary, publish.team_defense_game_summary, publish.player_window_quality, publish.team_window_quality
-- severity: block
-- finds: a chain supplied a game and its rows are not there
-- over: model.resolution
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: table_name VARCHAR -- published table
-- column: rows_found BIGINT -- rows of the game in it
-- column: rows_expected BIGINT -- rows that there must be; of players the least
WITH counted AS (
    SELECT 'player_game_summary' AS table_name, nba_game_id, count(DISTINCT team_abbr) AS found FROM publish.player_game_summary GROUP BY nba_game_id
    UNION ALL
    SELECT 'team_offense_game_summary', nba_game_id, count(*) FROM publish.team_offense_game_summary GROUP BY nba_game_id
    UNION ALL
    SELECT 'team_defense_game_summary', nba_game_id, count(*) FROM publish.team_defense_game_summary GROUP BY nba_game_id
    UNION ALL
    SELECT 'team_window_quality', nba_game_id, count(*) FROM publish.team_window_quality GROUP BY nba_game_id
),
wanted AS (
    SELECT r.nba_game_id, t.table_name, t.wanted
    FROM model.resolution AS r
    JOIN reference.chains AS h ON h.chain = r.chain AND h.subject = 'team'
    CROSS JOIN (VALUES ('team_offense_game_summary', 2), ('team_defense_game_summary', 2), ('team_window_quality', 2)) AS t (table_name, wanted)
    WHERE r.source_used IS NOT NULL
    UNION ALL
    SELECT r.nba_game_id, 'player_game_summary', CASE WHEN r.resolution = 'partial' THEN 1 ELSE 2 END
    FROM model.resolution AS r
    JOIN reference.chains AS h ON h.chain = r.chain AND h.subject = 'player'
    WHERE r.source_used IS NOT NULL
),
windows AS (
    SELECT nba_game_id, count(*) AS found FROM publish.player_window_quality GROUP BY nba_game_id
)
SELECT w.nba_game_id, w.table_name, coalesce(c.found, 0) AS rows_found, w.wanted::BIGINT AS rows_expected
FROM wanted AS w
LEFT JOIN counted AS c ON c.nba_game_id = w.nba_game_id AND c.table_name = w.table_name
WHERE coalesce(c.found, 0) < w.wanted OR w.table_name <> 'player_game_summary' AND c.found <> w.wanted
UNION ALL
SELECT p.nba_game_id, 'player_window_quality', coalesce(any_value(w.found), 0), count(*)
FROM publish.player_game_summary AS p
LEFT JOIN windows AS w ON w.nba_game_id = p.nba_game_id
GROUP BY p.nba_game_id
HAVING coalesce(any_value(w.found), 0) <> count(*)
ORDER BY ALL
