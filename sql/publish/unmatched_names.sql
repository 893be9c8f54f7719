-- Names that could not be brought together with a player, and why (06-tables).
-- grain: game, source, name
-- reads: model.unmatched_name, model.game
-- key: nba_game_id, source, team_abbr, name
-- partition: game_date
-- cluster: source
-- empty: every name was matched
-- column: nba_game_id VARCHAR -- 10-digit NBA game id
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- US Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: source VARCHAR -- the source that writes the name
-- column: name VARCHAR -- as written
-- column: team_abbr VARCHAR -- tricode
-- column: reason VARCHAR -- why it stays alone
SELECT
    p.nba_game_id,
    g.game_code_id,
    g.game_date,
    g.season,
    g.game_type::VARCHAR AS game_type,
    g.away_team,
    g.home_team,
    p.source,
    p.name,
    p.team AS team_abbr,
    p.reason
FROM model.unmatched_name AS p
JOIN model.game AS g ON g.nba_game_id = p.nba_game_id
