-- The one NBA id that the sources of a game give a name of a team; two ids are none (RULES.md, "Players").
-- grain: nba_game_id, team, player_lookup
-- parts: season
-- reads: model.best_line
-- column: nba_game_id VARCHAR -- the game
-- column: team VARCHAR -- tricode
-- column: player_lookup VARCHAR -- normalised name
-- column: nba_player_id BIGINT -- his NBA id
SELECT nba_game_id, team, player_lookup, min(nba_player_id) AS nba_player_id
FROM model.best_line
WHERE nba_player_id IS NOT NULL AND player_lookup IS NOT NULL
GROUP BY nba_game_id, team, player_lookup
HAVING min(nba_player_id) = max(nba_player_id)
