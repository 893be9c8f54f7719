-- Whole box scores that look odd all the same: few shots, few players, points without makes, rebounds that do not add up, rows that repeat or are of another team (RULES.md, "Warnings"; they warn, they never refuse).
-- grain: nba_game_id, source, team, oddity
-- reads: reference.sources, reference.chains, reference.chain_sources, model.cell, model.box_line, model.entry, model.game, model.team_name, stage.box_lines, points_made, threshold
-- severity: warn
-- finds: a whole box score looks odd
-- over: model.cell
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: source VARCHAR -- name of the feed
-- column: team VARCHAR -- tricode; NULL for the whole game
-- column: oddity VARCHAR -- what is odd
WITH line AS (
    SELECT b.*
    FROM model.cell AS c
    JOIN model.box_line AS b USING (source, nba_game_id, object, generation)
    JOIN reference.sources AS r ON r.source = c.source AND r.has_shooting
    WHERE c.status = 'present'
),
side AS (
    SELECT
        nba_game_id,
        source,
        team,
        sum(fg_attempts) FILTER (is_playing) AS fg_attempts,
        count(*) FILTER (is_playing AND subject <> '') AS players,
        sum(offensive_rebounds::BIGINT + defensive_rebounds) FILTER (is_playing) AS rebounds_added,
        sum(rebounds) FILTER (is_playing) AS rebounds,
        sum(points) FILTER (is_playing AND points_made(fg_makes, three_pt_makes, ft_makes) IS NULL) AS unproven,
        sum(repeats - 1) AS repeated
    FROM line
    GROUP BY nba_game_id, source, team
)
SELECT nba_game_id, source, team, fg_attempts || ' field goals attempted' AS oddity
FROM side
WHERE fg_attempts < threshold('team_shots')
UNION ALL
SELECT nba_game_id, source, team, players || ' active players'
FROM side
JOIN reference.sources AS r USING (source)
WHERE r.names_all AND (players < threshold('active_least') OR players > threshold('active_most'))
UNION ALL
SELECT nba_game_id, source, NULL, sum(players) || ' players who played'
FROM side
JOIN reference.chain_sources AS m USING (source)
JOIN reference.chains AS h ON h.chain = m.chain AND h.subject = 'player'
GROUP BY nba_game_id, source
HAVING sum(players) < threshold('box_players')
UNION ALL
SELECT nba_game_id, source, team, rebounds_added || ' rebounds at both ends, ' || rebounds || ' in all'
FROM side
WHERE rebounds_added <> rebounds
UNION ALL
SELECT nba_game_id, source, team, unproven || ' points have no makes given'
FROM side
WHERE unproven > 0
UNION ALL
SELECT nba_game_id, source, team, repeated || ' rows that repeat another'
FROM side
WHERE repeated > 0
UNION ALL
SELECT e.nba_game_id, e.source, NULL, count(*) || ' rows of ' || b.team_code || ', which does not play in it'
FROM model.cell AS c
JOIN model.entry AS e USING (source, nba_game_id, object, generation)
JOIN stage.box_lines AS b USING (source, object, generation, entry)
JOIN model.game AS g ON g.nba_game_id = e.nba_game_id
LEFT JOIN model.team_name AS t ON t.name = upper(trim(b.team_code))
WHERE c.status IN ('present', 'partial')
    AND b.team_code IS NOT NULL
    AND t.tricode IS DISTINCT FROM g.away_team
    AND t.tricode IS DISTINCT FROM g.home_team
GROUP BY e.nba_game_id, e.source, b.team_code
ORDER BY ALL
