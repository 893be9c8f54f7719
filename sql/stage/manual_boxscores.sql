-- Box scores of players and of teams that a person entered, in the column names of player_game_summary and team_offense_game_summary (RULES.md, "Resolving a chain": manual).
-- grain: object, generation, entry, team, player; an entry without lines is one row whose team is NULL
-- into: stage.box_lines
-- reads: landing, stage.object, reference.chain_sources, reference.chains, json_text, player_lookup, minutes_of
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
        h.subject,
        o.object,
        o.generation,
        TRY(from_json(json_text(l.body), '{"rows": [{
            "team_abbr": "VARCHAR", "nba_player_id": "BIGINT", "player_name": "VARCHAR", "player_lookup": "VARCHAR",
            "player_status": "VARCHAR", "dnp_reason": "VARCHAR", "minutes": "VARCHAR", "points": "INTEGER",
            "fg_makes": "INTEGER", "fg_attempts": "INTEGER", "three_pt_makes": "INTEGER", "three_pt_attempts": "INTEGER",
            "ft_makes": "INTEGER", "ft_attempts": "INTEGER", "offensive_rebounds": "INTEGER", "defensive_rebounds": "INTEGER",
            "assists": "INTEGER", "steals": "INTEGER", "blocks": "INTEGER", "turnovers": "INTEGER",
            "personal_fouls": "INTEGER", "plus_minus": "INTEGER"}]}')).rows AS rows
    FROM stage.object AS o
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
    source,
    object,
    generation,
    1 AS entry,
    -- The path alone says which game it is.
    NULL::VARCHAR AS nba_game_id,
    NULL::DATE AS payload_date,
    false AS is_utc_date,
    NULL::VARCHAR AS away_code,
    NULL::VARCHAR AS home_code,
    NULL::VARCHAR AS game_state,
    r.team_abbr AS team_code,
    p.nba_player_id AS player_id,
    NULL::VARCHAR AS source_player_id,
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
    r.points,
    r.fg_makes,
    r.fg_attempts,
    r.three_pt_makes,
    r.three_pt_attempts,
    r.ft_makes,
    r.ft_attempts,
    r.offensive_rebounds,
    r.defensive_rebounds,
    TRY(r.offensive_rebounds + r.defensive_rebounds) AS rebounds,
    r.assists,
    r.steals,
    r.blocks,
    r.turnovers,
    r.personal_fouls,
    p.plus_minus
FROM line
