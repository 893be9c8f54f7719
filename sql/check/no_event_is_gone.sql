-- Every event that an earlier run recorded is still in the log, as it was (RULES.md, "Blocking checks", 5).
-- grain: event_id
-- reads: state.events, publish.source_coverage_log
-- param: as_of TIMESTAMPTZ -- only what runs before it recorded exists
-- severity: block
-- finds: an event that an earlier run recorded is not in the log any more, or is another
-- over: state.events
-- column: event_id VARCHAR -- the event
-- column: event_type VARCHAR -- kind of event
-- column: nba_game_id VARCHAR -- its game, if it has one
SELECT DISTINCT e.event_id, e.event_type, e.nba_game_id
FROM state.events AS e
ANTI JOIN publish.source_coverage_log AS l ON l.event_id = e.event_id
WHERE e.as_of < $as_of::TIMESTAMPTZ
ORDER BY ALL
