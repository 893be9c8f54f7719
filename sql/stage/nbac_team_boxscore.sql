-- NBA.com team box scores, with and without home/away marks (FEEDS.md, "nbac_team_boxscore").
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- reads: landing, reference.blank_line, stage.object, json_text, nba_id, minutes_of
-- columns: source, object, generation, entry, nba_game_id, payload_date, is_utc_date, away_code, home_code, game_state from reference.blank_line
-- columns: team_code, player_id, source_player_id, player_name, player_lookup, player_status, status_reason, minutes, points from reference.blank_line
-- columns: fg_makes, fg_attempts, three_pt_makes, three_pt_attempts, ft_makes, ft_attempts, offensive_rebounds from reference.blank_line
-- columns: defensive_rebounds, rebounds, assists, steals, blocks, turnovers, personal_fouls, plus_minus from reference.blank_line
-- columns: start_date from reference.blank_line
WITH doc AS (
    SELECT
        b.* REPLACE (o.feed AS source, o.object AS object, o.generation AS generation),
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
    CROSS JOIN reference.blank_line AS b
    WHERE o.feed = 'nbac_team_boxscore' AND o.outcome = 'parsed'::outcome
)
SELECT
    doc.* EXCLUDE (d) REPLACE (
        1 AS entry,
        nba_id(doc.d.gameId) AS nba_game_id,
        TRY_CAST(left(doc.d.gameDate, 10) AS DATE) AS payload_date,
        false AS is_utc_date,
        -- Only marks say who is away: the order of the older objects says nothing.
        list_filter(doc.d.teams, lambda x: NOT x.isHome)[1].teamAbbreviation AS away_code,
        list_filter(doc.d.teams, lambda x: x.isHome)[1].teamAbbreviation AS home_code,
        t.teamAbbreviation AS team_code,
        minutes_of(t.minutes) AS minutes,
        t.points AS points,
        t.fieldGoals.made AS fg_makes,
        t.fieldGoals.attempted AS fg_attempts,
        t.threePointers.made AS three_pt_makes,
        t.threePointers.attempted AS three_pt_attempts,
        t.freeThrows.made AS ft_makes,
        t.freeThrows.attempted AS ft_attempts,
        t.rebounds.offensive AS offensive_rebounds,
        t.rebounds.defensive AS defensive_rebounds,
        t.rebounds.total AS rebounds,
        t.assists AS assists,
        t.steals AS steals,
        t.blocks AS blocks,
        t.turnovers AS turnovers,
        t.personalFouls AS personal_fouls,
        t.plusMinus AS plus_minus)
FROM doc
LEFT JOIN LATERAL (SELECT unnest(doc.d.teams) AS t) ON true
