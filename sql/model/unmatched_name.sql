-- Names that could not be brought together with a player, and why; and those that neither name nor id brought together, and how (RULES.md, "Players").
-- grain: nba_game_id, source, team, name
-- parts: season
-- reads: model.matched_line, model.line_match, model.inactive, model.resolution, model.best_line, model.game, model.suffix_name, model.known_name, reference.subjects, printable
-- column: nba_game_id VARCHAR -- the game
-- column: source VARCHAR -- the source that writes the name
-- column: team VARCHAR -- tricode
-- column: name VARCHAR -- as written
-- column: reason VARCHAR -- why it stays alone, or what told who he is
WITH dnp AS (
    SELECT b.nba_game_id, b.source, b.team, b.player_lookup, coalesce(b.player_name, b.player) AS name, g.season
    FROM reference.subjects AS s
    JOIN model.resolution AS r ON r.chain = s.chain
    JOIN model.best_line AS b ON b.nba_game_id = r.nba_game_id AND b.source = r.rows_from
    JOIN model.game AS g ON g.nba_game_id = b.nba_game_id
    WHERE s.subject = 'player' AND b.player_status = 'dnp'::player_status AND b.player_lookup IS NOT NULL AND b.nba_player_id IS NULL
),
played AS (
    SELECT DISTINCT g.season, b.player_lookup
    FROM model.best_line AS b
    JOIN model.game AS g USING (nba_game_id)
    WHERE b.player_status = 'played'::player_status AND b.player_lookup IS NOT NULL
),
said AS (
    SELECT nba_game_id, source, team, coalesce(player_name, player) AS name,
        'played, and no line of ' || first_source || ' has this id or name' AS reason
    FROM model.matched_line
    WHERE first_player IS NULL AND player <> ''
    UNION ALL
    SELECT m.nba_game_id, m.source, m.team, coalesce(m.player_name, m.player),
        'played, and is ' || m.first_player || ' of ' || m.first_source || CASE
            WHEN x.player IS NOT NULL THEN ', the only one with his points, assists, steals, blocks and turnovers'
            ELSE ', who has that name in other games of the season'
        END
    FROM model.matched_line AS m
    LEFT JOIN model.line_match AS x
        ON x.nba_game_id = m.nba_game_id AND x.team = m.team AND x.source = m.source AND x.player = m.player
        AND x.other_source = m.first_source AND x.other_player = m.first_player
    WHERE m.is_renamed AND m.player <> ''
    UNION ALL
    SELECT nba_game_id, source, team, player,
        CASE
            WHEN candidates = 0 THEN 'inactive, and nobody of this last name was in the team''s earlier box scores of the season'
            ELSE 'inactive, and ' || candidates || ' players of this last name are in question'
        END
    FROM model.inactive
    WHERE player_lookup IS NULL
    UNION ALL
    SELECT d.nba_game_id, d.source, d.team, d.name, 'did not play, and no source has this name of anybody who played in the season'
    FROM dnp AS d
    ANTI JOIN played AS p ON p.season = d.season AND p.player_lookup = d.player_lookup
    ANTI JOIN model.known_name AS k ON k.season = d.season AND k.player_lookup = d.player_lookup
    ANTI JOIN model.suffix_name AS x ON x.season = d.season AND x.team = d.team AND x.player_lookup = d.player_lookup
)
-- Two men whom a source writes alike are one name.
SELECT nba_game_id, source, team, printable(name) AS name, string_agg(DISTINCT reason, '; ' ORDER BY reason) AS reason
FROM said
GROUP BY nba_game_id, source, team, printable(name)
