-- The groups of recorded events that go on and nobody closed, worst first, as `ack` takes them, and who has taken them on (RULES.md, "Decisions").
-- grain: batch_id
-- reads: model.recorded_event, model.decision, printable, threshold
-- param: asked VARCHAR -- a group, as it was typed
-- param: as_of TIMESTAMPTZ -- now
-- param: until TIMESTAMPTZ -- until when it is to be taken on
-- column: batch_id VARCHAR -- the group
-- column: is_asked BOOLEAN -- it is the one that was typed, in capitals or not
-- column: distance BIGINT -- letters in which it differs from what was typed
-- column: severity VARCHAR -- the worst of its events: info, warning or critical
-- column: events BIGINT -- events that go on
-- column: oldest DATE -- the oldest date that one is about
-- column: newest DATE -- the newest
-- column: decision_id VARCHAR -- the acknowledgement that is in force
-- column: refused VARCHAR -- why it cannot be taken on until then; NULL if it can
SELECT
    r.batch_id,
    lower(r.batch_id) = lower(trim($asked::VARCHAR)) AS is_asked,
    levenshtein(r.batch_id, trim($asked::VARCHAR)) AS distance,
    max(r.severity::severity)::VARCHAR AS severity,
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
FROM model.recorded_event AS r
LEFT JOIN model.decision AS d ON d.batch_id = r.batch_id AND d.is_in_force
WHERE NOT r.is_resolved
GROUP BY r.batch_id
ORDER BY max(r.severity::severity) DESC, events DESC, r.batch_id
