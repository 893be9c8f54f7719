-- Every date that a valid schedule snapshot ever gave a game whose teams were known: the key for ids of other feeds (FEEDS.md, "From a feed to the schedule").
-- grain: nba_game_id, game_date, away_team, home_team
-- reads: model.listed_game, model.game
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: game_date DATE -- a date that it has or had
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: is_current BOOLEAN -- the date and the teams are those that count now
SELECT DISTINCT
    l.nba_game_id,
    l.game_date,
    l.away_team,
    l.home_team,
    coalesce(l.game_date = g.game_date AND l.away_team = g.away_team AND l.home_team = g.home_team, false) AS is_current
FROM model.listed_game AS l
JOIN model.game AS g USING (nba_game_id)
WHERE l.away_team IS NOT NULL AND l.home_team IS NOT NULL
