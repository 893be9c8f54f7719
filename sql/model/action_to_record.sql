-- What this run does to events: it detects those it sees first and resolves those whose cause is gone (RULES.md, "Actions").
-- grain: event_id, action
-- reads: model.event, model.event_to_record, model.recorded_event, model.resolution, model.game, model.listed_game, model.unneeded_game, et_instant, threshold
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- column: as_of TIMESTAMPTZ -- instant of the run that records it (UTC)
-- column: event_id VARCHAR -- the event
-- column: action VARCHAR -- detected, alerted, acknowledged or resolved
-- column: acted_at TIMESTAMPTZ -- when (UTC); as-of of the run that saw it or missed it
-- column: channel VARCHAR -- where somebody was told
-- column: method VARCHAR -- how it was resolved: source_recovered, backfill or withdrawn by itself; manual_entry, accepted_gap or wont_fix by a person
-- column: acted_by VARCHAR -- sourcecov, or the person
-- column: why VARCHAR -- what was seen
WITH going_on AS (
    -- What the record still takes to go on.
    SELECT event_id, event_type, nba_game_id, game_date, chain, source FROM model.recorded_event WHERE NOT is_over
    UNION
    SELECT event_id, event_type, nba_game_id, game_date, chain, source FROM model.event_to_record
),
-- Dates of whose games some were overdue once, of which none was played on that date after all.
left_date AS (
    SELECT l.game_date
    FROM model.listed_game AS l
    JOIN model.game AS g ON g.nba_game_id = l.nba_game_id AND g.is_competitive
    LEFT JOIN model.unneeded_game AS u ON u.nba_game_id = l.nba_game_id
    WHERE l.game_status IS DISTINCT FROM 3
        AND l.snapshot_at >= coalesce(l.tipoff_at, et_instant(l.game_date, threshold('unknown_tipoff')::INTEGER))
            + to_hours(threshold('overdue_after_tipoff')::BIGINT)
    GROUP BY l.game_date
    HAVING bool_and(g.game_date <> l.game_date OR g.is_vanished OR u.nba_game_id IS NOT NULL)
),
ended AS (
    SELECT
        r.*,
        CASE
            -- The game moved, or its source ended: nothing is expected any more.
            WHEN r.nba_game_id IS NOT NULL AND (g.is_vanished OR g.nba_game_id IS NULL OR n.resolution IN ('pending', 'not_applicable')) THEN 'withdrawn'
            -- It may have been played since, on a date that the event is not about.
            WHEN g.game_date <> r.game_date THEN 'withdrawn'
            WHEN r.event_type = 'schedule_anomaly' AND r.nba_game_id IS NULL AND r.source IS NULL AND d.game_date IS NOT NULL THEN 'withdrawn'
            WHEN n.object LIKE '%_backfill%' OR n.kind_used = 'manual' THEN 'backfill'
            ELSE 'source_recovered'
        END AS method,
        n.resolution,
        CASE WHEN g.game_date <> r.game_date THEN g.game_date END AS moved_to,
        n.source_used,
        n.object
    FROM going_on AS r
    ANTI JOIN (SELECT event_id FROM model.event WHERE is_open) AS e ON e.event_id = r.event_id
    LEFT JOIN model.game AS g ON g.nba_game_id = r.nba_game_id
    LEFT JOIN model.resolution AS n ON n.nba_game_id = r.nba_game_id AND n.chain = r.chain
    LEFT JOIN left_date AS d ON d.game_date = r.game_date
)
SELECT
    $as_of::TIMESTAMPTZ AS as_of,
    event_id,
    'detected' AS action,
    $as_of::TIMESTAMPTZ AS acted_at,
    NULL::VARCHAR AS channel,
    NULL::VARCHAR AS method,
    'sourcecov' AS acted_by,
    NULL::VARCHAR AS why
FROM model.event_to_record
UNION ALL
SELECT
    $as_of::TIMESTAMPTZ,
    event_id,
    'resolved',
    $as_of::TIMESTAMPTZ,
    NULL,
    method,
    'sourcecov',
    CASE
        WHEN method = 'withdrawn' AND moved_to IS NOT NULL THEN 'the game was moved to ' || moved_to
        WHEN method = 'withdrawn' AND nba_game_id IS NULL THEN 'its games were moved to other dates, or are not needed'
        WHEN method = 'withdrawn' THEN 'nothing is expected of the game any more'
        WHEN object IS NOT NULL THEN chain || ' is supplied by ' || source_used || ', ' || object
        ELSE 'its cause is gone'
    END
FROM ended
ORDER BY event_id, action
