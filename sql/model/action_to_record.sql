-- What this run does to events: it detects those it sees first and resolves those that go on no longer (RULES.md, "Actions").
-- grain: event_id, action
-- reads: model.event_to_record, model.ended_event
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- column: as_of TIMESTAMPTZ -- instant of the run that records it (UTC)
-- column: event_id VARCHAR -- the event
-- column: action VARCHAR -- detected or resolved
-- column: acted_at TIMESTAMPTZ -- when (UTC); as-of of the run that saw it or missed it
-- column: channel VARCHAR -- where somebody was told
-- column: method VARCHAR -- how it was resolved: source_recovered, backfill, manual_entry or withdrawn
-- column: acted_by VARCHAR -- sourcecov, or the person
-- column: why VARCHAR -- what was seen
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
SELECT $as_of::TIMESTAMPTZ, event_id, 'resolved', $as_of::TIMESTAMPTZ, NULL, method, acted_by, why
FROM model.ended_event
ORDER BY event_id, action
