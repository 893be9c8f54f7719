-- The chosen team box differs from the sum of the chosen players' rows in more than points: assists, rebounds or shooting (RULES.md, "Cross-validation", the second comparison).
-- grain: nba_game_id, team, field
-- reads: model.team_game, model.player_game, model.resolution, reference.chains
-- severity: warn
-- finds: a team box differs from the sum of its players
-- over: model.resolution
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: team VARCHAR -- tricode
-- column: field VARCHAR -- what differs
-- column: team_says BIGINT -- the team box
-- column: players_say BIGINT -- the sum of the players' rows
WITH summed AS (
    SELECT
        p.nba_game_id,
        p.team,
        sum(p.assists) AS assists,
        sum(p.offensive_rebounds) AS offensive_rebounds,
        sum(p.defensive_rebounds) AS defensive_rebounds,
        sum(p.fg_makes) AS fg_makes,
        sum(p.fg_attempts) AS fg_attempts,
        sum(p.three_pt_makes) AS three_pt_makes,
        sum(p.three_pt_attempts) AS three_pt_attempts,
        sum(p.ft_makes) AS ft_makes,
        sum(p.ft_attempts) AS ft_attempts
    FROM model.player_game AS p
    JOIN reference.chains AS h ON h.subject = 'player'
    JOIN model.resolution AS r ON r.nba_game_id = p.nba_game_id AND r.chain = h.chain AND r.resolution IN ('primary', 'fallback')
    GROUP BY p.nba_game_id, p.team
),
compared AS (
    SELECT t.nba_game_id, t.team, unnest([
        {'field': 'assists', 'team_says': t.assists::BIGINT, 'players_say': s.assists::BIGINT},
        {'field': 'offensive_rebounds', 'team_says': t.offensive_rebounds, 'players_say': s.offensive_rebounds},
        {'field': 'defensive_rebounds', 'team_says': t.defensive_rebounds, 'players_say': s.defensive_rebounds},
        {'field': 'fg_makes', 'team_says': t.fg_makes, 'players_say': s.fg_makes},
        {'field': 'fg_attempts', 'team_says': t.fg_attempts, 'players_say': s.fg_attempts},
        {'field': 'three_pt_makes', 'team_says': t.three_pt_makes, 'players_say': s.three_pt_makes},
        {'field': 'three_pt_attempts', 'team_says': t.three_pt_attempts, 'players_say': s.three_pt_attempts},
        {'field': 'ft_makes', 'team_says': t.ft_makes, 'players_say': s.ft_makes},
        {'field': 'ft_attempts', 'team_says': t.ft_attempts, 'players_say': s.ft_attempts}], recursive := true)
    FROM model.team_game AS t
    JOIN summed AS s ON s.nba_game_id = t.nba_game_id AND s.team = t.team
    WHERE NOT t.quality_reconstructed
)
SELECT nba_game_id, team, field, team_says, players_say::BIGINT AS players_say
FROM compared
WHERE team_says <> players_say
ORDER BY ALL
