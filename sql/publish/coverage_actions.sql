-- What happened to events: seen, told, acknowledged, ended (06-tables).
-- grain: action
-- reads: state.actions, model.action_to_record
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- key: event_id, action, acted_at
-- partition: action_date
-- cluster: action
-- empty: there is no event
-- column: action_date DATE -- UTC date of the action
-- column: event_id VARCHAR -- the event
-- column: action VARCHAR -- detected, alerted, acknowledged or resolved
-- column: acted_at TIMESTAMPTZ -- when (UTC); as-of of the run that saw it or missed it
-- column: channel VARCHAR -- where somebody was told
-- column: method VARCHAR -- how it was resolved: source_recovered, backfill or withdrawn by itself; manual_entry, accepted_gap or wont_fix by a person
-- column: acted_by VARCHAR -- sourcecov, or the person
-- column: why VARCHAR -- what was seen
SELECT
    acted_at::DATE AS action_date,
    event_id,
    action,
    acted_at,
    channel,
    method,
    acted_by,
    why
FROM (
    SELECT * FROM state.actions WHERE as_of < $as_of::TIMESTAMPTZ
    UNION ALL
    SELECT * FROM model.action_to_record
)
QUALIFY row_number() OVER (PARTITION BY event_id, action, acted_at ORDER BY as_of, channel, method) = 1
