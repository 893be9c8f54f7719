-- The groups of what goes on and nobody closed, worst first, as `ack` takes them, and who has taken them on (RULES.md, "Decisions").
-- grain: batch_id
-- reads: model.recorded_event, model.decision, state.alerts, et_date, printable, threshold
-- param: asked VARCHAR -- a group, as it was typed
-- param: as_of TIMESTAMPTZ -- now
-- param: until TIMESTAMPTZ -- until when it is to be taken on
-- column: batch_id VARCHAR -- the group
-- column: is_asked BOOLEAN -- it is the one that was typed, in capitals or not
-- column: distance BIGINT -- letters in which it differs from what was typed
-- column: severity VARCHAR -- the worst of its events: info, warning or critical
-- column: events BIGINT -- events that go on; 1 of run_blocked
-- column: oldest DATE -- the oldest date that one is about
-- column: newest DATE -- the newest
-- column: decision_id VARCHAR -- the acknowledgement that is in force
-- column: refused VARCHAR -- why it cannot be taken on until then; NULL if it can
WITH going AS (
    SELECT batch_id, severity::severity AS severity, game_date
    FROM model.recorded_event
    WHERE NOT is_resolved
    UNION ALL
    -- That no night publishes is no event, for a blocked night records none; people are told of it all the same.
    SELECT batch_id, 'critical'::severity, max(told_on)
    FROM (
        SELECT batch_id, kind, et_date(as_of) AS told_on
        FROM state.alerts
        WHERE step = 'sent' AND batch_id = 'run_blocked'
        QUALIFY row_number() OVER (PARTITION BY channel ORDER BY seq DESC, number DESC) = 1
    )
    WHERE kind = 'blocked'
    GROUP BY batch_id
)
SELECT
    r.batch_id,
    lower(r.batch_id) = lower(trim($asked::VARCHAR)) AS is_asked,
    levenshtein(r.batch_id, trim($asked::VARCHAR)) AS distance,
    max(r.severity)::VARCHAR AS severity,
    count(*) AS events,
    min(r.game_date) AS oldest,
    max(r.game_date) AS newest,
    any_value(d.decision_id) AS decision_id,
    CASE
        WHEN $until::TIMESTAMPTZ > $as_of::TIMESTAMPTZ + to_days(threshold('longest_ack')::INTEGER)
            THEN 'a group is taken on for at most ' || threshold('longest_ack')::INTEGER || ' days'
        -- For longer it can be taken on again.
        WHEN any_value(d.until) >= $until::TIMESTAMPTZ
            THEN 'it is taken on until ' || strftime(any_value(d.until), '%Y-%m-%d %H:%MZ') || ' already, by ' || printable(any_value(d.acted_by))
                || ', decision ' || any_value(d.decision_id)
    END AS refused
FROM going AS r
LEFT JOIN model.decision AS d ON d.batch_id = r.batch_id AND d.is_in_force
GROUP BY r.batch_id
ORDER BY max(r.severity) DESC, events DESC, r.batch_id
