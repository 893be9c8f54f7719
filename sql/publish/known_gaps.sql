-- Gaps that a person has accepted, and whether the acceptance can go (06-tables).
-- grain: game, scope
-- reads: reference.known_gaps, model.cell
-- key: nba_game_id, scope
-- column: nba_game_id VARCHAR -- 10-digit NBA game id
-- column: scope VARCHAR -- a source, or * for all
-- column: accepted_status VARCHAR -- the one status accepted, or * for any but present
-- column: owner VARCHAR -- who answers for the acceptance
-- column: reason VARCHAR -- why nothing will be done
-- column: since TIMESTAMPTZ -- from when it counts (UTC)
-- column: removable BOOLEAN -- nothing is left that it accepts: every expected cell of its scope is present
SELECT
    k.nba_game_id,
    k.scope,
    k.accepted_status,
    k.owner,
    k.reason,
    k.since,
    coalesce(bool_and(c.status = 'present') FILTER (c.is_expected), false) AS removable
FROM reference.known_gaps AS k
LEFT JOIN model.cell AS c ON c.nba_game_id = k.nba_game_id AND k.scope IN ('*', c.source)
GROUP BY ALL
