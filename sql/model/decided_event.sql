-- The open events on which a person has decided, and whether they count no more for that (RULES.md, "Decisions").
-- grain: event_id
-- reads: model.event, model.decision, model.outage, model.cell
-- column: event_id VARCHAR -- the event
-- column: decision_id VARCHAR -- the decision; of what is told in an outage's message only that on the outage
-- column: decided_at TIMESTAMPTZ -- when (UTC)
-- column: method VARCHAR -- accepted_gap, manual_entry or wont_fix
-- column: acted_by VARCHAR -- who decided
-- column: why VARCHAR -- why
-- column: is_closed BOOLEAN -- it counts no more; manual_entry is a promise, and its event counts until it is kept
-- column: is_of_outage BOOLEAN -- it is decided because the outage is that it is inside
WITH decided AS (
    SELECT e.event_id, d.decision_id, d.decided_at, d.method, d.acted_by, d.why, d.method <> 'manual_entry' AS is_closed
    FROM model.event AS e
    JOIN model.decision AS d ON d.event_id = e.event_id AND d.is_in_force
    WHERE e.is_open
),
-- A game that failed after the decision is none of those that were decided.
inside AS (
    SELECT c.nba_game_id, o.source, o.chain, d.* EXCLUDE (event_id)
    FROM decided AS d
    JOIN model.event AS e ON e.event_id = d.event_id AND e.event_type = 'source_outage'
    JOIN (SELECT source, chain, first_date, unnest(games) AS nba_game_id FROM model.outage WHERE is_open) AS o
        ON o.source = e.source AND o.first_date = e.game_date
    JOIN model.cell AS c ON c.nba_game_id = o.nba_game_id AND c.source = o.source AND c.late_until <= d.decided_at
)
SELECT *, false AS is_of_outage
FROM decided
UNION ALL
-- Nobody was told of it but by the outage's message (RULES.md, "Events").
SELECT e.event_id, i.decision_id, i.decided_at, i.method, i.acted_by, i.why, i.is_closed, true
FROM model.event AS e
JOIN inside AS i
    ON i.nba_game_id = e.nba_game_id AND i.chain = e.chain AND (i.source = e.primary_source OR e.event_type = 'source_missing')
ANTI JOIN decided AS d ON d.event_id = e.event_id
WHERE e.is_open
QUALIFY row_number() OVER (PARTITION BY e.event_id ORDER BY i.is_closed DESC, i.decided_at, i.decision_id) = 1
