-- NBA.com player game logs, one date and season type per object; only those who appeared (FEEDS.md, "nbac_player_boxscore").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- reads: landing, stage.object, json_text, nba_id, player_lookup, minutes_of
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
        o.feed AS source,
        o.object,
        o.generation,
        TRY(from_json(json_text(l.body), '{"resultSets": [{"headers": ["VARCHAR"], "rowSet": [["JSON"]]}]}')).resultSets[1] AS d
    FROM stage.object AS o
    JOIN landing AS l USING (pull, object, generation)
    WHERE o.feed = 'nbac_player_boxscore' AND o.outcome = 'parsed'::outcome
),
-- Columns are found by header name, never by place. Home and away are not read:
-- MATCHUP says "@" for both teams of a game on neutral ground.
line AS (
    SELECT source, object, generation, d.headers AS h, unnest(d.rowSet) AS r FROM doc
),
cell AS (
    SELECT
        source,
        object,
        generation,
        nba_id(r[list_position(h, 'GAME_ID')] ->> '$') AS nba_game_id,
        r[list_position(h, 'GAME_DATE')] ->> '$' AS game_date,
        r[list_position(h, 'TEAM_ABBREVIATION')] ->> '$' AS team_code,
        r[list_position(h, 'PLAYER_ID')] ->> '$' AS player_id,
        r[list_position(h, 'PLAYER_NAME')] ->> '$' AS player_name,
        r[list_position(h, 'MIN')] ->> '$' AS minutes,
        r[list_position(h, 'PTS')] ->> '$' AS points,
        r[list_position(h, 'FGM')] ->> '$' AS fg_makes,
        r[list_position(h, 'FGA')] ->> '$' AS fg_attempts,
        r[list_position(h, 'FG3M')] ->> '$' AS three_pt_makes,
        r[list_position(h, 'FG3A')] ->> '$' AS three_pt_attempts,
        r[list_position(h, 'FTM')] ->> '$' AS ft_makes,
        r[list_position(h, 'FTA')] ->> '$' AS ft_attempts,
        r[list_position(h, 'OREB')] ->> '$' AS offensive_rebounds,
        r[list_position(h, 'DREB')] ->> '$' AS defensive_rebounds,
        r[list_position(h, 'REB')] ->> '$' AS rebounds,
        r[list_position(h, 'AST')] ->> '$' AS assists,
        r[list_position(h, 'STL')] ->> '$' AS steals,
        r[list_position(h, 'BLK')] ->> '$' AS blocks,
        r[list_position(h, 'TOV')] ->> '$' AS turnovers,
        r[list_position(h, 'PF')] ->> '$' AS personal_fouls,
        r[list_position(h, 'PLUS_MINUS')] ->> '$' AS plus_minus
    FROM line
)
SELECT
    source,
    object,
    generation,
    dense_rank() OVER (PARTITION BY object, generation ORDER BY nba_game_id)::INTEGER AS entry,
    nba_game_id,
    TRY_CAST(left(game_date, 10) AS DATE) AS payload_date,
    false AS is_utc_date,
    NULL::VARCHAR AS away_code,
    NULL::VARCHAR AS home_code,
    NULL::VARCHAR AS game_state,
    team_code,
    TRY_CAST(player_id AS BIGINT) AS player_id,
    NULL::VARCHAR AS source_player_id,
    player_name,
    player_lookup(player_name) AS player_lookup,
    'played'::player_status AS player_status,
    NULL::VARCHAR AS status_reason,
    minutes_of(minutes) AS minutes,
    TRY_CAST(points AS INTEGER) AS points,
    TRY_CAST(fg_makes AS INTEGER) AS fg_makes,
    TRY_CAST(fg_attempts AS INTEGER) AS fg_attempts,
    TRY_CAST(three_pt_makes AS INTEGER) AS three_pt_makes,
    TRY_CAST(three_pt_attempts AS INTEGER) AS three_pt_attempts,
    TRY_CAST(ft_makes AS INTEGER) AS ft_makes,
    TRY_CAST(ft_attempts AS INTEGER) AS ft_attempts,
    TRY_CAST(offensive_rebounds AS INTEGER) AS offensive_rebounds,
    TRY_CAST(defensive_rebounds AS INTEGER) AS defensive_rebounds,
    TRY_CAST(rebounds AS INTEGER) AS rebounds,
    TRY_CAST(assists AS INTEGER) AS assists,
    TRY_CAST(steals AS INTEGER) AS steals,
    TRY_CAST(blocks AS INTEGER) AS blocks,
    TRY_CAST(turnovers AS INTEGER) AS turnovers,
    TRY_CAST(personal_fouls AS INTEGER) AS personal_fouls,
    TRY_CAST(plus_minus AS INTEGER) AS plus_minus
FROM cell
