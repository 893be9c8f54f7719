-- What happened to events: seen, told, acknowledged, ended, decided by people and opened again.
-- grain: action
-- reads: state.actions, model.action_to_record, model.decision_action
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- key: event_id, action, acted_at
-- partition: action_date
-- cluster: action
-- empty: there is no event
-- column: action_date DATE -- UTC date of the action
-- columns: event_id from state.actions
-- column: action VARCHAR -- detected, alerted, acknowledged, unacknowledged, resolved or reopened; the second and the last where a person takes a decision back
-- columns: acted_at, channel, method, acted_by, why from state.actions
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
    SELECT *, NULL::VARCHAR AS decision_id FROM state.actions WHERE as_of < $as_of::TIMESTAMPTZ
    UNION ALL
    SELECT *, NULL FROM model.action_to_record
    UNION ALL BY NAME
    SELECT *, acted_at AS as_of FROM model.decision_action
)
QUALIFY row_number() OVER (PARTITION BY event_id, action, acted_at ORDER BY as_of, channel, method, decision_id) = 1
