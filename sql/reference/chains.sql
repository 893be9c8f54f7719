-- The chains: what kind of data each supplies and what its failure means (RULES.md, "Chains").
-- grain: chain
-- column: chain VARCHAR -- name of the chain
-- column: on_all_fail on_all_fail -- what is done when every member failed
-- column: impact DECIMAL(4,1) -- points that its failure takes from a row which uses it, where it is continued without
-- column: severity severity -- how bad its failure is
-- column: noun VARCHAR -- what one game has of it, for people
-- column: subject VARCHAR -- whose box scores it gives, player or team: points that must agree with each other and with the final score; NULL if it gives none
SELECT
    chain::VARCHAR AS chain,
    on_all_fail::on_all_fail AS on_all_fail,
    impact::DECIMAL(4,1) AS impact,
    severity::severity AS severity,
    noun::VARCHAR AS noun,
    subject::VARCHAR AS subject
FROM (VALUES
    -- fail stops the night only where nothing can be done without: see check/schedule_is_there.sql.
    ('game_schedule', 'fail', 0, 'critical', 'schedule entry', NULL),
    ('team_boxscores', 'placeholder', 0, 'critical', 'team box score', 'team'),
    ('player_boxscores', 'skip', 0, 'critical', 'player box score', 'player')
) AS v (chain, on_all_fail, impact, severity, noun, subject)
