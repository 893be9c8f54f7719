-- NBA.com team box scores, with and without home/away marks (FEEDS.md, "nbac_team_boxscore").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- reads: landing, stage.object, json_text, nba_id, minutes_of
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
            "gameId": "VARCHAR", "gameDate": "VARCHAR",
            "teams": [{"teamAbbreviation": "VARCHAR", "minutes": "VARCHAR", "isHome": "BOOLEAN",
                       "fieldGoals": {"made": "INTEGER", "attempted": "INTEGER"},
                       "threePointers": {"made": "INTEGER", "attempted": "INTEGER"},
                       "freeThrows": {"made": "INTEGER", "attempted": "INTEGER"},
                       "rebounds": {"offensive": "INTEGER", "defensive": "INTEGER", "total": "INTEGER"},
                       "assists": "INTEGER", "steals": "INTEGER", "blocks": "INTEGER", "turnovers": "INTEGER",
                       "personalFouls": "INTEGER", "points": "INTEGER", "plusMinus": "INTEGER"}]}')) AS d
    FROM stage.object AS o
    JOIN landing AS l USING (pull, object, generation)
    WHERE o.feed = 'nbac_team_boxscore' AND o.outcome = 'parsed'::outcome
)
SELECT
    doc.source,
    doc.object,
    doc.generation,
    1 AS entry,
    nba_id(doc.d.gameId) AS nba_game_id,
    TRY_CAST(left(doc.d.gameDate, 10) AS DATE) AS payload_date,
    false AS is_utc_date,
    -- Only marks say who is away: the order of the older objects says nothing.
    list_filter(doc.d.teams, lambda x: NOT x.isHome)[1].teamAbbreviation AS away_code,
    list_filter(doc.d.teams, lambda x: x.isHome)[1].teamAbbreviation AS home_code,
    NULL::VARCHAR AS game_state,
    t.teamAbbreviation AS team_code,
    NULL::BIGINT AS player_id,
    NULL::VARCHAR AS source_player_id,
    NULL::VARCHAR AS player_name,
    NULL::VARCHAR AS player_lookup,
    NULL::player_status AS player_status,
    NULL::VARCHAR AS status_reason,
    minutes_of(t.minutes) AS minutes,
    t.points,
    t.fieldGoals.made AS fg_makes,
    t.fieldGoals.attempted AS fg_attempts,
    t.threePointers.made AS three_pt_makes,
    t.threePointers.attempted AS three_pt_attempts,
    t.freeThrows.made AS ft_makes,
    t.freeThrows.attempted AS ft_attempts,
    t.rebounds.offensive AS offensive_rebounds,
    t.rebounds.defensive AS defensive_rebounds,
    t.rebounds.total AS rebounds,
    t.assists,
    t.steals,
    t.blocks,
    t.turnovers,
    t.personalFouls AS personal_fouls,
    t.plusMinus AS plus_minus
FROM doc
LEFT JOIN LATERAL (SELECT unnest(doc.d.teams) AS t) ON true
