-- How the chains were resolved for the games in the window.
-- grain: chain
-- reads: model.resolution, model.game, reference.chains, is_game
-- param: window_from DATE -- first game date listed
-- param: window_to DATE -- last game date listed
-- param: game VARCHAR -- list this one game only, by any of its ids (is_game); NULL for all
-- column: chain VARCHAR -- name of the chain
-- column: games BIGINT -- competitive games that a real source of it covers
-- column: primary BIGINT -- supplied by the primary
-- column: fallback BIGINT -- by another real source, or by a person
-- column: reconstructed BIGINT -- computed from another chain
-- column: degraded BIGINT -- by a part, or by something stale
-- column: missing BIGINT -- by nothing, past grace
-- column: pending BIGINT -- not due, or still within grace
WITH shown AS (
    SELECT r.*
    FROM model.resolution AS r
    JOIN model.game AS g ON g.nba_game_id = r.nba_game_id
    WHERE g.game_date BETWEEN $window_from::DATE AND $window_to::DATE
        AND ($game::VARCHAR IS NULL OR is_game($game::VARCHAR, g.nba_game_id, g.game_code_id))
)
SELECT
    h.chain,
    count(s.chain) FILTER (s.resolution <> 'not_applicable') AS games,
    count(*) FILTER (s.resolution = 'primary') AS "primary",
    count(*) FILTER (s.resolution = 'fallback') AS fallback,
    count(*) FILTER (s.resolution = 'reconstructed') AS reconstructed,
    count(*) FILTER (s.resolution IN ('partial', 'stale')) AS degraded,
    count(*) FILTER (s.resolution = 'none') AS missing,
    count(*) FILTER (s.resolution = 'pending') AS pending
FROM reference.chains AS h
LEFT JOIN shown AS s ON s.chain = h.chain
GROUP BY h.chain
ORDER BY h.chain
