-- The gaps that count no more because a person decided on the event that tells of them (RULES.md, "Decisions").
-- grain: nba_game_id, source
-- reads: model.gap, model.decided_event, model.event, model.outage, model.cell, reference.chain_sources, reference.event_types
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: source VARCHAR -- name of the feed
-- column: event_id VARCHAR -- the event that was decided
-- column: decision_id VARCHAR -- the decision
-- column: decided_at TIMESTAMPTZ -- when (UTC)
-- column: method VARCHAR -- accepted_gap or wont_fix
-- column: acted_by VARCHAR -- who decided
-- column: why VARCHAR -- why
WITH closed AS (
    SELECT d.*, e.nba_game_id, e.chain, e.source, e.event_type, e.game_date
    FROM model.decided_event AS d
    JOIN model.event AS e ON e.event_id = d.event_id
    WHERE d.is_closed
),
told AS (
    -- One event tells of all members of a chain; one that tells of no absence, such as a correction, decides no gap.
    SELECT p.nba_game_id, p.source, c.event_id, c.decision_id, c.decided_at, c.method, c.acted_by, c.why, 1 AS place
    FROM closed AS c
    JOIN reference.event_types AS t ON t.event_type = c.event_type AND t.rank IS NOT NULL
    JOIN reference.chain_sources AS m ON m.chain = c.chain
    JOIN model.gap AS p ON p.nba_game_id = c.nba_game_id AND p.source = m.source
    UNION ALL
    SELECT o.nba_game_id, o.source, c.event_id, c.decision_id, c.decided_at, c.method, c.acted_by, c.why, 2
    FROM closed AS c
    JOIN (SELECT source, first_date, unnest(games) AS nba_game_id FROM model.outage) AS o
        ON o.source = c.source AND o.first_date = c.game_date
    JOIN model.cell AS x ON x.nba_game_id = o.nba_game_id AND x.source = o.source AND x.late_until <= c.decided_at
    WHERE c.event_type = 'source_outage'
)
SELECT p.nba_game_id, p.source, t.event_id, t.decision_id, t.decided_at, t.method, t.acted_by, t.why
FROM told AS t
JOIN model.gap AS p ON p.nba_game_id = t.nba_game_id AND p.source = t.source AND NOT p.is_accepted
QUALIFY row_number() OVER (PARTITION BY p.nba_game_id, p.source ORDER BY t.place, t.decided_at, t.decision_id, t.event_id) = 1
