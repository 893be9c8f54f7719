-- Every game inside every box-score or scoreboard object, matched to the schedule or told why not (RULES.md, "Matching").
-- grain: source, object, generation, entry
-- reads: stage.box_lines, stage.object, model.team_name, model.game, model.game_date, model.path_game
-- column: source VARCHAR -- name of the feed
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: entry INTEGER -- place of the game in the object
-- column: nba_game_id VARCHAR -- the game it is a snapshot of; NULL if it is of none
-- column: id_match id_match -- how it was found; NULL if only the path names it
-- column: game_state VARCHAR -- final, not final or postponed, where the feed says so
-- column: fault VARCHAR -- why it can never supply that game
-- column: unmatched VARCHAR -- why it is of no game; NULL for games that are nobody's business, such as an All-Star game
WITH payload AS (
    SELECT
        b.source,
        b.object,
        b.generation,
        b.entry,
        any_value(b.nba_game_id) AS payload_id,
        min(b.payload_date) AS payload_date,
        any_value(b.start_date) AS start_date,
        any_value(b.is_utc_date) AS is_utc_date,
        any_value(b.away_code) AS away_code,
        any_value(b.home_code) AS home_code,
        any_value(b.game_state) AS game_state
    FROM stage.box_lines AS b
    GROUP BY b.source, b.object, b.generation, b.entry
),
-- The game that the path names: a payload about another is no snapshot of that other.
addressed AS (
    SELECT o.object, o.generation, o.path_date, p.nba_game_id
    FROM stage.object AS o
    LEFT JOIN model.path_game AS p USING (path_game)
),
named AS (
    SELECT
        p.* EXCLUDE (payload_id),
        -- A payload that does not say which game it is about is about the one that its path names.
        coalesce(p.payload_id, CASE WHEN p.away_code IS NULL AND p.home_code IS NULL THEN o.nba_game_id END) AS payload_id,
        a.tricode AS away_team,
        h.tricode AS home_team,
        a.name IS NOT NULL AND a.tricode IS NULL OR h.name IS NOT NULL AND h.tricode IS NULL AS is_foreign,
        o.path_date
    FROM payload AS p
    JOIN addressed AS o USING (object, generation)
    LEFT JOIN model.team_name AS a ON a.name = upper(trim(p.away_code))
    LEFT JOIN model.team_name AS h ON h.name = upper(trim(p.home_code))
),
-- A code that nobody knows, on a date that has an exhibition of the other team: guests, who are nobody's business.
guest AS (
    SELECT DISTINCT n.source, n.object, n.generation, n.entry
    FROM named AS n
    JOIN model.game AS g
        ON g.game_date = n.payload_date AND NOT g.is_competitive
        AND (coalesce(n.away_team, n.home_team) IS NULL OR coalesce(n.away_team, n.home_team) IN (g.away_team, g.home_team))
    WHERE n.payload_id IS NULL AND n.away_code IS NOT NULL AND n.home_code IS NOT NULL AND (n.away_team IS NULL OR n.home_team IS NULL)
),
-- A game's keys both ways round: home and away are often swapped.
oriented AS (
    SELECT nba_game_id, game_date, is_current, away_team, home_team, false AS is_reversed FROM model.game_date
    UNION ALL
    SELECT nba_game_id, game_date, is_current, home_team, away_team, true FROM model.game_date
),
candidate AS (
    -- By id: the date must still be one that the schedule gives or gave the game.
    SELECT
        n.source, n.object, n.generation, n.entry, g.nba_game_id, d.game_date, n.payload_date,
        coalesce(d.is_current, true) AS is_current,
        n.away_team = g.home_team AND n.home_team = g.away_team AS is_reversed,
        n.payload_date IS NULL OR d.game_date IS NOT NULL AS is_dated,
        false AS is_shifted,
        1 AS preference
    FROM named AS n
    JOIN model.game AS g ON g.nba_game_id = n.payload_id
    LEFT JOIN (SELECT nba_game_id, game_date, bool_or(is_current) AS is_current FROM model.game_date GROUP BY ALL) AS d
        ON d.nba_game_id = g.nba_game_id AND d.game_date = n.payload_date
    UNION ALL
    -- By date and teams, in either order: a team plays at most once a day. A neighbouring
    -- date is right only for a date worked out from UTC.
    SELECT
        n.source, n.object, n.generation, n.entry, d.nba_game_id, d.game_date, n.payload_date,
        d.is_current,
        d.is_reversed,
        d.game_date = n.payload_date OR n.is_utc_date AND d.is_current,
        n.is_utc_date AND d.game_date <> n.payload_date,
        CASE
            WHEN d.game_date = n.payload_date AND d.is_current THEN 2
            WHEN d.game_date = n.payload_date THEN 3
            WHEN d.is_current AND d.game_date = n.path_date THEN 4
            ELSE 5
        END
    FROM named AS n
    JOIN oriented AS d
        ON n.away_team = d.away_team AND n.home_team = d.home_team
        AND d.game_date BETWEEN n.payload_date - 1 AND n.payload_date + 1
        AND (d.is_current OR d.game_date = n.payload_date)
    WHERE n.payload_id IS NULL
),
matched AS (
    SELECT c.*, g.game_date AS scheduled_date
    FROM candidate AS c
    JOIN model.game AS g USING (nba_game_id)
    QUALIFY row_number() OVER (
        PARTITION BY c.source, c.object, c.generation, c.entry
        ORDER BY c.preference, g.is_vanished, c.game_date, c.is_reversed, c.nba_game_id) = 1
)
SELECT
    n.source,
    n.object,
    n.generation,
    n.entry,
    coalesce(a.nba_game_id, m.nba_game_id) AS nba_game_id,
    CASE
        WHEN m.nba_game_id IS NULL OR a.nba_game_id <> m.nba_game_id THEN NULL
        WHEN NOT m.is_current THEN 'postponed_date'::id_match
        WHEN m.is_reversed THEN 'home_away_reversed'::id_match
        WHEN m.is_shifted OR NOT m.is_dated OR n.path_date <> n.payload_date OR n.start_date <> m.scheduled_date THEN 'date_shifted'::id_match
        ELSE 'exact'::id_match
    END AS id_match,
    n.game_state,
    CASE
        WHEN a.nba_game_id <> m.nba_game_id OR a.nba_game_id IS NOT NULL AND m.nba_game_id IS NULL AND n.payload_id IS NOT NULL
            THEN 'the payload is about game ' || coalesce(n.payload_id, m.nba_game_id) || ', the path about ' || a.nba_game_id
        WHEN a.nba_game_id IS NOT NULL AND m.nba_game_id IS NULL
            THEN 'the payload is about ' || coalesce(n.away_code, '?') || ' at ' || coalesce(n.home_code, '?') || ' on '
                || coalesce(n.payload_date::VARCHAR, 'no date') || ', the path about ' || a.nba_game_id
        WHEN NOT m.is_current AND m.scheduled_date = n.payload_date
            THEN 'it names ' || n.away_code || ' at ' || n.home_code || ', which the schedule no longer does'
        WHEN NOT m.is_current THEN 'taken for the old date ' || n.payload_date || '; the game was moved'
        -- A scoreboard that still shows the day before has the day's date and its games' own starts.
        WHEN n.start_date <> m.scheduled_date THEN 'the payload''s game starts on ' || n.start_date || ', the schedule''s on ' || m.scheduled_date
        WHEN NOT m.is_dated THEN 'the payload''s date ' || n.payload_date || ' is not the schedule''s'
    END AS fault,
    CASE
        WHEN coalesce(a.nba_game_id, m.nba_game_id) IS NOT NULL OR n.is_foreign OR x.object IS NOT NULL THEN NULL
        WHEN n.payload_id IS NOT NULL THEN 'no schedule holds game ' || n.payload_id
        ELSE 'no schedule holds ' || coalesce(n.away_code, '?') || ' at ' || coalesce(n.home_code, '?') || ' on '
            || coalesce(n.payload_date::VARCHAR, 'no date')
    END AS unmatched
FROM named AS n
LEFT JOIN matched AS m USING (source, object, generation, entry)
LEFT JOIN addressed AS a USING (object, generation)
LEFT JOIN guest AS x USING (source, object, generation, entry)
