-- What happened to events: seen, told, acknowledged, ended.
-- grain: action
-- reads: state.actions, model.action_to_record
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- key: event_id, action, acted_at
-- partition: action_date
-- cluster: action
-- empty: there is no event
-- column: action_date DATE -- UTC date of the action
-- columns: event_id, action, acted_at, channel, method, acted_by, why from state.actions
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
