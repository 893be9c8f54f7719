-- The gaps that a person has accepted, in every report, oldest first.
-- grain: nba_game_id
-- reads: model.gap, reference.known_gaps, reference.chain_sources
-- param: as_of TIMESTAMPTZ -- acceptances that count from later are not listed
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: game_date DATE -- Eastern date of tip-off
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: cells VARCHAR -- sources and what is there instead
-- column: owner VARCHAR -- who answers for the acceptance
-- column: reason VARCHAR -- why nothing will be done
SELECT
    p.nba_game_id,
    p.game_date,
    p.away_team,
    p.home_team,
    string_agg(DISTINCT p.source || ' ' || p.status::VARCHAR, ', ' ORDER BY p.source || ' ' || p.status::VARCHAR) AS cells,
    string_agg(DISTINCT k.owner, ', ' ORDER BY k.owner) AS owner,
    string_agg(DISTINCT k.reason, '; ' ORDER BY k.reason) AS reason
FROM model.gap AS p
LEFT JOIN reference.chain_sources AS m ON m.source = p.source
JOIN reference.known_gaps AS k
    ON k.nba_game_id = p.nba_game_id AND k.scope IN ('*', p.source, m.chain) AND k.accepted_status IN ('*', p.status::VARCHAR)
WHERE p.is_accepted AND k.since <= $as_of::TIMESTAMPTZ
GROUP BY p.nba_game_id, p.game_date, p.away_team, p.home_team
ORDER BY p.game_date, p.nba_game_id
