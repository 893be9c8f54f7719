-- NBA.com player game logs, one date and season type per object; only those who appeared (FEEDS.md, "nbac_player_boxscore").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- parts: pull
-- reads: landing, reference.blank_line, stage.content, json_text, nba_id, player_lookup, minutes_of, whole_of, count_of, not_numbers
-- columns: pull, source, object, generation, entry, nba_game_id, payload_date, is_utc_date, away_code, home_code, game_state from reference.blank_line
-- columns: team_code, player_id, source_player_id, player_name, player_lookup, player_status, status_reason, minutes, points from reference.blank_line
-- columns: fg_makes, fg_attempts, three_pt_makes, three_pt_attempts, ft_makes, ft_attempts, offensive_rebounds from reference.blank_line
-- columns: defensive_rebounds, rebounds, assists, steals, blocks, turnovers, personal_fouls, plus_minus, not_numbers from reference.blank_line
-- columns: start_date from reference.blank_line
WITH doc AS (
    SELECT
        o.pull,
        o.feed AS source,
        o.object,
        o.generation,
        TRY(from_json(json_text(l.body), '{"resultSets": [{"headers": ["VARCHAR"], "rowSet": [["VARCHAR"]]}]}')).resultSets[1] AS d
    FROM stage.content AS o
    JOIN landing AS l USING (pull, object, generation)
    WHERE o.feed = 'nbac_player_boxscore' AND o.outcome = 'parsed'::outcome
),
-- Columns are found by header name, never by place. Home and away are not read:
-- MATCHUP says "@" for both teams of a game on neutral ground.
line AS (
    SELECT pull, source, object, generation, d.headers AS h, unnest(d.rowSet) AS r FROM doc
),
cell AS (
    SELECT
        pull,
        source,
        object,
        generation,
        nba_id(r[list_position(h, 'GAME_ID')]) AS nba_game_id,
        r[list_position(h, 'GAME_DATE')] AS game_date,
        r[list_position(h, 'TEAM_ABBREVIATION')] AS team_code,
        r[list_position(h, 'PLAYER_ID')] AS player_id,
        r[list_position(h, 'PLAYER_NAME')] AS player_name,
        r[list_position(h, 'MIN')] AS minutes,
        r[list_position(h, 'PTS')] AS points,
        r[list_position(h, 'FGM')] AS fg_makes,
        r[list_position(h, 'FGA')] AS fg_attempts,
        r[list_position(h, 'FG3M')] AS three_pt_makes,
        r[list_position(h, 'FG3A')] AS three_pt_attempts,
        r[list_position(h, 'FTM')] AS ft_makes,
        r[list_position(h, 'FTA')] AS ft_attempts,
        r[list_position(h, 'OREB')] AS offensive_rebounds,
        r[list_position(h, 'DREB')] AS defensive_rebounds,
        r[list_position(h, 'REB')] AS rebounds,
        r[list_position(h, 'AST')] AS assists,
        r[list_position(h, 'STL')] AS steals,
        r[list_position(h, 'BLK')] AS blocks,
        r[list_position(h, 'TOV')] AS turnovers,
        r[list_position(h, 'PF')] AS personal_fouls,
        r[list_position(h, 'PLUS_MINUS')] AS plus_minus
    FROM line
)
SELECT
    b.* REPLACE (
        c.pull AS pull,
        c.source AS source,
        c.object AS object,
        c.generation AS generation,
        dense_rank() OVER (PARTITION BY c.object, c.generation ORDER BY c.nba_game_id)::INTEGER AS entry,
        c.nba_game_id AS nba_game_id,
        TRY_CAST(left(c.game_date, 10) AS DATE) AS payload_date,
        false AS is_utc_date,
        c.team_code AS team_code,
        whole_of(c.player_id) AS player_id,
        c.player_name AS player_name,
        player_lookup(c.player_name) AS player_lookup,
        'played'::player_status AS player_status,
        minutes_of(c.minutes) AS minutes,
        count_of(c.points) AS points,
        count_of(c.fg_makes) AS fg_makes,
        count_of(c.fg_attempts) AS fg_attempts,
        count_of(c.three_pt_makes) AS three_pt_makes,
        count_of(c.three_pt_attempts) AS three_pt_attempts,
        count_of(c.ft_makes) AS ft_makes,
        count_of(c.ft_attempts) AS ft_attempts,
        count_of(c.offensive_rebounds) AS offensive_rebounds,
        count_of(c.defensive_rebounds) AS defensive_rebounds,
        count_of(c.rebounds) AS rebounds,
        count_of(c.assists) AS assists,
        count_of(c.steals) AS steals,
        count_of(c.blocks) AS blocks,
        count_of(c.turnovers) AS turnovers,
        count_of(c.personal_fouls) AS personal_fouls,
        count_of(c.plus_minus) AS plus_minus,
        not_numbers(
            c.minutes, c.points, c.fg_makes, c.fg_attempts, c.three_pt_makes, c.three_pt_attempts,
            c.ft_makes, c.ft_attempts, c.offensive_rebounds, c.defensive_rebounds, c.rebounds, c.assists,
            c.steals, c.blocks, c.turnovers, c.personal_fouls, c.plus_minus) AS not_numbers)
FROM cell AS c
CROSS JOIN reference.blank_line AS b
