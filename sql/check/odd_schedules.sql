-- Valid schedules that look odd all the same: too few games, a game that vanished, a game type or a team that nobody knows (RULES.md, "Warnings"; they warn, they never refuse).
-- grain: season, oddity
-- reads: model.schedule_snapshot, model.game, model.team_name, threshold
-- severity: warn
-- finds: a valid schedule looks odd
-- over: stage.nbac_schedule
-- column: season VARCHAR -- such as 2024-25
-- column: oddity VARCHAR -- what is odd
SELECT s.season, 'the schedule of ' || strftime(s.snapshot_at, '%Y-%m-%d %H:%MZ') || ' holds only ' || s.games || ' games' AS oddity
FROM model.schedule_snapshot AS s
WHERE s.is_latest_valid
    AND s.games < threshold('schedule_games')
    AND s.snapshot_at >= make_timestamptz(left(s.season, 4)::BIGINT, 10, 1, 0, 0, 0)
UNION ALL
SELECT season, nba_game_id || ' is of no known game type'
FROM model.game
WHERE game_type IS NULL
UNION ALL
SELECT g.season, g.nba_game_id || ' is played by ' || t.team || ', which is no known team'
FROM model.game AS g
CROSS JOIN LATERAL (VALUES (g.away_team), (g.home_team)) AS t (team)
LEFT JOIN model.team_name AS n ON n.name = t.team
WHERE g.is_competitive AND t.team IS NOT NULL AND n.tricode IS NULL
UNION ALL
SELECT season, nba_game_id || ' (' || game_code_id || ') has vanished from the latest valid schedule'
FROM model.game
WHERE is_vanished AND is_competitive AND away_team IS NOT NULL AND home_team IS NOT NULL
ORDER BY ALL
