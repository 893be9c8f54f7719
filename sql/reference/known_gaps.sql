-- Gaps that a person has accepted: who, why and since when (RULES.md, "Accepted gaps").
-- grain: nba_game_id, scope
-- column: nba_game_id VARCHAR -- 10-digit NBA game id
-- column: scope VARCHAR -- a source, a chain, or * for all
-- column: accepted_status VARCHAR -- the one status accepted, or * for any but present
-- column: owner VARCHAR -- who answers for the acceptance
-- column: reason VARCHAR -- why nothing will be done
-- column: since TIMESTAMPTZ -- from when it counts (UTC)
SELECT
    nba_game_id::VARCHAR AS nba_game_id,
    scope::VARCHAR AS scope,
    accepted_status::VARCHAR AS accepted_status,
    owner::VARCHAR AS owner,
    reason::VARCHAR AS reason,
    timezone('America/New_York', since::TIMESTAMP) AS since
FROM (VALUES
    ('0052400101', '*', '*', 'data', 'no box score at NBA.com', '2025-04-15'),
    ('0052400121', '*', '*', 'data', 'no box score at NBA.com', '2025-04-15'),
    ('0052400111', '*', '*', 'data', 'no box score at NBA.com', '2025-04-16'),
    ('0052400131', '*', '*', 'data', 'no box score at NBA.com', '2025-04-16'),
    ('0052400201', '*', '*', 'data', 'no box score at NBA.com', '2025-04-18'),
    ('0052400211', '*', '*', 'data', 'no box score at NBA.com', '2025-04-18')
) AS v (nba_game_id, scope, accepted_status, owner, reason, since)
