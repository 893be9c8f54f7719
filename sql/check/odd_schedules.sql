-- Valid schedules that look odd all the same: too few games, a game that vanished, that is listed twice or under no date, a game type or a team that nobody knows (RULES.md, "Warnings"; they warn, they never refuse).
-- grain: season, oddity
-- reads: stage.nbac_schedule, model.schedule_snapshot, model.game, model.unneeded_game, model.team_name, threshold
-- severity: warn
-- finds: a valid schedule looks odd
-- over: stage.nbac_schedule where object IN (SELECT object FROM stage.object)
-- column: season VARCHAR -- such as 2024-25
-- column: oddity VARCHAR -- what is odd
WITH listed AS (
    SELECT s.season, l.*, coalesce(g.game_code_id, l.game_code) AS name, g.game_date AS date_used, g.nba_game_id IS NOT NULL AS is_known
    FROM model.schedule_snapshot AS s
    JOIN stage.nbac_schedule AS l ON l.object = s.object AND l.generation = s.generation
    LEFT JOIN model.game AS g ON g.nba_game_id = l.nba_game_id
    WHERE s.is_latest_valid
),
repeated AS (
    SELECT
        season,
        nba_game_id,
        any_value(name) AS name,
        any_value(date_used) AS date_used,
        count(*) AS times,
        count(DISTINCT game_date) AS dates,
        string_agg(DISTINCT game_date::VARCHAR, ' and ' ORDER BY game_date::VARCHAR) AS dates_said,
        count(DISTINCT row(tipoff_at, game_status, away_team, home_team, away_score, home_score, is_off, was_postponed)) > 1 AS is_different
    FROM listed
    WHERE game_date IS NOT NULL
    GROUP BY season, nba_game_id
    HAVING count(*) > 1
)
SELECT s.season, 'the schedule of ' || strftime(s.snapshot_at, '%Y-%m-%d %H:%MZ') || ' holds only ' || s.games || ' games' AS oddity
FROM model.schedule_snapshot AS s
WHERE s.is_latest_valid
    AND s.games < threshold('schedule_games')
    AND s.snapshot_at >= make_timestamptz(left(s.season, 4)::BIGINT, 10, 1, 0, 0, 0)
UNION ALL
SELECT
    season,
    nba_game_id || ' (' || name || ') '
        || CASE
            WHEN dates > 1 THEN 'is listed under ' || dates_said || '; ' || date_used || ' counts'
            WHEN is_different THEN 'is listed ' || times || ' times, not with the same entry; that which has come furthest counts'
            ELSE 'is listed ' || times || ' times and counts once'
        END
FROM repeated
UNION ALL
SELECT
    season,
    nba_game_id || ' has the date ' || date_text || ', which cannot be one; '
        || CASE WHEN is_known THEN 'what an earlier schedule says of it counts' ELSE 'it is left out' END
FROM listed
WHERE game_date IS NULL
UNION ALL
-- What is unknown is told once: a new code stands in every game of a team.
SELECT
    season,
    'nobody knows the game type ' || substr(nba_game_id, 3, 1) || ', of ' || count(*) || ' games, the first ' || min(nba_game_id)
FROM model.game
WHERE game_type IS NULL
GROUP BY season, substr(nba_game_id, 3, 1)
UNION ALL
SELECT g.season, t.team || ' is no known team and plays ' || count(DISTINCT g.nba_game_id) || ' games, the first ' || min(g.nba_game_id)
FROM model.game AS g
CROSS JOIN LATERAL (VALUES (g.away_team), (g.home_team)) AS t (team)
LEFT JOIN model.team_name AS n ON n.name = t.team
WHERE g.is_competitive AND t.team IS NOT NULL AND n.tricode IS NULL
GROUP BY g.season, t.team
UNION ALL
SELECT g.season, g.nba_game_id || ' (' || g.game_code_id || ') has vanished from the latest valid schedule'
FROM model.game AS g
ANTI JOIN model.unneeded_game AS u ON u.nba_game_id = g.nba_game_id
WHERE g.is_vanished AND g.is_competitive AND g.away_team IS NOT NULL AND g.home_team IS NOT NULL
ORDER BY ALL
