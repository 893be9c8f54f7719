-- ESPN scoreboards: both teams' scores of every game of a date per object (FEEDS.md, "espn_scoreboard").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- parts: pull
-- reads: landing, reference.blank_line, stage.content, json_text, et_date, instant_of, count_of, not_numbers
-- columns: pull, source, object, generation, entry, nba_game_id, payload_date, is_utc_date, away_code, home_code, game_state from reference.blank_line
-- columns: team_code, player_id, source_player_id, player_name, player_lookup, player_status, status_reason, minutes, points from reference.blank_line
-- columns: fg_makes, fg_attempts, three_pt_makes, three_pt_attempts, ft_makes, ft_attempts, offensive_rebounds from reference.blank_line
-- columns: defensive_rebounds, rebounds, assists, steals, blocks, turnovers, personal_fouls, plus_minus, not_numbers from reference.blank_line
-- columns: start_date from reference.blank_line
WITH doc AS (
    SELECT
        b.* REPLACE (o.pull AS pull, o.feed AS source, o.object AS object, o.generation AS generation),
        TRY(from_json(json_text(l.body), '{
            "gamedate": "VARCHAR", "scoreDate": "VARCHAR",
            "games": [{"state": "VARCHAR", "status": "VARCHAR", "startTime": "VARCHAR",
                       "teams": [{"abbreviation": "VARCHAR", "score": "VARCHAR", "homeAway": "VARCHAR"}]}]}')) AS d
    FROM stage.content AS o
    JOIN landing AS l USING (pull, object, generation)
    CROSS JOIN reference.blank_line AS b
    WHERE o.feed = 'espn_scoreboard' AND o.outcome = 'parsed'::outcome
),
listed AS (
    SELECT
        doc.* EXCLUDE (d) REPLACE (unnest(range(1, len(d.games) + 1))::INTEGER AS entry),
        try_strptime(replace(coalesce(d.gamedate, d.scoreDate), '-', ''), '%Y%m%d')::DATE AS slate,
        unnest(d.games) AS g
    FROM doc
),
-- A game that will not be played then has no score to report, though its state is post.
game AS (
    SELECT
        *,
        coalesce(lower(g.status), '') IN ('postponed', 'canceled', 'cancelled') AS is_off,
        et_date(instant_of(g.startTime)) AS starts_on
    FROM listed
),
-- Without its teams, which would be carried along with each of them.
entry AS (
    SELECT * EXCLUDE (slate, g, is_off, starts_on) REPLACE (
        coalesce(slate, starts_on) AS payload_date,
        starts_on AS start_date,
        slate IS NULL AS is_utc_date,
        list_filter(g.teams, lambda x: x.homeAway = 'away')[1].abbreviation AS away_code,
        list_filter(g.teams, lambda x: x.homeAway = 'home')[1].abbreviation AS home_code,
        CASE WHEN is_off THEN 'postponed' WHEN g.state = 'post' THEN 'final' ELSE 'not final' END AS game_state)
    FROM game
),
line AS (
    SELECT object, generation, entry, unnest(g.teams) AS t FROM game WHERE NOT is_off
)
SELECT
    entry.* REPLACE (
        line.t.abbreviation AS team_code,
        count_of(line.t.score) AS points,
        not_numbers(
            NULL, line.t.score, NULL, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL) AS not_numbers)
FROM entry
LEFT JOIN line USING (object, generation, entry)
