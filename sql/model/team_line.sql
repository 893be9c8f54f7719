-- One team in one game as its chain has it, from its own source, from its players' lines or not at all, before anything is judged (RULES.md, "Rows of a game").
-- grain: nba_game_id, team
-- parts: season
-- reads: model.game, model.final_score, model.resolution, model.best_line, model.player_line, reference.subjects
-- column: nba_game_id VARCHAR -- the game
-- column: game_date DATE -- Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: team VARCHAR -- tricode
-- column: opponent VARCHAR -- the other team, tricode
-- column: is_home BOOLEAN -- by the schedule
-- column: points INTEGER -- points by the box score
-- column: assists INTEGER -- assists
-- column: offensive_rebounds INTEGER -- offensive rebounds
-- column: defensive_rebounds INTEGER -- defensive rebounds
-- column: steals INTEGER -- steals
-- column: blocks INTEGER -- blocks
-- column: turnovers INTEGER -- turnovers, team turnovers included
-- column: personal_fouls INTEGER -- personal fouls
-- column: fg_makes INTEGER -- field goals made
-- column: fg_attempts INTEGER -- field goals attempted
-- column: three_pt_makes INTEGER -- three-pointers made
-- column: three_pt_attempts INTEGER -- three-pointers attempted
-- column: ft_makes INTEGER -- free throws made
-- column: ft_attempts INTEGER -- free throws attempted
-- column: not_numbers STRUCT(field VARCHAR, said VARCHAR)[] -- numbers that are none, with what stands there; NULL for none
-- column: final_score INTEGER -- points by the final score
-- column: is_there BOOLEAN -- there is a line; else the row is a placeholder
-- column: is_sum BOOLEAN -- it is the sum of the players' lines
-- column: is_part BOOLEAN -- the source is whole for the other team only
WITH played AS (
    -- Not turnovers: the team's own are in no player's line.
    SELECT
        nba_game_id, team, points, assists, offensive_rebounds, defensive_rebounds, steals, blocks, personal_fouls,
        fg_makes, fg_attempts, three_pt_makes, three_pt_attempts, ft_makes, ft_attempts
    FROM model.player_line
    WHERE player_status = 'played'::player_status
),
line AS (
    SELECT
        nba_game_id,
        team,
        true AS is_sum,
        sum(points)::INTEGER AS points,
        -- A sum without one of its parts is no sum.
        CASE WHEN count(COLUMNS(* EXCLUDE (nba_game_id, team, points))) = count(*)
            THEN sum(COLUMNS(* EXCLUDE (nba_game_id, team, points))) END::INTEGER
    FROM played
    GROUP BY nba_game_id, team
    UNION ALL BY NAME
    SELECT * EXCLUDE (player), false AS is_sum
    FROM model.best_line
    WHERE player = ''
)
SELECT
    r.nba_game_id,
    g.game_date,
    g.season,
    t.team,
    CASE WHEN t.team = g.home_team THEN g.away_team ELSE g.home_team END AS opponent,
    t.team = g.home_team AS is_home,
    l.points,
    l.assists,
    l.offensive_rebounds,
    l.defensive_rebounds,
    l.steals,
    l.blocks,
    l.turnovers,
    l.personal_fouls,
    l.fg_makes,
    l.fg_attempts,
    l.three_pt_makes,
    l.three_pt_attempts,
    l.ft_makes,
    l.ft_attempts,
    l.not_numbers,
    CASE WHEN t.team = g.home_team THEN e.home_score ELSE e.away_score END AS final_score,
    l.team IS NOT NULL AS is_there,
    coalesce(r.kind_used = 'virtual'::source_kind, false) AS is_sum,
    coalesce(NOT l.is_whole, false) AS is_part
FROM reference.subjects AS s
JOIN model.resolution AS r ON r.chain = s.chain
JOIN model.game AS g ON g.nba_game_id = r.nba_game_id
CROSS JOIN LATERAL (VALUES (g.away_team), (g.home_team)) AS t (team)
LEFT JOIN model.final_score AS e ON e.nba_game_id = r.nba_game_id
LEFT JOIN line AS l
    ON l.nba_game_id = r.nba_game_id AND l.team = t.team
    AND l.is_sum = (r.kind_used = 'virtual'::source_kind) AND (l.is_sum OR l.source = r.source_used)
-- Both teams of every game whose chain has come to an answer; nothing is an answer too.
WHERE s.subject = 'team'
    AND r.resolution NOT IN ('pending', 'not_applicable')
    AND (r.resolution <> 'none' OR r.on_all_fail = 'placeholder')
