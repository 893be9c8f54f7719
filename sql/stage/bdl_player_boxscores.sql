-- Ball Don't Lie box scores, all games of a date per object (FEEDS.md, "bdl_player_boxscores").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- parts: pull
-- reads: landing, reference.blank_line, stage.content, json_text, player_lookup, minutes_of, count_of, not_numbers, et_date, instant_of
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
        TRY(from_json(json_text(l.body), '{"boxScores": [{
            "date": "VARCHAR", "datetime": "VARCHAR", "status": "VARCHAR",
            "home_team": {"abbreviation": "VARCHAR", "players": ["JSON"]},
            "visitor_team": {"abbreviation": "VARCHAR", "players": ["JSON"]}}]}')).boxScores AS games
    FROM stage.content AS o
    JOIN landing AS l USING (pull, object, generation)
    WHERE o.feed = 'bdl_player_boxscores' AND o.outcome = 'parsed'::outcome
),
game AS (
    SELECT pull, source, object, generation, unnest(range(1, len(games) + 1))::INTEGER AS entry, unnest(games) AS g FROM doc
),
-- Without its players, who would be carried along with each of them.
entry AS (
    SELECT
        pull,
        source,
        object,
        generation,
        entry,
        TRY_CAST(left(g.date, 10) AS DATE) AS slate,
        et_date(instant_of(g.datetime)) AS starts_on,
        g.visitor_team.abbreviation AS away_code,
        g.home_team.abbreviation AS home_code,
        g.status
    FROM game
),
player AS (
    SELECT object, generation, entry, side.team_code, from_json(side.player, '{
        "min": "VARCHAR", "fgm": "VARCHAR", "fga": "VARCHAR", "fg3m": "VARCHAR", "fg3a": "VARCHAR",
        "ftm": "VARCHAR", "fta": "VARCHAR", "oreb": "VARCHAR", "dreb": "VARCHAR", "reb": "VARCHAR",
        "ast": "VARCHAR", "stl": "VARCHAR", "blk": "VARCHAR", "turnover": "VARCHAR", "pf": "VARCHAR",
        "pts": "VARCHAR", "plus_minus": "VARCHAR",
        "player": {"id": "VARCHAR", "first_name": "VARCHAR", "last_name": "VARCHAR"}}') AS p
    FROM (
        SELECT object, generation, entry, unnest(
            list_transform(coalesce(g.visitor_team.players, []), lambda x: {'team_code': g.visitor_team.abbreviation, 'player': x})
            || list_transform(coalesce(g.home_team.players, []), lambda x: {'team_code': g.home_team.abbreviation, 'player': x})) AS side
        FROM game
    )
),
line AS (
    SELECT
        *,
        nullif(trim(concat_ws(' ', p.player.first_name, p.player.last_name)), '') AS player_name,
        minutes_of(p.min) AS minutes,
        count_of(p.pts) AS points,
        count_of(p.fgm) AS fg_makes,
        count_of(p.fga) AS fg_attempts,
        count_of(p.fg3m) AS three_pt_makes,
        count_of(p.fg3a) AS three_pt_attempts,
        count_of(p.ftm) AS ft_makes,
        count_of(p.fta) AS ft_attempts,
        count_of(p.oreb) AS offensive_rebounds,
        count_of(p.dreb) AS defensive_rebounds,
        count_of(p.reb) AS rebounds,
        count_of(p.ast) AS assists,
        count_of(p.stl) AS steals,
        count_of(p.blk) AS blocks,
        count_of(p.turnover) AS turnovers,
        count_of(p.pf) AS personal_fouls,
        count_of(p.plus_minus) AS plus_minus,
        not_numbers(
            p.min, p.pts, p.fgm, p.fga, p.fg3m, p.fg3a,
            p.ftm, p.fta, p.oreb, p.dreb, p.reb, p.ast,
            p.stl, p.blk, p.turnover, p.pf, p.plus_minus) AS not_numbers
    FROM player
),
judged AS (
    SELECT
        *,
        CASE
            -- A margin says that he was on the floor, and so does what is there and no number.
            WHEN points <> 0 OR fg_makes <> 0 OR fg_attempts <> 0 OR three_pt_makes <> 0 OR three_pt_attempts <> 0
                OR ft_makes <> 0 OR ft_attempts <> 0 OR offensive_rebounds <> 0 OR defensive_rebounds <> 0 OR rebounds <> 0
                OR assists <> 0 OR steals <> 0 OR blocks <> 0 OR turnovers <> 0 OR personal_fouls <> 0 OR plus_minus <> 0
                OR minutes > 0 OR len(list_filter(not_numbers, lambda x: x.field <> 'minutes')) > 0
                THEN 'played'::player_status
            -- 00 with every stat 0 is a player who did not play; no minutes at all say nothing.
            WHEN minutes = 0 THEN 'dnp'::player_status
            ELSE 'unknown'::player_status
        END AS player_status
    FROM line
)
SELECT
    b.* REPLACE (
        e.pull AS pull,
        e.source AS source,
        e.object AS object,
        e.generation AS generation,
        e.entry AS entry,
        coalesce(e.slate, e.starts_on) AS payload_date,
        -- The date is Eastern; only a datetime comes from UTC.
        e.slate IS NULL AS is_utc_date,
        e.away_code AS away_code,
        e.home_code AS home_code,
        CASE WHEN e.status = 'Final' THEN 'final' ELSE 'not final' END AS game_state,
        j.team_code AS team_code,
        j.p.player.id AS source_player_id,
        j.player_name AS player_name,
        player_lookup(j.player_name) AS player_lookup,
        j.player_status AS player_status,
        CASE WHEN j.player_status = 'played'::player_status THEN j.minutes END AS minutes,
        CASE WHEN j.player_status = 'played'::player_status THEN j.points END AS points,
        CASE WHEN j.player_status = 'played'::player_status THEN j.fg_makes END AS fg_makes,
        CASE WHEN j.player_status = 'played'::player_status THEN j.fg_attempts END AS fg_attempts,
        CASE WHEN j.player_status = 'played'::player_status THEN j.three_pt_makes END AS three_pt_makes,
        CASE WHEN j.player_status = 'played'::player_status THEN j.three_pt_attempts END AS three_pt_attempts,
        CASE WHEN j.player_status = 'played'::player_status THEN j.ft_makes END AS ft_makes,
        CASE WHEN j.player_status = 'played'::player_status THEN j.ft_attempts END AS ft_attempts,
        CASE WHEN j.player_status = 'played'::player_status THEN j.offensive_rebounds END AS offensive_rebounds,
        CASE WHEN j.player_status = 'played'::player_status THEN j.defensive_rebounds END AS defensive_rebounds,
        CASE WHEN j.player_status = 'played'::player_status THEN j.rebounds END AS rebounds,
        CASE WHEN j.player_status = 'played'::player_status THEN j.assists END AS assists,
        CASE WHEN j.player_status = 'played'::player_status THEN j.steals END AS steals,
        CASE WHEN j.player_status = 'played'::player_status THEN j.blocks END AS blocks,
        CASE WHEN j.player_status = 'played'::player_status THEN j.turnovers END AS turnovers,
        CASE WHEN j.player_status = 'played'::player_status THEN j.personal_fouls END AS personal_fouls,
        CASE WHEN j.player_status = 'played'::player_status THEN j.plus_minus END AS plus_minus,
        CASE WHEN j.player_status = 'played'::player_status THEN j.not_numbers END AS not_numbers)
FROM entry AS e
LEFT JOIN judged AS j USING (object, generation, entry)
CROSS JOIN reference.blank_line AS b
