-- The recorded events that this run withdraws because the rules changed and for no other reason, counted by type.
-- grain: event_type
-- reads: model.ended_event
-- param: rules_changed_since TIMESTAMPTZ -- as-of of the newest earlier run that recorded events, if it ran other SQL files; else NULL
-- column: since TIMESTAMPTZ -- as-of of that run, whose rules still made them (UTC)
-- column: event_type VARCHAR -- kind of event
-- column: withdrawn BIGINT -- how many
SELECT $rules_changed_since::TIMESTAMPTZ AS since, event_type, count(*) AS withdrawn
FROM model.ended_event
WHERE is_by_rules
GROUP BY event_type
ORDER BY withdrawn DESC, event_type
