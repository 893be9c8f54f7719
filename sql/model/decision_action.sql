-- What the decisions of people did to events: each took on, closed or opened again those that it was about (RULES.md, "Actions").
-- grain: event_id, action, acted_at, decision_id
-- reads: model.decision, model.recorded_event, state.events, state.actions, printable
-- param: as_of TIMESTAMPTZ -- only what runs before it recorded exists
-- column: event_id VARCHAR -- the event
-- column: action VARCHAR -- acknowledged, resolved, unacknowledged or reopened
-- column: acted_at TIMESTAMPTZ -- when it was decided, or taken back (UTC)
-- column: method VARCHAR -- accepted_gap or wont_fix; NULL where the event was only taken on
-- column: acted_by VARCHAR -- who
-- column: why VARCHAR -- why
-- column: decision_id VARCHAR -- the decision
WITH seen AS (
    SELECT event_id, min(as_of) AS as_of FROM state.events GROUP BY event_id
),
ended AS (
    SELECT event_id, min(acted_at) AS ended_at
    FROM state.actions
    WHERE action = 'resolved' AND as_of < $as_of::TIMESTAMPTZ
    GROUP BY event_id
),
decided AS (
    SELECT r.event_id, d.* EXCLUDE (event_id)
    FROM model.decision AS d
    JOIN model.recorded_event AS r ON r.event_id = d.event_id
    WHERE d.decision = 'resolve'
    UNION ALL
    -- Who takes on a group takes on what it held then: an event that came later is another message.
    SELECT r.event_id, d.* EXCLUDE (event_id)
    FROM model.decision AS d
    JOIN model.recorded_event AS r ON r.batch_id = d.batch_id
    JOIN seen AS s ON s.event_id = r.event_id AND s.as_of <= d.decided_at
    LEFT JOIN ended AS e ON e.event_id = r.event_id
    WHERE d.decision = 'acknowledge' AND (e.ended_at IS NULL OR e.ended_at > d.decided_at)
),
did AS (
    SELECT *, decision = 'acknowledge' OR method = 'manual_entry' AS is_taken_on FROM decided
)
SELECT
    event_id,
    CASE WHEN is_taken_on THEN 'acknowledged' ELSE 'resolved' END AS action,
    decided_at AS acted_at,
    CASE WHEN NOT is_taken_on THEN method END AS method,
    printable(acted_by) AS acted_by,
    printable(why) AS why,
    decision_id
FROM did
UNION ALL
SELECT
    event_id,
    CASE WHEN is_taken_on THEN 'unacknowledged' ELSE 'reopened' END,
    undone_at,
    CASE WHEN NOT is_taken_on THEN method END,
    printable(undone_by),
    printable(undone_because),
    decision_id
FROM did
WHERE undone_at IS NOT NULL
