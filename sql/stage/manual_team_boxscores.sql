-- Team box scores that a person entered, in the column names of team_offense_game_summary (01-semantics, "Resolving a chain": manual).
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- reads: landing, stage.object, json_text
-- column: source VARCHAR -- name of the feed
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: entry INTEGER -- place of the game in the object, from 1
-- column: nba_game_id VARCHAR -- 10-digit id, where the feed has one
-- column: payload_date DATE -- game date that the payload says (Eastern)
-- column: is_utc_date BOOLEAN -- that date was worked out from a UTC time
-- column: away_code VARCHAR -- away team as the feed writes it; NULL if the feed does not mark it
-- column: home_code VARCHAR -- home team as the feed writes it; NULL if the feed does not mark it
-- column: game_state VARCHAR -- final or not final, where the feed says so
-- column: team_code VARCHAR -- team of this line as the feed writes it
-- column: player_id BIGINT -- NBA player id
-- column: source_player_id VARCHAR -- the feed's own player id
-- column: player_name VARCHAR -- as written; NULL in a line for a whole team
-- column: player_lookup VARCHAR -- normalised name
-- column: player_status player_status -- NULL in a line for a whole team
-- column: status_reason VARCHAR -- why he did not play
-- column: minutes DECIMAL(6,2) -- minutes
-- column: points INTEGER -- points
-- column: fg_makes INTEGER -- field goals made, three-pointers included
-- column: fg_attempts INTEGER -- field goals attempted
-- column: three_pt_makes INTEGER -- three-pointers made
-- column: three_pt_attempts INTEGER -- three-pointers attempted
-- column: ft_makes INTEGER -- free throws made
-- column: ft_attempts INTEGER -- free throws attempted
-- column: offensive_rebounds INTEGER -- offensive rebounds
-- column: defensive_rebounds INTEGER -- defensive rebounds
-- column: rebounds INTEGER -- rebounds
-- column: assists INTEGER -- assists
-- column: steals INTEGER -- steals
-- column: blocks INTEGER -- blocks
-- column: turnovers INTEGER -- turnovers; a team's include team turnovers
-- column: personal_fouls INTEGER -- personal fouls
-- column: plus_minus INTEGER -- point margin while on the floor
WITH doc AS (
    SELECT
        o.object,
        o.generation,
        TRY(from_json(json_text(l.body), '{"rows": [{
            "team_abbr": "VARCHAR", "points": "INTEGER",
            "fg_makes": "INTEGER", "fg_attempts": "INTEGER", "three_pt_makes": "INTEGER", "three_pt_attempts": "INTEGER",
            "ft_makes": "INTEGER", "ft_attempts": "INTEGER", "offensive_rebounds": "INTEGER", "defensive_rebounds": "INTEGER",
            "assists": "INTEGER", "steals": "INTEGER", "blocks": "INTEGER", "turnovers": "INTEGER", "personal_fouls": "INTEGER"}]}')).rows AS rows
    FROM stage.object AS o
    JOIN landing AS l USING (pull, object, generation)
    WHERE o.feed = 'manual_team_boxscores' AND o.outcome = 'parsed'::outcome
)
SELECT
    'manual_team_boxscores' AS source,
    doc.object,
    doc.generation,
    1 AS entry,
    -- The path alone says which game it is.
    NULL::VARCHAR AS nba_game_id,
    NULL::DATE AS payload_date,
    false AS is_utc_date,
    NULL::VARCHAR AS away_code,
    NULL::VARCHAR AS home_code,
    NULL::VARCHAR AS game_state,
    r.team_abbr AS team_code,
    NULL::BIGINT AS player_id,
    NULL::VARCHAR AS source_player_id,
    NULL::VARCHAR AS player_name,
    NULL::VARCHAR AS player_lookup,
    NULL::player_status AS player_status,
    NULL::VARCHAR AS status_reason,
    NULL::DECIMAL(6,2) AS minutes,
    r.points,
    r.fg_makes,
    r.fg_attempts,
    r.three_pt_makes,
    r.three_pt_attempts,
    r.ft_makes,
    r.ft_attempts,
    r.offensive_rebounds,
    r.defensive_rebounds,
    TRY(r.offensive_rebounds + r.defensive_rebounds) AS rebounds,
    r.assists,
    r.steals,
    r.blocks,
    r.turnovers,
    r.personal_fouls,
    NULL::INTEGER AS plus_minus
FROM doc
LEFT JOIN LATERAL (SELECT unnest(doc.rows) AS r) ON true
