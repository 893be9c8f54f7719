-- The overtimes of every game whose schedule says that it is final, by its status text, such as Final/OT2 (RULES.md, "Validity": minutes).
-- grain: nba_game_id
-- parts: season
-- reads: model.game, stage.nbac_schedule
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: overtimes INTEGER -- 0 for none; NULL where the text says nothing of it
SELECT g.nba_game_id, max(s.overtimes) AS overtimes
FROM model.game AS g
JOIN stage.nbac_schedule AS s USING (object, generation, nba_game_id)
GROUP BY g.nba_game_id
