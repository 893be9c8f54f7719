-- Box scores of players and of teams that a person entered, in the column names of player_game_summary and team_offense_game_summary (RULES.md, "Resolving a chain": manual).
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- parts: pull
-- reads: landing, reference.blank_line, stage.content, reference.chain_sources, reference.chains, json_text, player_lookup, minutes_of, whole_of, count_of, not_numbers
-- columns: pull, source, object, generation, entry, nba_game_id, payload_date, is_utc_date, away_code, home_code, game_state from reference.blank_line
-- columns: team_code, player_id, source_player_id, player_name, player_lookup, player_status, status_reason, minutes, points from reference.blank_line
-- columns: fg_makes, fg_attempts, three_pt_makes, three_pt_attempts, ft_makes, ft_attempts, offensive_rebounds from reference.blank_line
-- columns: defensive_rebounds, rebounds, assists, steals, blocks, turnovers, personal_fouls, plus_minus, not_numbers from reference.blank_line
-- columns: start_date from reference.blank_line
WITH doc AS (
    SELECT
        o.pull,
        o.feed AS source,
        h.subject,
        o.object,
        o.generation,
        TRY(from_json(json_text(l.body), '{"rows": [{
            "team_abbr": "VARCHAR", "nba_player_id": "VARCHAR", "player_name": "VARCHAR", "player_lookup": "VARCHAR",
            "player_status": "VARCHAR", "dnp_reason": "VARCHAR", "minutes": "VARCHAR", "points": "VARCHAR",
            "fg_makes": "VARCHAR", "fg_attempts": "VARCHAR", "three_pt_makes": "VARCHAR", "three_pt_attempts": "VARCHAR",
            "ft_makes": "VARCHAR", "ft_attempts": "VARCHAR", "offensive_rebounds": "VARCHAR", "defensive_rebounds": "VARCHAR",
            "assists": "VARCHAR", "steals": "VARCHAR", "blocks": "VARCHAR", "turnovers": "VARCHAR",
            "personal_fouls": "VARCHAR", "plus_minus": "VARCHAR"}]}')).rows AS rows
    FROM stage.content AS o
    JOIN landing AS l USING (pull, object, generation)
    JOIN reference.chain_sources AS m ON m.source = o.feed AND m.kind = 'manual'::source_kind
    JOIN reference.chains AS h ON h.chain = m.chain
    WHERE o.outcome = 'parsed'::outcome
),
line AS (
    -- A line of a team has nothing that only a player has, whatever was entered.
    SELECT doc.* EXCLUDE (rows), r, CASE WHEN doc.subject = 'player' THEN r END AS p
    FROM doc
    LEFT JOIN LATERAL (SELECT unnest(doc.rows) AS r) ON true
)
SELECT
    b.* REPLACE (
        line.pull AS pull,
        line.source AS source,
        line.object AS object,
        line.generation AS generation,
        1 AS entry, -- and the path alone says which game it is
        false AS is_utc_date,
        r.team_abbr AS team_code,
        whole_of(p.nba_player_id) AS player_id,
        coalesce(nullif(trim(p.player_name), ''), p.player_lookup) AS player_name,
        CASE WHEN p IS NOT NULL THEN player_lookup(coalesce(nullif(trim(p.player_name), ''), p.player_lookup)) END AS player_lookup,
        CASE
            WHEN p IS NULL THEN NULL
            WHEN p.player_status IS NOT NULL THEN coalesce(TRY_CAST(lower(trim(p.player_status)) AS player_status), 'unknown'::player_status)
            WHEN p.minutes IS NOT NULL OR p.points IS NOT NULL OR p.fg_attempts IS NOT NULL OR p.ft_attempts IS NOT NULL THEN 'played'::player_status
            ELSE 'unknown'::player_status
        END AS player_status,
        p.dnp_reason AS status_reason,
        minutes_of(p.minutes) AS minutes,
        count_of(r.points) AS points,
        count_of(r.fg_makes) AS fg_makes,
        count_of(r.fg_attempts) AS fg_attempts,
        count_of(r.three_pt_makes) AS three_pt_makes,
        count_of(r.three_pt_attempts) AS three_pt_attempts,
        count_of(r.ft_makes) AS ft_makes,
        count_of(r.ft_attempts) AS ft_attempts,
        count_of(r.offensive_rebounds) AS offensive_rebounds,
        count_of(r.defensive_rebounds) AS defensive_rebounds,
        TRY(count_of(r.offensive_rebounds) + count_of(r.defensive_rebounds)) AS rebounds,
        count_of(r.assists) AS assists,
        count_of(r.steals) AS steals,
        count_of(r.blocks) AS blocks,
        count_of(r.turnovers) AS turnovers,
        count_of(r.personal_fouls) AS personal_fouls,
        count_of(p.plus_minus) AS plus_minus,
        not_numbers(
            p.minutes, r.points, r.fg_makes, r.fg_attempts, r.three_pt_makes, r.three_pt_attempts,
            r.ft_makes, r.ft_attempts, r.offensive_rebounds, r.defensive_rebounds, NULL, r.assists,
            r.steals, r.blocks, r.turnovers, r.personal_fouls, p.plus_minus) AS not_numbers)
FROM line
CROSS JOIN reference.blank_line AS b
