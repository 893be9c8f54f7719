-- Every event that goes on, or of which a message is owed, at each channel, and whether it is to be told (RULES.md, "Alerts").
-- grain: channel, event_id
-- reads: model.event, model.decided_event, model.outage, state.events, state.alerts, alert.told, reference.event_types, reference.alert_channels
-- param: channels VARCHAR[] -- those that are told
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- param: is_replay BOOLEAN -- only what runs before as_of told counts
-- param: window_from DATE -- first game date listed
-- param: window_to DATE -- last game date listed
-- column: channel VARCHAR -- where
-- column: event_id VARCHAR -- the event
-- column: batch_id VARCHAR -- its group
-- column: event_type VARCHAR -- kind of event
-- column: severity severity -- how bad it is
-- column: nba_game_id VARCHAR -- its game; NULL without one
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- date that it is about
-- column: last_date DATE -- of an outage that of its last game; else game_date
-- column: games VARCHAR[] -- of an outage the ids of its games, in due order
-- column: description VARCHAR -- what happened and why
-- column: stand VARCHAR -- open, info, inside (an open outage), baseline, accepted, decided or ended
-- column: is_at_once BOOLEAN -- it is critical, inside the listed dates or told before, and the channel is told of such at once
-- column: is_owed BOOLEAN -- a message at once was about to be sent, and no end of it was told
-- column: is_alerted BOOLEAN -- it stood in a message at once that arrived
-- column: is_new BOOLEAN -- it stood in no message that arrived
WITH channel AS (
    SELECT DISTINCT c.channel, k.at_once
    FROM (SELECT unnest($channels::VARCHAR[]) AS channel) AS c
    JOIN reference.alert_channels AS k ON k.kind = split_part(c.channel, ':', 1)
),
known AS (
    SELECT DISTINCT channel
    FROM state.alerts
    WHERE step = 'baseline' AND (NOT $is_replay::BOOLEAN OR as_of < $as_of::TIMESTAMPTZ)
),
wide AS (
    SELECT source, first_date, max(last_date) AS last_date, flatten(list(games ORDER BY last_date)) AS games
    FROM model.outage
    GROUP BY source, first_date
),
inside AS (
    SELECT DISTINCT chain, source, unnest(games) AS nba_game_id FROM model.outage WHERE is_open
),
event AS (
    SELECT
        e.event_id, e.batch_id, e.event_type, e.severity::severity AS severity, e.nba_game_id, e.game_code_id, e.game_date,
        coalesce(w.last_date, e.game_date) AS last_date, w.games, e.description, e.is_open, e.requires_alert,
        i.nba_game_id IS NOT NULL AS is_covered, e.is_synthetic
    FROM model.event AS e
    LEFT JOIN wide AS w ON e.event_type = 'source_outage' AND w.source = e.source AND w.first_date = e.game_date
    LEFT JOIN inside AS i ON i.nba_game_id = e.nba_game_id AND i.chain = e.chain AND i.source = e.primary_source
    UNION ALL
    -- It is owed its end, as it was recorded.
    SELECT
        s.event_id, s.batch_id, s.event_type, s.severity::severity, s.nba_game_id, s.game_code_id, s.game_date,
        s.game_date, NULL, s.description, false, s.requires_alert, false, s.is_synthetic
    FROM state.events AS s
    SEMI JOIN alert.told AS t ON t.event_id = s.event_id AND t.is_owed
    ANTI JOIN model.event AS e ON e.event_id = s.event_id
    QUALIFY row_number() OVER (PARTITION BY s.event_id ORDER BY s.as_of) = 1
),
judged AS (
    SELECT
        c.channel,
        e.*,
        e.severity = 'critical'::severity AND c.at_once AS is_quick,
        coalesce(t.is_owed, false) AS is_owed,
        coalesce(t.is_alerted, false) AS is_alerted,
        coalesce(t.is_digested, false) AS is_digested,
        -- What a table lost is lost tonight, whatever the date of its games.
        coalesce(e.is_synthetic, false) OR e.last_date >= $window_from::DATE AND e.game_date <= $window_to::DATE AS is_listed,
        CASE
            WHEN NOT e.is_open THEN 'ended'
            WHEN d.event_id IS NOT NULL THEN 'decided'
            -- Of a kind that is worse by itself: a person accepted it, or it is summer.
            WHEN e.severity = 'info'::severity AND y.severity IS DISTINCT FROM 'info'::severity THEN 'accepted'
            WHEN e.severity = 'info'::severity AND e.is_covered OR e.severity > 'info'::severity AND NOT e.requires_alert THEN 'inside'
            -- The first time that this channel is told anything, what lies before the listed dates is told to nobody.
            WHEN coalesce(t.is_baseline, false) OR k.channel IS NULL AND NOT is_listed THEN 'baseline'
            WHEN e.severity = 'info'::severity THEN 'info'
            ELSE 'open'
        END AS stand
    FROM channel AS c
    CROSS JOIN event AS e
    LEFT JOIN known AS k ON k.channel = c.channel
    LEFT JOIN alert.told AS t ON t.channel = c.channel AND t.event_id = e.event_id
    LEFT JOIN model.decided_event AS d ON d.event_id = e.event_id AND d.is_closed
    LEFT JOIN reference.event_types AS y ON y.event_type = e.event_type
)
SELECT
    channel,
    event_id,
    batch_id,
    event_type,
    severity,
    nba_game_id,
    game_code_id,
    game_date,
    last_date,
    games,
    description,
    stand,
    is_quick AND (is_listed OR is_owed) AS is_at_once,
    is_owed,
    is_alerted,
    NOT is_alerted AND NOT is_digested AS is_new
FROM judged
WHERE stand <> 'ended' OR is_owed
