-- How large a share of a date's windows may be bronze or worse for want of inputs, by how far the season has gone (RULES.md, "Tolerance").
-- grain: is_playoffs, team_games_below
-- column: is_playoffs BOOLEAN -- for play-in and playoff dates
-- column: team_games_below INTEGER -- applies while the median of the teams' games is below this; NULL for no bound
-- column: share DECIMAL(4,3) -- tolerated share of windows
SELECT
    is_playoffs::BOOLEAN AS is_playoffs,
    team_games_below::INTEGER AS team_games_below,
    share::DECIMAL(4,3) AS share
FROM (VALUES
    (false, 10, 0.30),
    (false, 30, 0.20),
    (false, NULL, 0.10),
    (true, NULL, 0.05)
) AS v (is_playoffs, team_games_below, share)
