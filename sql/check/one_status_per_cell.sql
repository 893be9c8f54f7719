-- Every game has exactly one status at every source (RULES.md, "Blocking checks", 2).
-- grain: nba_game_id, source
-- reads: model.listed_game, reference.sources, publish.source_status
-- severity: block
-- finds: a game has no status at a source, or several
-- over: publish.source_status
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: source VARCHAR -- name of the feed
-- column: statuses BIGINT -- how many it has
WITH game AS (
    -- The games come from the snapshots, not from the grid itself, which would agree with its own holes.
    SELECT DISTINCT nba_game_id FROM model.listed_game
),
expected AS (
    SELECT g.nba_game_id, r.source
    FROM game AS g
    CROSS JOIN reference.sources AS r
    WHERE r.due_from <> 'never'
),
-- What a person entered has a cell only where an object is.
allowed AS (
    SELECT g.nba_game_id, r.source
    FROM game AS g
    CROSS JOIN reference.sources AS r
    WHERE r.due_from = 'never'
)
SELECT
    coalesce(e.nba_game_id, s.nba_game_id) AS nba_game_id,
    coalesce(e.source, s.source) AS source,
    count(s.status) AS statuses
FROM expected AS e
FULL JOIN publish.source_status AS s ON s.nba_game_id = e.nba_game_id AND s.source = e.source
LEFT JOIN allowed AS a ON a.nba_game_id = s.nba_game_id AND a.source = s.source
GROUP BY ALL
HAVING count(s.status) <> 1 OR count(e.source) + count(a.source) <> 1
ORDER BY ALL
