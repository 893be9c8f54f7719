-- What is wrong with the schedule itself: games without scores, overdue or vanished, and seasons of which no snapshot comes (RULES.md, "Schedule anomalies").
-- grain: nba_game_id, game_date, kind
-- reads: model.game, model.listed_game, model.schedule_snapshot, model.final_score, model.unneeded_game, reference.sources, reference.chain_sources, reference.known_gaps, et_instant, et_date, threshold
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- column: kind VARCHAR -- no_scores, vanished, overdue or no_schedule
-- column: nba_game_id VARCHAR -- the game; NULL for a date or a season
-- column: game_date DATE -- the game's date, or the date that it is about
-- column: chain VARCHAR -- the schedule's chain
-- column: source VARCHAR -- the schedule, where it is the season's silence that is told; a date's overdue games may fall on the same date
-- column: severity severity -- critical; info in summer and where a person has accepted it
-- column: event_timestamp TIMESTAMPTZ -- when it became true (UTC)
-- column: description VARCHAR -- what is wrong
WITH valid AS (
    SELECT season, snapshot_at FROM model.schedule_snapshot WHERE fault IS NULL
),
-- Every valid snapshot that calls a competitive game over without its scores.
scoreless AS (
    SELECT l.nba_game_id, min(l.snapshot_at) AS since
    FROM model.listed_game AS l
    WHERE l.game_status = 3 AND NOT coalesce(l.away_score > 0 AND l.home_score > 0, false)
    GROUP BY l.nba_game_id
),
no_scores AS (
    SELECT
        'no_scores' AS kind,
        g.nba_game_id,
        g.game_date,
        s.since AS event_timestamp,
        'the schedule calls ' || g.game_code_id || ' final and gives no scores'
            || CASE WHEN f.nba_game_id IS NOT NULL THEN '; ' || f.final_from || ' says ' || f.away_score || '-' || f.home_score ELSE '' END AS description
    FROM model.game AS g
    JOIN model.listed_game AS l ON l.nba_game_id = g.nba_game_id AND l.object = g.object AND l.generation = g.generation
    JOIN scoreless AS s ON s.nba_game_id = g.nba_game_id
    LEFT JOIN model.final_score AS f ON f.nba_game_id = g.nba_game_id
    ANTI JOIN model.unneeded_game AS u ON u.nba_game_id = g.nba_game_id
    WHERE g.is_competitive AND NOT g.is_vanished AND l.game_status = 3 AND NOT g.is_final
),
vanished AS (
    SELECT
        'vanished' AS kind,
        g.nba_game_id,
        g.game_date,
        (SELECT min(v.snapshot_at) FROM valid AS v WHERE v.season = g.season AND v.snapshot_at > g.listed_at) AS event_timestamp,
        'the latest valid schedule of ' || g.season || ' lacks ' || g.game_code_id || ', last listed ' || strftime(g.listed_at, '%Y-%m-%d %H:%MZ') AS description
    FROM model.game AS g
    ANTI JOIN model.unneeded_game AS u ON u.nba_game_id = g.nba_game_id
    WHERE g.is_competitive AND g.is_vanished AND g.away_team IS NOT NULL AND g.home_team IS NOT NULL
),
overdue AS (
    SELECT
        'overdue' AS kind,
        NULL::VARCHAR AS nba_game_id,
        game_date,
        min(since) AS event_timestamp,
        count(*) || ' games of ' || game_date || ' are not final in a schedule taken ' || threshold('overdue_after_tipoff')::BIGINT
            || ' hours and more after tip-off: ' || string_agg(game_code_id, ', ' ORDER BY game_code_id) AS description
    FROM (
        SELECT
            g.game_code_id,
            g.game_date,
            min(v.snapshot_at) AS since
        FROM model.game AS g
        JOIN valid AS v ON v.season = g.season AND v.snapshot_at >= g.tipoff_at + to_hours(threshold('overdue_after_tipoff')::BIGINT)
        JOIN model.listed_game AS l ON l.nba_game_id = g.nba_game_id AND l.object = g.object AND l.generation = g.generation
        ANTI JOIN model.unneeded_game AS u ON u.nba_game_id = g.nba_game_id
        WHERE g.is_competitive AND NOT g.is_vanished AND NOT g.is_final
            AND g.away_team IS NOT NULL AND g.home_team IS NOT NULL
            AND l.game_status IS DISTINCT FROM 3
        GROUP BY g.game_code_id, g.game_date
    )
    GROUP BY game_date
),
-- The season that as-of lies in begins on 1 October; from July to September it is over and nobody is in a hurry.
now_season AS (
    SELECT
        year(et_date($as_of::TIMESTAMPTZ)) - CASE WHEN month(et_date($as_of::TIMESTAMPTZ)) < 10 THEN 1 ELSE 0 END AS first_year,
        month(et_date($as_of::TIMESTAMPTZ)) BETWEEN 7 AND 9 AS is_summer
),
season_now AS (
    SELECT
        first_year || '-' || lpad(((first_year + 1) % 100)::VARCHAR, 2, '0') AS season,
        is_summer,
        et_instant(CASE WHEN is_summer THEN make_date(first_year + 1, 7, 1) ELSE make_date(first_year, 10, 1) END, 0) AS counted_from,
        to_hours(CASE WHEN is_summer THEN threshold('schedule_stale_summer') ELSE threshold('schedule_stale') END::BIGINT) AS patience
    FROM now_season
),
waited AS (
    SELECT
        n.season,
        n.is_summer,
        n.patience,
        max(v.snapshot_at) AS newest,
        greatest(coalesce(max(v.snapshot_at), n.counted_from), n.counted_from) AS waiting_from
    FROM season_now AS n
    LEFT JOIN valid AS v ON v.season = n.season
    GROUP BY n.season, n.is_summer, n.patience, n.counted_from
),
no_schedule AS (
    SELECT
        'no_schedule' AS kind,
        NULL::VARCHAR AS nba_game_id,
        et_date(waiting_from + patience) AS game_date,
        waiting_from + patience AS event_timestamp,
        CASE
            WHEN newest IS NULL THEN 'there is no valid schedule snapshot of ' || season || ', the season of this date'
            ELSE 'no valid schedule snapshot of ' || season || ' since ' || strftime(newest, '%Y-%m-%d %H:%MZ')
        END AS description,
        is_summer
    FROM waited
    WHERE $as_of::TIMESTAMPTZ >= waiting_from + patience
        -- A season that is not in the bucket at all is none that has ended unnoticed.
        AND NOT (is_summer AND newest IS NULL)
)
SELECT
    a.kind,
    a.nba_game_id,
    a.game_date,
    m.chain,
    CASE WHEN a.kind = 'no_schedule' THEN r.source END AS source,
    CASE
        WHEN a.is_quiet OR EXISTS (
            FROM reference.known_gaps AS k
            WHERE k.nba_game_id = a.nba_game_id AND k.scope IN ('*', r.source, m.chain) AND k.accepted_status = '*'
                AND k.since <= $as_of::TIMESTAMPTZ)
            THEN 'info'::severity
        ELSE 'critical'::severity
    END AS severity,
    a.event_timestamp,
    a.description
FROM (
    SELECT *, false AS is_quiet FROM no_scores
    UNION ALL SELECT *, false FROM vanished
    UNION ALL SELECT *, false FROM overdue
    UNION ALL SELECT kind, nba_game_id, game_date, event_timestamp, description, is_summer FROM no_schedule
) AS a
JOIN reference.sources AS r ON r.is_schedule
LEFT JOIN reference.chain_sources AS m ON m.source = r.source
