-- What each channel was told, or was about to be told, of which event (RULES.md, "Alerts").
-- grain: channel, event_id
-- reads: state.alerts
-- param: channels VARCHAR[] -- those that are told
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- param: is_replay BOOLEAN -- only what runs before as_of told counts
-- column: channel VARCHAR -- where
-- column: event_id VARCHAR -- the event
-- column: is_baseline BOOLEAN -- it was there before anybody was told anything
-- column: is_owed BOOLEAN -- a message at once was about to be sent, whether or not it arrived, and no end of it was told
-- column: is_alerted BOOLEAN -- it stood in a message at once that arrived
-- column: is_digested BOOLEAN -- it stood in a digest that arrived
WITH named AS (
    SELECT channel, unnest(event_ids) AS event_id, step, kind, seq
    FROM state.alerts
    WHERE list_contains($channels::VARCHAR[], channel) AND (NOT $is_replay::BOOLEAN OR as_of < $as_of::TIMESTAMPTZ)
)
SELECT
    channel,
    event_id,
    bool_or(step = 'baseline') AS is_baseline,
    coalesce(max(seq) FILTER (step = 'owed' AND kind = 'alert'), 0)
        > coalesce(max(seq) FILTER (step = 'sent' AND kind = 'resolved'), 0) AS is_owed,
    bool_or(step = 'sent' AND kind = 'alert') AS is_alerted,
    bool_or(step = 'sent' AND kind = 'digest') AS is_digested
FROM named
GROUP BY channel, event_id
