-- Of every group and every digest at each channel: is a message sent, and why or why not (RULES.md, "Alerts").
-- grain: channel, kind, batch_id
-- reads: alert.subject, state.alerts, model.decision, reference.alert_repeats, et_date
-- param: channels VARCHAR[] -- those that are told
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- param: is_replay BOOLEAN -- only what runs before as_of told counts
-- param: blocked VARCHAR -- why the run published nothing; NULL if it did
-- column: channel VARCHAR -- where
-- column: kind VARCHAR -- alert, resolved, digest or blocked
-- column: batch_id VARCHAR -- the group; NULL of a digest
-- column: is_sent BOOLEAN -- a message is sent
-- column: reason VARCHAR -- why, or why none is
-- column: events BIGINT -- events of the group that are open; of a digest those that are new
-- column: new_events BIGINT -- those that stood in no message yet
-- column: since TIMESTAMPTZ -- the first message of the group since it was last over; NULL before it (UTC)
WITH channel AS (
    SELECT DISTINCT unnest($channels::VARCHAR[]) AS channel
),
past AS (
    SELECT channel, kind, coalesce(batch_id, '') AS batch_id, as_of, seq
    FROM state.alerts
    WHERE step = 'sent' AND (NOT $is_replay::BOOLEAN OR as_of < $as_of::TIMESTAMPTZ)
),
closed AS (
    SELECT channel, batch_id, max(seq) AS seq FROM past WHERE kind = 'resolved' GROUP BY channel, batch_id
),
run AS (
    SELECT p.channel, p.batch_id, min(p.as_of) AS first_at, max(p.as_of) AS last_at
    FROM past AS p
    LEFT JOIN closed AS c ON c.channel = p.channel AND c.batch_id = p.batch_id
    WHERE p.kind IN ('alert', 'blocked') AND p.seq > coalesce(c.seq, 0)
    GROUP BY p.channel, p.batch_id
),
-- The newest hour, counted from the first message, at which one was due.
due AS (
    SELECT
        r.channel,
        r.batch_id,
        -- Of the rows that count by then the last one does.
        arg_max(a.from_hours + CASE
            WHEN a.every_hours IS NULL THEN 0
            ELSE (date_diff('minute', r.first_at, $as_of::TIMESTAMPTZ) // 60 - a.from_hours) // a.every_hours * a.every_hours
        END, a.from_hours) AS hours
    FROM run AS r
    JOIN reference.alert_repeats AS a ON a.from_hours <= date_diff('minute', r.first_at, $as_of::TIMESTAMPTZ) // 60
    GROUP BY r.channel, r.batch_id
),
-- One that ran out is asked for too: that it ran out is told.
ack AS (
    SELECT batch_id, until
    FROM model.decision
    WHERE decision = 'acknowledge' AND undone_at IS NULL
    QUALIFY row_number() OVER (PARTITION BY batch_id ORDER BY seq DESC, number DESC) = 1
),
grouped AS (
    SELECT
        channel,
        batch_id,
        count(*) FILTER (stand = 'open' AND is_at_once) AS events,
        count(*) FILTER (stand = 'open' AND is_at_once AND NOT is_alerted) AS new_events,
        count(*) FILTER (is_owed AND stand IN ('ended', 'decided', 'accepted')) AS over,
        count(*) FILTER (is_owed AND stand = 'ended') AS ended,
        count(*) FILTER (stand = 'inside') AS inside,
        count(*) FILTER (stand = 'baseline') AS baseline,
        count(*) FILTER (stand = 'open' AND NOT is_at_once) AS other
    FROM alert.subject
    GROUP BY channel, batch_id
    HAVING bool_or(severity = 'critical'::severity)
),
told AS (
    SELECT
        g.*,
        r.first_at,
        r.last_at,
        a.until,
        d.hours,
        coalesce(d.hours > date_diff('minute', r.first_at, r.last_at) // 60, false) AS is_due
    FROM grouped AS g
    LEFT JOIN run AS r ON r.channel = g.channel AND r.batch_id = g.batch_id
    LEFT JOIN due AS d ON d.channel = g.channel AND d.batch_id = g.batch_id
    LEFT JOIN ack AS a ON a.batch_id = g.batch_id
),
reasoned AS (
    SELECT
        channel,
        CASE WHEN events = 0 AND over > 0 AND inside = 0 THEN 'resolved' ELSE 'alert' END AS kind,
        batch_id,
        CASE
            WHEN events > 0 AND until > $as_of::TIMESTAMPTZ THEN 'acknowledged until ' || strftime(until, '%Y-%m-%d %H:%M UTC')
            WHEN events > 0 AND first_at IS NULL THEN '>new'
            WHEN events > 0 AND until > last_at THEN '>the acknowledgement ran out'
            WHEN events > 0 AND is_due AND new_events > 0 THEN '>new game in a running group'
            WHEN events > 0 AND is_due THEN '>repeated after ' || hours || ' h'
            WHEN events > 0 AND new_events > 0 THEN 'new game in a running group: in its next message'
            WHEN events > 0 THEN 'nothing new'
            WHEN inside > 0 THEN 'inside an outage'
            WHEN over > 0 AND first_at IS NULL THEN '>resolved before a message arrived'
            WHEN over > 0 AND ended = 0 THEN '>decided or accepted'
            WHEN over > 0 THEN '>resolved'
            WHEN other > 0 THEN 'not told at once: in the digest'
            WHEN baseline > 0 THEN 'baseline'
            ELSE 'decided or accepted'
        END AS said,
        events,
        new_events,
        first_at AS since
    FROM told
),
-- What a digest has to tell: what is open or info and is in no message of tonight.
fresh AS (
    SELECT s.channel, count(*) AS events
    FROM alert.subject AS s
    LEFT JOIN reasoned AS r ON r.channel = s.channel AND r.batch_id = s.batch_id AND r.kind = 'alert' AND r.said LIKE '>%'
    WHERE s.stand IN ('open', 'info') AND s.is_new AND NOT (s.is_at_once AND r.channel IS NOT NULL)
    GROUP BY s.channel
),
digest AS (
    SELECT
        c.channel,
        coalesce(f.events, 0) AS events,
        bool_or(coalesce(p.kind = 'digest' AND et_date(p.as_of) = et_date($as_of::TIMESTAMPTZ), false)) AS is_told
    FROM channel AS c
    LEFT JOIN fresh AS f ON f.channel = c.channel
    LEFT JOIN past AS p ON p.channel = c.channel
    GROUP BY c.channel, f.events
),
decided AS (
    SELECT * FROM reasoned WHERE $blocked::VARCHAR IS NULL
    UNION ALL
    SELECT
        channel,
        'digest',
        NULL,
        CASE
            WHEN events = 0 THEN 'nothing new'
            WHEN is_told THEN 'the digest of the day was sent: in the next one'
            ELSE '>digest of the day'
        END,
        events,
        events,
        NULL
    FROM digest
    WHERE $blocked::VARCHAR IS NULL
    UNION ALL
    -- What a blocked run found is told to nobody: that it is blocked is.
    SELECT
        c.channel,
        CASE WHEN $blocked::VARCHAR IS NULL THEN 'resolved' ELSE 'blocked' END,
        'run_blocked',
        CASE
            WHEN $blocked::VARCHAR IS NULL THEN '>resolved'
            WHEN r.first_at IS NULL THEN '>new'
            WHEN a.until > $as_of::TIMESTAMPTZ THEN 'acknowledged until ' || strftime(a.until, '%Y-%m-%d %H:%M UTC')
            WHEN a.until > r.last_at THEN '>the acknowledgement ran out'
            WHEN coalesce(d.hours > date_diff('minute', r.first_at, r.last_at) // 60, false) THEN '>repeated after ' || d.hours || ' h'
            ELSE 'nothing new'
        END,
        1,
        CASE WHEN r.first_at IS NULL THEN 1 ELSE 0 END,
        r.first_at
    FROM channel AS c
    LEFT JOIN run AS r ON r.channel = c.channel AND r.batch_id = 'run_blocked'
    LEFT JOIN due AS d ON d.channel = c.channel AND d.batch_id = 'run_blocked'
    LEFT JOIN ack AS a ON a.batch_id = 'run_blocked'
    WHERE $blocked::VARCHAR IS NOT NULL OR r.first_at IS NOT NULL
)
SELECT
    channel,
    kind,
    batch_id,
    starts_with(said, '>') AS is_sent,
    ltrim(said, '>') AS reason,
    events::BIGINT AS events,
    new_events::BIGINT AS new_events,
    since
FROM decided
ORDER BY channel, kind, batch_id
