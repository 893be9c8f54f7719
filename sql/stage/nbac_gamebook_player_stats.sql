-- NBA.com gamebooks: who played, who did not, who was inactive (FEEDS.md, "nbac_gamebook_player_stats").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- parts: pull
-- reads: landing, reference.blank_line, stage.content, json_text, player_lookup, minutes_of, count_of, not_numbers
-- columns: pull, source, object, generation, entry, nba_game_id, payload_date, is_utc_date, away_code, home_code, game_state from reference.blank_line
-- columns: team_code, player_id, source_player_id, player_name, player_lookup, player_status, status_reason, minutes, points from reference.blank_line
-- columns: fg_makes, fg_attempts, three_pt_makes, three_pt_attempts, ft_makes, ft_attempts, offensive_rebounds from reference.blank_line
-- columns: defensive_rebounds, rebounds, assists, steals, blocks, turnovers, personal_fouls, plus_minus, not_numbers from reference.blank_line
-- columns: start_date from reference.blank_line
WITH doc AS (
    SELECT
        b.* REPLACE (o.pull AS pull, o.feed AS source, o.object AS object, o.generation AS generation),
        TRY(from_json(json_text(l.body), '{
            "game_code": "VARCHAR",
            "active_players": [{"name": "VARCHAR", "team": "VARCHAR", "stats": {
                "minutes": "VARCHAR", "points": "VARCHAR",
                "field_goals_made": "VARCHAR", "field_goals_attempted": "VARCHAR",
                "three_pointers_made": "VARCHAR", "three_pointers_attempted": "VARCHAR",
                "free_throws_made": "VARCHAR", "free_throws_attempted": "VARCHAR",
                "offensive_rebounds": "VARCHAR", "defensive_rebounds": "VARCHAR",
                "assists": "VARCHAR", "steals": "VARCHAR", "blocks": "VARCHAR", "turnovers": "VARCHAR",
                "personal_fouls": "VARCHAR", "plus_minus": "VARCHAR"}}],
            "dnp_players": [{"name": "VARCHAR", "team": "VARCHAR", "dnp_reason": "VARCHAR"}],
            "inactive_players": [{"name": "VARCHAR", "team": "VARCHAR", "reason": "VARCHAR"}]}')) AS d
    FROM stage.content AS o
    JOIN landing AS l USING (pull, object, generation)
    CROSS JOIN reference.blank_line AS b
    WHERE o.feed = 'nbac_gamebook_player_stats' AND o.outcome = 'parsed'::outcome
),
-- Without its lists, which would be carried along with each line of them.
book AS (
    SELECT * EXCLUDE (d) REPLACE (
        1 AS entry,
        try_strptime(left(d.game_code, 8), '%Y%m%d')::DATE AS payload_date,
        false AS is_utc_date,
        nullif(substr(d.game_code, 10, 3), '') AS away_code,
        nullif(substr(d.game_code, 13, 3), '') AS home_code)
    FROM doc
),
player AS (
    SELECT object, generation, 'played'::player_status AS player_status, p.name, p.team, NULL AS reason, p.stats
    FROM (SELECT object, generation, unnest(d.active_players) AS p FROM doc)
    UNION ALL
    SELECT object, generation, 'dnp'::player_status, p.name, p.team, p.dnp_reason, NULL
    FROM (SELECT object, generation, unnest(d.dnp_players) AS p FROM doc)
    UNION ALL
    SELECT object, generation, 'inactive'::player_status, p.name, p.team, p.reason, NULL
    FROM (SELECT object, generation, unnest(d.inactive_players) AS p FROM doc)
)
SELECT
    book.* REPLACE (
        p.team AS team_code,
        p.name AS player_name,
        -- An inactive player is given by last name only, which is no key.
        CASE WHEN p.player_status <> 'inactive'::player_status THEN player_lookup(p.name) END AS player_lookup,
        p.player_status AS player_status,
        p.reason AS status_reason,
        minutes_of(p.stats.minutes) AS minutes,
        count_of(p.stats.points) AS points,
        count_of(p.stats.field_goals_made) AS fg_makes,
        count_of(p.stats.field_goals_attempted) AS fg_attempts,
        count_of(p.stats.three_pointers_made) AS three_pt_makes,
        count_of(p.stats.three_pointers_attempted) AS three_pt_attempts,
        count_of(p.stats.free_throws_made) AS ft_makes,
        count_of(p.stats.free_throws_attempted) AS ft_attempts,
        count_of(p.stats.offensive_rebounds) AS offensive_rebounds,
        count_of(p.stats.defensive_rebounds) AS defensive_rebounds,
        -- The total is not read: the loader's was always NULL, and it is the sum.
        TRY(count_of(p.stats.offensive_rebounds) + count_of(p.stats.defensive_rebounds)) AS rebounds,
        count_of(p.stats.assists) AS assists,
        count_of(p.stats.steals) AS steals,
        count_of(p.stats.blocks) AS blocks,
        count_of(p.stats.turnovers) AS turnovers,
        count_of(p.stats.personal_fouls) AS personal_fouls,
        count_of(p.stats.plus_minus) AS plus_minus,
        not_numbers(
            p.stats.minutes, p.stats.points, p.stats.field_goals_made, p.stats.field_goals_attempted, p.stats.three_pointers_made, p.stats.three_pointers_attempted,
            p.stats.free_throws_made, p.stats.free_throws_attempted, p.stats.offensive_rebounds, p.stats.defensive_rebounds, NULL, p.stats.assists,
            p.stats.steals, p.stats.blocks, p.stats.turnovers, p.stats.personal_fouls, p.stats.plus_minus) AS not_numbers)
FROM book
LEFT JOIN player AS p USING (object, generation)
