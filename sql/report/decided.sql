-- The decisions of people that are in force and still about something, in the order in which they were taken, whatever the window.
-- grain: decision_id
-- reads: model.decision, model.decided_event, model.decided_gap, model.event, printable
-- column: decision_id VARCHAR -- by which it is taken back
-- column: decided_at TIMESTAMPTZ -- when (UTC)
-- column: decision VARCHAR -- accepted_gap, manual_entry, wont_fix or acknowledged
-- column: until TIMESTAMPTZ -- end of an acknowledgement (UTC)
-- column: batch_id VARCHAR -- the group that was taken on, or that of the event
-- column: event_id VARCHAR -- the event; NULL of a group
-- column: game_date DATE -- what it is about: Eastern date of tip-off; of a group the oldest
-- column: nba_game_id VARCHAR -- its game; NULL without one
-- column: events BIGINT -- open events that it is about, those inside an outage included
-- column: gaps BIGINT -- gaps that count no more because of it
-- column: acted_by VARCHAR -- who decided
-- column: why VARCHAR -- why
-- column: said VARCHAR -- what happened; of a group the oldest of it
WITH about AS (
    SELECT x.decision_id, x.is_of_outage, e.*
    FROM model.decided_event AS x
    JOIN model.event AS e ON e.event_id = x.event_id
    UNION ALL
    SELECT d.decision_id, false, e.*
    FROM model.decision AS d
    JOIN model.event AS e ON e.batch_id = d.batch_id AND e.is_open
    WHERE d.is_in_force AND d.decision = 'acknowledge'
),
gap AS (
    SELECT decision_id, count(*) AS gaps FROM model.decided_gap GROUP BY decision_id
)
SELECT
    d.decision_id,
    d.decided_at,
    coalesce(d.method, 'acknowledged') AS decision,
    d.until,
    coalesce(d.batch_id, any_value(a.batch_id) FILTER (NOT a.is_of_outage)) AS batch_id,
    d.event_id,
    min(a.game_date) FILTER (NOT a.is_of_outage) AS game_date,
    CASE WHEN d.event_id IS NOT NULL THEN any_value(a.nba_game_id) FILTER (NOT a.is_of_outage) END AS nba_game_id,
    count(*) AS events,
    coalesce(any_value(g.gaps), 0) AS gaps,
    printable(d.acted_by) AS acted_by,
    printable(d.why) AS why,
    arg_min(a.description, (a.game_date, a.event_id)) FILTER (NOT a.is_of_outage) AS said
FROM model.decision AS d
JOIN about AS a ON a.decision_id = d.decision_id
LEFT JOIN gap AS g ON g.decision_id = d.decision_id
GROUP BY d.decision_id, d.decided_at, d.method, d.until, d.batch_id, d.event_id, d.seq, d.number, d.acted_by, d.why
ORDER BY d.seq, d.number
