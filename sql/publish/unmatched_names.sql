-- Names that could not be brought together with a player, and why; and those that numbers brought together.
-- grain: game, source, name
-- parts: season
-- reads: model.unmatched_name, model.game_identity
-- key: nba_game_id, source, team_abbr, name
-- partition: game_date
-- cluster: source
-- empty: every name was matched
-- columns: nba_game_id, game_code_id, game_date, season from model.game_identity
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- columns: away_team, home_team from model.game_identity
-- columns: source, name from model.unmatched_name
-- column: team_abbr VARCHAR -- tricode
-- columns: reason from model.unmatched_name
SELECT
    g.*,
    p.source,
    p.name,
    p.team AS team_abbr,
    p.reason
FROM model.unmatched_name AS p
JOIN model.game_identity AS g ON g.nba_game_id = p.nba_game_id
