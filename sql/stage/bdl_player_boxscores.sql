-- Ball Don't Lie box scores, all games of a date per object (FEEDS.md, "bdl_player_boxscores").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- reads: landing, reference.blank_line, stage.object, json_text, player_lookup, minutes_of, et_date
-- columns: source, object, generation, entry, nba_game_id, payload_date, is_utc_date, away_code, home_code, game_state from reference.blank_line
-- columns: team_code, player_id, source_player_id, player_name, player_lookup, player_status, status_reason, minutes, points from reference.blank_line
-- columns: fg_makes, fg_attempts, three_pt_makes, three_pt_attempts, ft_makes, ft_attempts, offensive_rebounds from reference.blank_line
-- columns: defensive_rebounds, rebounds, assists, steals, blocks, turnovers, personal_fouls, plus_minus from reference.blank_line
-- columns: start_date from reference.blank_line
WITH doc AS (
    SELECT
        o.feed AS source,
        o.object,
        o.generation,
        TRY(from_json(json_text(l.body), '{"boxScores": [{
            "date": "VARCHAR", "datetime": "VARCHAR", "status": "VARCHAR",
            "home_team": {"abbreviation": "VARCHAR", "players": ["JSON"]},
            "visitor_team": {"abbreviation": "VARCHAR", "players": ["JSON"]}}]}')).boxScores AS games
    FROM stage.object AS o
    JOIN landing AS l USING (pull, object, generation)
    WHERE o.feed = 'bdl_player_boxscores' AND o.outcome = 'parsed'::outcome
),
game AS (
    SELECT source, object, generation, unnest(range(1, len(games) + 1))::INTEGER AS entry, unnest(games) AS g FROM doc
),
player AS (
    SELECT object, generation, entry, side.team_code, from_json(side.player, '{
        "min": "VARCHAR", "fgm": "INTEGER", "fga": "INTEGER", "fg3m": "INTEGER", "fg3a": "INTEGER",
        "ftm": "INTEGER", "fta": "INTEGER", "oreb": "INTEGER", "dreb": "INTEGER", "reb": "INTEGER",
        "ast": "INTEGER", "stl": "INTEGER", "blk": "INTEGER", "turnover": "INTEGER", "pf": "INTEGER",
        "pts": "INTEGER", "plus_minus": "INTEGER",
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
        coalesce(p.pts, 0) = 0 AND coalesce(p.fga, 0) = 0 AND coalesce(p.fgm, 0) = 0 AND coalesce(p.fta, 0) = 0
        AND coalesce(p.ftm, 0) = 0 AND coalesce(p.reb, 0) = 0 AND coalesce(p.oreb, 0) = 0 AND coalesce(p.dreb, 0) = 0
        AND coalesce(p.ast, 0) = 0 AND coalesce(p.stl, 0) = 0 AND coalesce(p.blk, 0) = 0
        AND coalesce(p.turnover, 0) = 0 AND coalesce(p.pf, 0) = 0 AND coalesce(p.fg3m, 0) = 0 AND coalesce(p.fg3a, 0) = 0
        -- A margin says that he was on the floor.
        AND coalesce(p.plus_minus, 0) = 0 AS is_blank
    FROM player
),
judged AS (
    SELECT
        *,
        CASE
            WHEN NOT is_blank OR minutes_of(p.min) > 0 THEN 'played'::player_status
            -- 00 with every stat 0 is a player who did not play; no minutes at all say nothing.
            WHEN minutes_of(p.min) = 0 THEN 'dnp'::player_status
            ELSE 'unknown'::player_status
        END AS player_status
    FROM line
)
SELECT
    b.* REPLACE (
        game.source AS source,
        game.object AS object,
        game.generation AS generation,
        game.entry AS entry,
        coalesce(TRY_CAST(left(game.g.date, 10) AS DATE), et_date(TRY_CAST(game.g.datetime AS TIMESTAMPTZ))) AS payload_date,
        -- The date is Eastern; only a datetime comes from UTC.
        TRY_CAST(left(game.g.date, 10) AS DATE) IS NULL AS is_utc_date,
        game.g.visitor_team.abbreviation AS away_code,
        game.g.home_team.abbreviation AS home_code,
        CASE WHEN game.g.status = 'Final' THEN 'final' ELSE 'not final' END AS game_state,
        j.team_code AS team_code,
        j.p.player.id AS source_player_id,
        j.player_name AS player_name,
        player_lookup(j.player_name) AS player_lookup,
        j.player_status AS player_status,
        CASE WHEN j.player_status = 'played'::player_status THEN minutes_of(j.p.min) END AS minutes,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.pts END AS points,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.fgm END AS fg_makes,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.fga END AS fg_attempts,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.fg3m END AS three_pt_makes,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.fg3a END AS three_pt_attempts,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.ftm END AS ft_makes,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.fta END AS ft_attempts,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.oreb END AS offensive_rebounds,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.dreb END AS defensive_rebounds,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.reb END AS rebounds,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.ast END AS assists,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.stl END AS steals,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.blk END AS blocks,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.turnover END AS turnovers,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.pf END AS personal_fouls,
        CASE WHEN j.player_status = 'played'::player_status THEN j.p.plus_minus END AS plus_minus)
FROM game
LEFT JOIN judged AS j USING (object, generation, entry)
CROSS JOIN reference.blank_line AS b
