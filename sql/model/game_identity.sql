-- What every published row says of its game, in that order.
-- grain: nba_game_id
-- parts: season
-- reads: model.game
-- column: nba_game_id VARCHAR -- 10-digit NBA game id
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- US Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: game_type VARCHAR -- preseason, regular, all_star, playoffs, play_in, cup_final; NULL if the id's digit is not known
-- column: away_team VARCHAR -- tricode; NULL while not known
-- column: home_team VARCHAR -- tricode; NULL while not known
SELECT nba_game_id, game_code_id, game_date, season, game_type::VARCHAR AS game_type, away_team, home_team
FROM model.game
