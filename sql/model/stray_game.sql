-- Games whose id carries another season than the schedule that lists them: as long as there is one, no season is computed apart (RULES.md, "Parts").
-- grain: nba_game_id
-- reads: model.game
-- column: nba_game_id VARCHAR -- the game
-- column: season VARCHAR -- the season that it is listed in, such as 2024-25
SELECT nba_game_id, season
FROM model.game
WHERE substr(nba_game_id, 4, 2) IS DISTINCT FROM substr(season, 3, 2)
