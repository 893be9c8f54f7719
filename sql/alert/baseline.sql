-- At a channel that was told nothing yet, the events that it is never told of: those that lie before the listed dates (RULES.md, "Alerts").
-- grain: channel
-- reads: alert.subject, state.alerts
-- param: channels VARCHAR[] -- those that are told
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- param: is_replay BOOLEAN -- only what runs before as_of told counts
-- param: blocked VARCHAR -- why the run published nothing; NULL if it did
-- column: channel VARCHAR -- where
-- column: event_ids VARCHAR[] -- the events, sorted
SELECT
    c.channel,
    list_sort(coalesce(list(s.event_id) FILTER (s.event_id IS NOT NULL), [])) AS event_ids
FROM (SELECT DISTINCT unnest($channels::VARCHAR[]) AS channel) AS c
LEFT JOIN alert.subject AS s ON s.channel = c.channel AND s.stand = 'baseline'
ANTI JOIN (
    SELECT channel FROM state.alerts WHERE step = 'baseline' AND (NOT $is_replay::BOOLEAN OR as_of < $as_of::TIMESTAMPTZ)
) AS k ON k.channel = c.channel
WHERE $blocked::VARCHAR IS NULL
GROUP BY c.channel
ORDER BY c.channel
