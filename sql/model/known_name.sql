-- Which NBA ids a name stood for in the lines of a team and season, and since when (RULES.md, "Players").
-- grain: season, team, player_lookup, nba_player_id
-- reads: model.best_line, model.game
-- column: season VARCHAR -- such as 2024-25
-- column: team VARCHAR -- tricode
-- column: player_lookup VARCHAR -- normalised name, without what tells two men of one name apart
-- column: nba_player_id BIGINT -- an NBA player id that some source wrote beside it
-- column: from_date DATE -- Eastern date of the first such line
SELECT
    g.season,
    b.team,
    split_part(b.player_lookup, '-', 1) AS player_lookup,
    b.nba_player_id,
    min(g.game_date) AS from_date
FROM model.best_line AS b
JOIN model.game AS g USING (nba_game_id)
WHERE b.player_lookup IS NOT NULL AND b.nba_player_id IS NOT NULL
GROUP BY ALL
