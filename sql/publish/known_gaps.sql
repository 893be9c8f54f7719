-- Gaps that a person has accepted, and whether the acceptance can go.
-- grain: game, scope
-- reads: reference.known_gaps, reference.chain_sources, model.cell, model.game_identity
-- key: nba_game_id, scope
-- columns: nba_game_id from reference.known_gaps
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM; this and the next five NULL while no schedule holds the game
-- column: game_date DATE -- US Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: game_type VARCHAR -- preseason, regular, all_star, playoffs, play_in, cup_final
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- columns: scope, accepted_status, owner, reason, since from reference.known_gaps
-- column: removable BOOLEAN -- nothing is left that it accepts: every expected cell of its scope is present
SELECT
    k.nba_game_id,
    g.* EXCLUDE (nba_game_id),
    k.scope,
    k.accepted_status,
    k.owner,
    k.reason,
    k.since,
    coalesce(bool_and(c.status = 'present') FILTER (c.is_expected), false) AS removable
FROM reference.known_gaps AS k
LEFT JOIN model.game_identity AS g ON g.nba_game_id = k.nba_game_id
LEFT JOIN (
    SELECT c.*, m.chain
    FROM model.cell AS c
    LEFT JOIN reference.chain_sources AS m ON m.source = c.source
) AS c ON c.nba_game_id = k.nba_game_id AND k.scope IN ('*', c.source, c.chain)
GROUP BY ALL
