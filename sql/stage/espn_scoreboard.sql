-- ESPN scoreboards: both teams' scores of every game of a date per object (FEEDS.md, "espn_scoreboard").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- reads: landing, stage.object, json_text, et_date
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
        TRY(from_json(json_text(l.body), '{
            "gamedate": "VARCHAR", "scoreDate": "VARCHAR",
            "games": [{"state": "VARCHAR", "status": "VARCHAR", "startTime": "VARCHAR",
                       "teams": [{"abbreviation": "VARCHAR", "score": "VARCHAR", "homeAway": "VARCHAR"}]}]}')) AS d
    FROM stage.object AS o
    JOIN landing AS l USING (pull, object, generation)
    WHERE o.feed = 'espn_scoreboard' AND o.outcome = 'parsed'::outcome
),
listed AS (
    SELECT
        source,
        object,
        generation,
        try_strptime(replace(coalesce(d.gamedate, d.scoreDate), '-', ''), '%Y%m%d')::DATE AS slate,
        unnest(range(1, len(d.games) + 1))::INTEGER AS entry,
        unnest(d.games) AS g
    FROM doc
),
-- A game that will not be played then has no score to report, though its state is post.
game AS (
    SELECT *, coalesce(lower(g.status), '') IN ('postponed', 'canceled', 'cancelled') AS is_off FROM listed
),
line AS (
    SELECT object, generation, entry, unnest(g.teams) AS t FROM game WHERE NOT is_off
)
SELECT
    game.source,
    game.object,
    game.generation,
    game.entry,
    NULL::VARCHAR AS nba_game_id,
    -- The start carries no seconds, without which it is no instant.
    coalesce(game.slate, et_date(TRY_CAST(regexp_replace(game.g.startTime, 'T(\d\d:\d\d)Z$', 'T\1:00Z') AS TIMESTAMPTZ))) AS payload_date,
    game.slate IS NULL AS is_utc_date,
    list_filter(game.g.teams, lambda x: x.homeAway = 'away')[1].abbreviation AS away_code,
    list_filter(game.g.teams, lambda x: x.homeAway = 'home')[1].abbreviation AS home_code,
    CASE WHEN game.g.state = 'post' AND NOT game.is_off THEN 'final' ELSE 'not final' END AS game_state,
    line.t.abbreviation AS team_code,
    NULL::BIGINT AS player_id,
    NULL::VARCHAR AS source_player_id,
    NULL::VARCHAR AS player_name,
    NULL::VARCHAR AS player_lookup,
    NULL::player_status AS player_status,
    NULL::VARCHAR AS status_reason,
    NULL::DECIMAL(6,2) AS minutes,
    TRY_CAST(line.t.score AS INTEGER) AS points,
    NULL::INTEGER AS fg_makes,
    NULL::INTEGER AS fg_attempts,
    NULL::INTEGER AS three_pt_makes,
    NULL::INTEGER AS three_pt_attempts,
    NULL::INTEGER AS ft_makes,
    NULL::INTEGER AS ft_attempts,
    NULL::INTEGER AS offensive_rebounds,
    NULL::INTEGER AS defensive_rebounds,
    NULL::INTEGER AS rebounds,
    NULL::INTEGER AS assists,
    NULL::INTEGER AS steals,
    NULL::INTEGER AS blocks,
    NULL::INTEGER AS turnovers,
    NULL::INTEGER AS personal_fouls,
    NULL::INTEGER AS plus_minus
FROM game
LEFT JOIN line USING (object, generation, entry)
