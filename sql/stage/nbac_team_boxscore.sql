-- NBA.com team box scores, with and without home/away marks, and as the endpoint itself answers (FEEDS.md, "nbac_team_boxscore").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- parts: pull
-- reads: landing, reference.blank_line, stage.content, json_text, nba_id, minutes_of, count_of, not_numbers
-- columns: pull, source, object, generation, entry, nba_game_id, payload_date, is_utc_date, away_code, home_code, game_state from reference.blank_line
-- columns: team_code, player_id, source_player_id, player_name, player_lookup, player_status, status_reason, minutes, points from reference.blank_line
-- columns: fg_makes, fg_attempts, three_pt_makes, three_pt_attempts, ft_makes, ft_attempts, offensive_rebounds from reference.blank_line
-- columns: defensive_rebounds, rebounds, assists, steals, blocks, turnovers, personal_fouls, plus_minus, not_numbers from reference.blank_line
-- columns: start_date from reference.blank_line
WITH doc AS (
    SELECT
        b.* REPLACE (o.pull AS pull, o.feed AS source, o.object AS object, o.generation AS generation),
        TRY(from_json(json_text(l.body), '{
            "gameId": "VARCHAR", "gameDate": "VARCHAR",
            "teams": [{"teamAbbreviation": "VARCHAR", "minutes": "VARCHAR", "isHome": "BOOLEAN",
                       "fieldGoals": {"made": "VARCHAR", "attempted": "VARCHAR"},
                       "threePointers": {"made": "VARCHAR", "attempted": "VARCHAR"},
                       "freeThrows": {"made": "VARCHAR", "attempted": "VARCHAR"},
                       "rebounds": {"offensive": "VARCHAR", "defensive": "VARCHAR", "total": "VARCHAR"},
                       "assists": "VARCHAR", "steals": "VARCHAR", "blocks": "VARCHAR", "turnovers": "VARCHAR",
                       "personalFouls": "VARCHAR", "points": "VARCHAR", "plusMinus": "VARCHAR"}],
            "parameters": {"GameID": "VARCHAR"},
            "resultSets": [{"headers": ["VARCHAR"], "rowSet": [["JSON"]]}]}')) AS d
    FROM stage.content AS o
    JOIN landing AS l USING (pull, object, generation)
    CROSS JOIN reference.blank_line AS b
    WHERE o.feed = 'nbac_team_boxscore' AND o.outcome = 'parsed'::outcome
),
-- Without its lists, which would be carried along with each line of them.
box AS (
    SELECT
        * EXCLUDE (d) REPLACE (
            1 AS entry,
            TRY_CAST(left(d.gameDate, 10) AS DATE) AS payload_date,
            false AS is_utc_date,
            -- Only marks say who is away: the order of the older objects says nothing.
            list_filter(d.teams, lambda x: NOT x.isHome)[1].teamAbbreviation AS away_code,
            list_filter(d.teams, lambda x: x.isHome)[1].teamAbbreviation AS home_code),
        coalesce(d.gameId, d.parameters.GameID) AS said_id
    FROM doc
),
-- As the endpoint answers: the table of whole teams, neither of players nor of starters and bench apart.
whole AS (
    SELECT
        object,
        generation,
        list_filter(d.resultSets, lambda x: list_has_all(x.headers, ['TEAM_ABBREVIATION', 'FGM', 'PTS'])
            AND NOT list_has_any(x.headers, ['PLAYER_ID', 'STARTERS_BENCH']))[1] AS s
    FROM doc
    WHERE d.teams IS NULL
),
said AS (
    SELECT object, generation, s.headers AS h, unnest(s.rowSet) AS r FROM whole
),
team AS (
    SELECT object, generation, NULL AS game_id, unnest(d.teams) AS t FROM doc
    UNION ALL
    SELECT object, generation, r[list_position(h, 'GAME_ID')] ->> '$', {
        'teamAbbreviation': r[list_position(h, 'TEAM_ABBREVIATION')] ->> '$', 'minutes': r[list_position(h, 'MIN')] ->> '$', 'isHome': NULL::BOOLEAN,
        'fieldGoals': {'made': r[list_position(h, 'FGM')] ->> '$', 'attempted': r[list_position(h, 'FGA')] ->> '$'},
        'threePointers': {'made': r[list_position(h, 'FG3M')] ->> '$', 'attempted': r[list_position(h, 'FG3A')] ->> '$'},
        'freeThrows': {'made': r[list_position(h, 'FTM')] ->> '$', 'attempted': r[list_position(h, 'FTA')] ->> '$'},
        'rebounds': {'offensive': r[list_position(h, 'OREB')] ->> '$', 'defensive': r[list_position(h, 'DREB')] ->> '$', 'total': r[list_position(h, 'REB')] ->> '$'},
        'assists': r[list_position(h, 'AST')] ->> '$', 'steals': r[list_position(h, 'STL')] ->> '$', 'blocks': r[list_position(h, 'BLK')] ->> '$',
        'turnovers': r[coalesce(list_position(h, 'TO'), list_position(h, 'TOV'))] ->> '$', 'personalFouls': r[list_position(h, 'PF')] ->> '$',
        'points': r[list_position(h, 'PTS')] ->> '$', 'plusMinus': r[list_position(h, 'PLUS_MINUS')] ->> '$'}
    FROM said
)
SELECT
    box.* EXCLUDE (said_id) REPLACE (
        nba_id(coalesce(said_id, game_id)) AS nba_game_id,
        t.teamAbbreviation AS team_code,
        minutes_of(t.minutes) AS minutes,
        count_of(t.points) AS points,
        count_of(t.fieldGoals.made) AS fg_makes,
        count_of(t.fieldGoals.attempted) AS fg_attempts,
        count_of(t.threePointers.made) AS three_pt_makes,
        count_of(t.threePointers.attempted) AS three_pt_attempts,
        count_of(t.freeThrows.made) AS ft_makes,
        count_of(t.freeThrows.attempted) AS ft_attempts,
        count_of(t.rebounds.offensive) AS offensive_rebounds,
        count_of(t.rebounds.defensive) AS defensive_rebounds,
        count_of(t.rebounds.total) AS rebounds,
        count_of(t.assists) AS assists,
        count_of(t.steals) AS steals,
        count_of(t.blocks) AS blocks,
        count_of(t.turnovers) AS turnovers,
        count_of(t.personalFouls) AS personal_fouls,
        count_of(t.plusMinus) AS plus_minus,
        not_numbers(
            t.minutes, t.points, t.fieldGoals.made, t.fieldGoals.attempted, t.threePointers.made, t.threePointers.attempted,
            t.freeThrows.made, t.freeThrows.attempted, t.rebounds.offensive, t.rebounds.defensive, t.rebounds.total, t.assists,
            t.steals, t.blocks, t.turnovers, t.personalFouls, t.plusMinus) AS not_numbers)
FROM box
LEFT JOIN team USING (object, generation)
