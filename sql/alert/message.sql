-- The messages that are sent, each with the text that a person reads; a channel only lays it out (RULES.md, "Alerts").
-- grain: channel, message_id
-- reads: alert.decision, alert.subject, model.game_identity
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- param: blocked VARCHAR -- why the run published nothing; NULL if it did
-- column: channel VARCHAR -- where
-- column: message_id VARCHAR -- as-of, kind and group: the same message has the same id
-- column: kind VARCHAR -- alert, resolved, digest or blocked
-- column: batch_id VARCHAR -- the group; NULL of a digest
-- column: reason VARCHAR -- why it is sent
-- column: severity VARCHAR -- critical, warning or info: the worst in it
-- column: title VARCHAR -- what happened, in a line
-- column: lines VARCHAR[] -- the text, a line each
-- column: next VARCHAR[] -- what to type
-- column: event_ids VARCHAR[] -- the events that it tells of, sorted
WITH sent AS (
    SELECT
        *,
        strftime($as_of::TIMESTAMPTZ, '%Y%m%dT%H%M%SZ') || '-' || kind || coalesce('-' || batch_id, '') AS message_id
    FROM alert.decision
    WHERE is_sent
),
inside AS (
    SELECT d.message_id, d.kind, s.*
    FROM sent AS d
    JOIN alert.subject AS s ON s.channel = d.channel AND s.batch_id = d.batch_id
    WHERE d.kind = 'alert' AND s.stand = 'open' AND s.is_at_once
        OR d.kind = 'resolved' AND s.is_owed AND s.stand IN ('ended', 'decided', 'accepted')
    UNION ALL
    SELECT d.message_id, d.kind, s.*
    FROM sent AS d
    JOIN alert.subject AS s ON s.channel = d.channel
    LEFT JOIN sent AS a ON a.channel = s.channel AND a.batch_id = s.batch_id AND a.kind = 'alert'
    WHERE d.kind = 'digest' AND s.stand IN ('open', 'info') AND s.is_new AND NOT (s.is_at_once AND a.channel IS NOT NULL)
),
numbered AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY channel, message_id ORDER BY is_new DESC, game_date DESC, nba_game_id, event_id) AS nth,
        row_number() OVER (PARTITION BY channel, message_id, batch_id ORDER BY game_date DESC, nba_game_id, event_id) AS nth_of_group,
        count(*) OVER (PARTITION BY channel, message_id, batch_id) AS of_group,
        coalesce(game_code_id || ' (' || nba_game_id || ')', strftime(game_date, '%Y-%m-%d')) AS about
    FROM inside
),
game AS (
    SELECT
        n.channel,
        n.message_id,
        n.event_id,
        string_agg(coalesce(g.game_code_id, 'a game') || ' (' || u.nba_game_id || ')', ', ' ORDER BY u.nth) AS said
    FROM numbered AS n
    CROSS JOIN LATERAL (SELECT unnest(n.games[1:10]) AS nba_game_id, unnest(range(1, 1 + least(10, len(n.games)))) AS nth) AS u
    LEFT JOIN model.game_identity AS g ON g.nba_game_id = u.nba_game_id
    GROUP BY n.channel, n.message_id, n.event_id
),
-- A message about one group: its first ten events.
listed AS (
    SELECT
        n.channel,
        n.message_id,
        list(
            CASE WHEN n.kind = 'alert' AND n.is_new THEN 'new: ' ELSE '' END || n.about || ': ' || n.description
                || coalesce('; its games: ' || g.said || CASE WHEN len(n.games) > 10 THEN ' and ' || len(n.games) - 10 || ' more' ELSE '' END, '')
            ORDER BY n.nth) FILTER (n.nth <= 10) AS items,
        count(*) AS events,
        count(*) FILTER (n.is_new) AS new_events,
        min(n.game_date) AS first_date,
        max(n.last_date) AS last_date,
        first(n.game_code_id ORDER BY n.nth) AS example
    FROM numbered AS n
    LEFT JOIN game AS g ON g.channel = n.channel AND g.message_id = n.message_id AND g.event_id = n.event_id
    WHERE n.kind IN ('alert', 'resolved')
    GROUP BY n.channel, n.message_id
),
-- A digest: warnings and what else is critical by group, infos as one count for each type.
itemised AS (
    SELECT
        channel,
        message_id,
        severity,
        CASE WHEN severity = 'info'::severity THEN event_type ELSE batch_id END AS what,
        severity::VARCHAR || ': ' || what || ': ' || count(*) || ' new'
            || CASE
                WHEN severity = 'info'::severity THEN ''
                ELSE ', ' || strftime(min(game_date), '%Y-%m-%d') || ' to ' || strftime(max(last_date), '%Y-%m-%d') || ': '
                    || string_agg(about, ', ' ORDER BY nth_of_group) FILTER (nth_of_group <= 10)
                    || CASE WHEN count(*) > 10 THEN ' and ' || count(*) - 10 || ' more' ELSE '' END
            END AS said
    FROM numbered
    WHERE kind = 'digest'
    GROUP BY channel, message_id, severity, what
),
digest AS (
    SELECT channel, message_id, list(said ORDER BY severity DESC, what) AS items
    FROM itemised
    GROUP BY channel, message_id
),
worst AS (
    SELECT channel, message_id, max(severity)::VARCHAR AS severity, list_sort(list(event_id)) AS event_ids
    FROM inside
    GROUP BY channel, message_id
)
SELECT
    d.channel,
    d.message_id,
    d.kind,
    d.batch_id,
    d.reason,
    CASE WHEN d.kind = 'blocked' THEN 'critical' WHEN d.kind = 'resolved' THEN 'info' ELSE w.severity END AS severity,
    CASE
        WHEN d.kind = 'blocked' THEN 'critical: a check forbade the night to publish'
        WHEN d.batch_id = 'run_blocked' THEN 'resolved: a night published again'
        WHEN d.kind = 'digest' THEN 'sourcecov on ' || strftime($as_of::TIMESTAMPTZ, '%Y-%m-%d') || ': ' || d.events || ' new'
        WHEN d.kind = 'resolved' THEN 'resolved: ' || d.batch_id
        ELSE 'critical: ' || d.batch_id || ': ' || l.events || CASE WHEN l.events = 1 THEN ' event' ELSE ' events' END
    END AS title,
    CASE
        WHEN d.kind = 'blocked' THEN [$blocked::VARCHAR, d.reason]
        WHEN d.batch_id = 'run_blocked' THEN ['the night as of ' || strftime($as_of::TIMESTAMPTZ, '%Y-%m-%d %H:%M UTC') || ' was not blocked']
        WHEN d.kind = 'digest' THEN g.items
        ELSE list_concat(
            [strftime(l.first_date, '%Y-%m-%d') || ' to ' || strftime(l.last_date, '%Y-%m-%d') || ', '
                || CASE WHEN d.kind = 'resolved' THEN l.events || ' over' ELSE l.events || ' open, ' || l.new_events || ' new' END
                || '; ' || d.reason
                || coalesce('; told first ' || strftime(d.since, '%Y-%m-%d %H:%M UTC'), '')],
            list_concat(l.items, CASE WHEN l.events > 10 THEN ['and ' || l.events - 10 || ' more'] ELSE [] END))
    END AS lines,
    CASE
        WHEN d.kind = 'resolved' THEN []
        -- What a table lacks is no gap of a source.
        WHEN l.example IS NOT NULL AND NOT starts_with(d.batch_id, 'silent_failure:') THEN ['sourcecov explain ' || l.example, 'sourcecov gaps --kind open']
        ELSE ['sourcecov report']
    END
    || CASE WHEN d.kind IN ('alert', 'blocked') THEN ['sourcecov ack ' || d.batch_id || ' --for 3d --by YOU'] ELSE []
    END AS next,
    coalesce(w.event_ids, []) AS event_ids
FROM sent AS d
LEFT JOIN listed AS l ON l.channel = d.channel AND l.message_id = d.message_id
LEFT JOIN digest AS g ON g.channel = d.channel AND g.message_id = d.message_id
LEFT JOIN worst AS w ON w.channel = d.channel AND w.message_id = d.message_id
ORDER BY d.channel, d.message_id
