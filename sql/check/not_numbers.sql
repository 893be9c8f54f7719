-- What stands in the place of a number and is none, in the objects that count: it is NULL, and here is what was written (RULES.md, "Warnings").
-- grain: nba_game_id, source, team, player, field, said
-- reads: stage.nbac_schedule, model.cell, model.box_line, model.game, reference.sources
-- severity: warn
-- finds: what should be a number is none
-- over: model.cell
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: source VARCHAR -- name of the feed
-- column: team VARCHAR -- tricode; NULL in a schedule
-- column: player VARCHAR -- his name, or what there is of one; NULL for a team and in a schedule
-- column: field VARCHAR -- the number that it should be
-- column: said VARCHAR -- what is written there
SELECT nba_game_id, source, team, player, x.field, x.said
FROM (
    SELECT b.nba_game_id, b.source, b.team, coalesce(b.player_name, nullif(b.subject, '')) AS player, unnest(b.not_numbers) AS x
    FROM model.cell AS c
    JOIN model.box_line AS b USING (source, nba_game_id, object, generation)
    WHERE b.is_playing
    UNION ALL
    SELECT g.nba_game_id, r.source, NULL, NULL, unnest(s.not_numbers)
    FROM model.game AS g
    JOIN stage.nbac_schedule AS s USING (object, generation, nba_game_id)
    JOIN reference.sources AS r ON r.is_schedule
)
ORDER BY ALL
