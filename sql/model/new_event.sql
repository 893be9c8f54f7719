-- The open events that no earlier run recorded; on the first night none, for nothing is newer than anything else (RULES.md, "Verdict").
-- grain: event_id
-- reads: model.event, model.recorded_event
-- column: event_id VARCHAR -- the event
SELECT e.event_id
FROM model.event AS e
ANTI JOIN model.recorded_event AS r ON r.event_id = e.event_id
WHERE e.is_open AND EXISTS (FROM model.recorded_event)
