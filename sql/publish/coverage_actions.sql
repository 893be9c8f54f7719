-- What happened to events: seen, told, acknowledged, ended, decided by people and opened again.
-- grain: action
-- reads: state.actions, state.alerts, model.action_to_record, model.decision_action
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
    UNION ALL
    -- A message that arrived somewhere is an action on each event that it told of; where it arrived at several places they stand in one row.
    SELECT as_of, event_id, 'alerted', as_of, string_agg(DISTINCT channel, ', ' ORDER BY channel), NULL, 'sourcecov', string_agg(DISTINCT reason, '; ' ORDER BY reason), NULL
    FROM (
        SELECT as_of, channel, reason, unnest(event_ids) AS event_id
        FROM state.alerts
        WHERE step = 'sent' AND kind IN ('alert', 'digest') AND as_of < $as_of::TIMESTAMPTZ
    )
    GROUP BY as_of, event_id
    UNION ALL BY NAME
    SELECT *, acted_at AS as_of FROM model.decision_action
)
QUALIFY row_number() OVER (PARTITION BY event_id, action, acted_at ORDER BY as_of, channel, method, decision_id) = 1
