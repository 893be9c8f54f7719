-- Names that could not be brought together with a player, and why (RULES.md, "Players").
-- grain: nba_game_id, source, team, name
-- reads: model.matched_line, model.inactive
-- column: nba_game_id VARCHAR -- the game
-- column: source VARCHAR -- the source that writes the name
-- column: team VARCHAR -- tricode
-- column: name VARCHAR -- as written
-- column: reason VARCHAR -- why it stays alone
SELECT nba_game_id, source, team, coalesce(player_name, player) AS name,
    'played, and no line of ' || first_source || ' has this id or name' AS reason
FROM model.matched_line
WHERE first_player IS NULL AND player <> ''
UNION ALL
SELECT nba_game_id, source, team, player,
    CASE
        WHEN candidates = 0 THEN 'inactive, and nobody of this last name was in the team''s earlier box scores of the season'
        ELSE 'inactive, and ' || candidates || ' players of this last name are in question'
    END
FROM model.inactive
WHERE player_lookup IS NULL
