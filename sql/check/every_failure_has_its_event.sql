-- Every chain that failed or was supplied by another than its primary has one event once it is past grace, and every such event has a cause that still exists (RULES.md, "Blocking checks", 4).
-- grain: nba_game_id, chain
-- reads: publish.chain_resolution, publish.source_status, model.event, reference.chain_sources, reference.sources, reference.event_types
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- severity: block
-- finds: a chain that failed has no event, or an event has no cause any more
-- over: publish.chain_resolution
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: chain VARCHAR -- name of the chain
-- column: resolution VARCHAR -- how it was resolved
-- column: events BIGINT -- events that it has
WITH cell AS (
    SELECT s.nba_game_id, m.chain, s.source, s.due_at, r.grace_hours
    FROM publish.source_status AS s
    JOIN reference.chain_sources AS m ON m.source = s.source AND m.kind = 'real'::source_kind
    JOIN reference.sources AS r ON r.source = s.source
    WHERE s.is_expected
),
-- The end of grace is worked out here again, from what is published and the rules.
past_grace AS (
    SELECT nba_game_id, chain
    FROM cell
    GROUP BY nba_game_id, chain
    HAVING $as_of::TIMESTAMPTZ >= max(due_at + to_hours(grace_hours::BIGINT))
),
told AS (
    SELECT e.nba_game_id, e.chain, count(*) AS events
    FROM model.event AS e
    JOIN reference.event_types AS t ON t.event_type = e.event_type AND t.rank IS NOT NULL
    GROUP BY e.nba_game_id, e.chain
),
failed AS (
    SELECT r.nba_game_id, r.chain, r.resolution
    FROM publish.chain_resolution AS r
    SEMI JOIN past_grace AS p ON p.nba_game_id = r.nba_game_id AND p.chain = r.chain
    WHERE r.resolution NOT IN ('primary', 'pending', 'not_applicable')
)
SELECT
    coalesce(f.nba_game_id, t.nba_game_id) AS nba_game_id,
    coalesce(f.chain, t.chain) AS chain,
    f.resolution,
    coalesce(t.events, 0) AS events
FROM failed AS f
FULL JOIN told AS t ON t.nba_game_id = f.nba_game_id AND t.chain = f.chain
WHERE f.chain IS NULL OR coalesce(t.events, 0) <> 1
ORDER BY ALL
