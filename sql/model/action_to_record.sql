-- What this run does to events: it detects those it sees first and resolves those whose cause is gone (RULES.md, "Actions").
-- grain: event_id, action
-- reads: model.event, model.event_to_record, model.recorded_event, model.resolution, model.game
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
    SELECT event_id, event_type, nba_game_id, chain, source FROM model.recorded_event WHERE NOT is_over
    UNION
    SELECT event_id, event_type, nba_game_id, chain, source FROM model.event_to_record
),
ended AS (
    SELECT
        r.*,
        CASE
            -- The game moved, or its source ended: nothing is expected any more.
            WHEN r.nba_game_id IS NOT NULL AND (g.is_vanished OR g.nba_game_id IS NULL OR n.resolution IN ('pending', 'not_applicable')) THEN 'withdrawn'
            WHEN n.object LIKE '%_backfill%' OR n.kind_used = 'manual' THEN 'backfill'
            ELSE 'source_recovered'
        END AS method,
        n.resolution,
        n.source_used,
        n.object
    FROM going_on AS r
    ANTI JOIN (SELECT event_id FROM model.event WHERE is_open) AS e ON e.event_id = r.event_id
    LEFT JOIN model.game AS g ON g.nba_game_id = r.nba_game_id
    LEFT JOIN model.resolution AS n ON n.nba_game_id = r.nba_game_id AND n.chain = r.chain
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
        WHEN method = 'withdrawn' THEN 'nothing is expected of the game any more'
        WHEN object IS NOT NULL THEN chain || ' is supplied by ' || source_used || ', ' || object
        ELSE 'its cause is gone'
    END
FROM ended
ORDER BY event_id, action
