-- Every competitive game has exactly one resolution of every chain (RULES.md, "Blocking checks", 2).
-- grain: nba_game_id, chain
-- reads: model.listed_game, reference.game_types, reference.chains, publish.chain_resolution
-- severity: block
-- finds: a game has no resolution of a chain, or several
-- over: model.listed_game
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: chain VARCHAR -- name of the chain
-- column: resolutions BIGINT -- how many it has
WITH expected AS (
    -- The games come from the snapshots, not from the resolutions, which would agree with their own holes.
    SELECT g.nba_game_id, h.chain
    FROM (SELECT DISTINCT nba_game_id FROM model.listed_game) AS g
    JOIN reference.game_types AS t ON t.digit = substr(g.nba_game_id, 3, 1) AND t.is_competitive
    CROSS JOIN reference.chains AS h
)
SELECT
    coalesce(e.nba_game_id, r.nba_game_id) AS nba_game_id,
    coalesce(e.chain, r.chain) AS chain,
    count(r.resolution) AS resolutions
FROM expected AS e
FULL JOIN publish.chain_resolution AS r ON r.nba_game_id = e.nba_game_id AND r.chain = e.chain
GROUP BY ALL
HAVING count(r.resolution) <> 1 OR count(e.chain) <> 1
ORDER BY ALL
