-- Which NBA ids a name stood for in the lines of a team and season, and since when (RULES.md, "Players").
-- grain: season, team, player_lookup, nba_player_id
-- parts: season
-- reads: model.best_line, model.line_match, model.game
-- column: season VARCHAR -- such as 2024-25
-- column: team VARCHAR -- tricode
-- column: player_lookup VARCHAR -- normalised name, without what tells two men of one name apart
-- column: nba_player_id BIGINT -- an NBA player id that some source wrote beside it, or else beside another name in a line of equal numbers
-- column: from_date DATE -- Eastern date of the first such line
-- column: is_by_line BOOLEAN -- only the numbers say so
WITH written AS (
    SELECT g.season, b.team, split_part(b.player_lookup, '-', 1) AS player_lookup, b.nba_player_id, min(g.game_date) AS from_date
    FROM model.best_line AS b
    JOIN model.game AS g USING (nba_game_id)
    WHERE b.player_lookup IS NOT NULL AND b.nba_player_id IS NOT NULL
    GROUP BY ALL
),
by_line AS (
    SELECT g.season, m.team, m.player AS player_lookup, m.nba_player_id, min(g.game_date) AS from_date, count(DISTINCT m.nba_game_id) AS games
    FROM model.line_match AS m
    JOIN model.game AS g USING (nba_game_id)
    -- A name that some source writes beside an id of its own needs no numbers.
    ANTI JOIN written AS w ON w.season = g.season AND w.team = m.team AND w.player_lookup = m.player
    WHERE m.nba_player_id IS NOT NULL
    GROUP BY ALL
)
SELECT season, team, player_lookup, nba_player_id, from_date, false AS is_by_line
FROM written
UNION ALL
SELECT season, team, player_lookup, nba_player_id, from_date, true
FROM by_line
-- Equal numbers may be chance: the man of most games, and of two with as many none.
QUALIFY games > coalesce(max(games) OVER (
    PARTITION BY season, team, player_lookup ORDER BY games DESC, nba_player_id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0)
    AND row_number() OVER (PARTITION BY season, team, player_lookup ORDER BY games DESC, nba_player_id) = 1
