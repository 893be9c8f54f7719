-- The chains: what kind of data each supplies and what its failure means (01-semantics, "Resolving a chain").
-- grain: chain
-- column: chain VARCHAR -- name of the chain
-- column: on_all_fail on_all_fail -- what is done when every member failed
-- column: impact DECIMAL(4,1) -- points that its failure takes from a row which uses it, where it is continued without
-- column: severity severity -- how bad its failure is
-- column: is_box_score BOOLEAN -- its members say points, which must agree with each other and with the final score
SELECT
    chain::VARCHAR AS chain,
    on_all_fail::on_all_fail AS on_all_fail,
    impact::DECIMAL(4,1) AS impact,
    severity::severity AS severity,
    is_box_score::BOOLEAN AS is_box_score
FROM (VALUES
    -- fail stops the night only where nothing can be done without: see check/schedule_is_there.sql.
    ('game_schedule', 'fail', 0, 'critical', false),
    ('team_boxscores', 'placeholder', 0, 'critical', true),
    ('player_boxscores', 'skip', 0, 'critical', true)
) AS v (chain, on_all_fail, impact, severity, is_box_score)
