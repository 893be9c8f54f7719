-- NBA.com gamebooks: who played, who did not, who was inactive (FEEDS.md, "nbac_gamebook_player_stats").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- reads: landing, stage.object, json_text, player_lookup, minutes_of
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
            "game_code": "VARCHAR",
            "active_players": [{"name": "VARCHAR", "team": "VARCHAR", "stats": {
                "minutes": "VARCHAR", "points": "INTEGER",
                "field_goals_made": "INTEGER", "field_goals_attempted": "INTEGER",
                "three_pointers_made": "INTEGER", "three_pointers_attempted": "INTEGER",
                "free_throws_made": "INTEGER", "free_throws_attempted": "INTEGER",
                "offensive_rebounds": "INTEGER", "defensive_rebounds": "INTEGER",
                "assists": "INTEGER", "steals": "INTEGER", "blocks": "INTEGER", "turnovers": "INTEGER",
                "personal_fouls": "INTEGER", "plus_minus": "INTEGER"}}],
            "dnp_players": [{"name": "VARCHAR", "team": "VARCHAR", "dnp_reason": "VARCHAR"}],
            "inactive_players": [{"name": "VARCHAR", "team": "VARCHAR", "reason": "VARCHAR"}]}')) AS d
    FROM stage.object AS o
    JOIN landing AS l USING (pull, object, generation)
    WHERE o.feed = 'nbac_gamebook_player_stats' AND o.outcome = 'parsed'::outcome
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
    doc.source,
    doc.object,
    doc.generation,
    1 AS entry,
    NULL::VARCHAR AS nba_game_id,
    try_strptime(left(doc.d.game_code, 8), '%Y%m%d')::DATE AS payload_date,
    false AS is_utc_date,
    nullif(substr(doc.d.game_code, 10, 3), '') AS away_code,
    nullif(substr(doc.d.game_code, 13, 3), '') AS home_code,
    NULL::VARCHAR AS game_state,
    p.team AS team_code,
    NULL::BIGINT AS player_id,
    NULL::VARCHAR AS source_player_id,
    p.name AS player_name,
    -- An inactive player is given by last name only, which is no key.
    CASE WHEN p.player_status <> 'inactive'::player_status THEN player_lookup(p.name) END AS player_lookup,
    p.player_status,
    p.reason AS status_reason,
    minutes_of(p.stats.minutes) AS minutes,
    p.stats.points,
    p.stats.field_goals_made AS fg_makes,
    p.stats.field_goals_attempted AS fg_attempts,
    p.stats.three_pointers_made AS three_pt_makes,
    p.stats.three_pointers_attempted AS three_pt_attempts,
    p.stats.free_throws_made AS ft_makes,
    p.stats.free_throws_attempted AS ft_attempts,
    p.stats.offensive_rebounds,
    p.stats.defensive_rebounds,
    -- The total is not read: the loader's was always NULL, and it is the sum.
    TRY(p.stats.offensive_rebounds + p.stats.defensive_rebounds) AS rebounds,
    p.stats.assists,
    p.stats.steals,
    p.stats.blocks,
    p.stats.turnovers,
    p.stats.personal_fouls,
    p.stats.plus_minus
FROM doc
LEFT JOIN player AS p USING (object, generation)
