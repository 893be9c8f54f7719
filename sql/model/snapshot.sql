-- Every snapshot of a game at a source, judged: what this object alone would make of the cell (RULES.md, "Status" and "Validity").
-- grain: source, nba_game_id, object, generation
-- reads: model.entry, model.side, model.game, model.game_date, model.path_game, model.listed_game, model.team_name, stage.object, stage.box_lines, reference.sources
-- column: source VARCHAR -- name of the feed
-- column: nba_game_id VARCHAR -- the game
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: crc32c BIGINT -- checksum of its stored bytes
-- column: snapshot_at TIMESTAMPTZ -- when it was taken (UTC)
-- column: is_listed BOOLEAN -- the newest listing names this very generation
-- column: status status -- present, partial, invalid, empty or corrupt
-- column: reason VARCHAR -- why it is not present
-- column: rows_found BIGINT -- its rows of the game
-- column: id_match id_match -- how the game was found; NULL where the payload says nothing of it
-- column: lacking BIGINT -- sides whose only fault is that they lack required fields
WITH spoken AS (
    SELECT
        e.source,
        e.object,
        e.generation,
        e.nba_game_id,
        min(e.id_match) AS id_match,
        -- The game may stand twice in one object; once without fault is enough.
        CASE WHEN bool_and(e.fault IS NOT NULL) THEN min(e.fault) END AS fault
    FROM model.entry AS e
    WHERE e.nba_game_id IS NOT NULL
    GROUP BY e.source, e.object, e.generation, e.nba_game_id
),
sided AS (
    SELECT
        source,
        object,
        generation,
        nba_game_id,
        sum(lines)::BIGINT AS rows_found,
        sum(playing) AS playing,
        count(*) FILTER (fault IS NULL) AS whole,
        count(*) FILTER (lacks IS NOT NULL) AS lacking,
        string_agg(fault, '; ' ORDER BY team) AS faults
    FROM model.side
    GROUP BY source, object, generation, nba_game_id
),
-- Lines of teams that do not play the game, or that nobody knows.
stranger AS (
    SELECT e.source, e.object, e.generation, e.nba_game_id, string_agg(DISTINCT b.team_code, ', ' ORDER BY b.team_code) AS teams
    FROM model.entry AS e
    JOIN stage.box_lines AS b USING (source, object, generation, entry)
    JOIN model.game AS g ON g.nba_game_id = e.nba_game_id
    LEFT JOIN model.team_name AS t ON t.name = upper(trim(b.team_code))
    WHERE b.team_code IS NOT NULL
        AND coalesce(b.player_status = 'played'::player_status, true)
        AND t.tricode IS DISTINCT FROM g.away_team
        AND t.tricode IS DISTINCT FROM g.home_team
    GROUP BY e.source, e.object, e.generation, e.nba_game_id
),
judged AS (
    SELECT
        s.source,
        s.nba_game_id,
        s.object,
        s.generation,
        CASE
            WHEN s.fault IS NOT NULL THEN 'invalid'::status
            WHEN d.playing = 0 AND x.teams IS NULL THEN 'empty'::status
            WHEN d.whole = 2 THEN 'present'::status
            -- What is there can be true; it only is not enough.
            WHEN d.whole = 1 OR d.whole + d.lacking = 2 THEN 'partial'::status
            ELSE 'invalid'::status
        END AS status,
        CASE
            WHEN s.fault IS NOT NULL THEN s.fault
            WHEN d.playing = 0 AND x.teams IS NOT NULL THEN 'its rows are of ' || x.teams || ', not of the teams that play'
            WHEN d.playing = 0 AND d.rows_found > 0 THEN 'nobody is listed as having played, in ' || d.rows_found || ' rows'
            WHEN d.playing = 0 THEN 'the game is listed without rows'
            ELSE d.faults
        END AS reason,
        d.rows_found,
        s.id_match,
        d.lacking
    FROM spoken AS s
    JOIN sided AS d USING (source, object, generation, nba_game_id)
    LEFT JOIN stranger AS x USING (source, object, generation, nba_game_id)
),
-- Which games an object had to hold: that of its game folder; for an object of a date, all games of the one
-- date that it speaks of: its folder's if it holds a game of it, else that of most of its games, else its folder's
-- again. So a file in a wrong folder speaks of its own date, a stray game does not make it speak of another, and
-- a game on a date that is not its own says nothing of the others of its date.
spoken_date AS (
    SELECT s.object, s.generation, d.game_date
    FROM spoken AS s
    JOIN model.game_date AS d ON d.nba_game_id = s.nba_game_id AND d.is_current
    JOIN stage.object AS o USING (object, generation)
    WHERE s.fault IS NULL
    GROUP BY s.object, s.generation, d.game_date, o.path_date
    QUALIFY row_number() OVER (
        PARTITION BY s.object, s.generation ORDER BY (d.game_date = o.path_date) DESC, count(*) DESC, d.game_date) = 1
),
addressed AS (
    SELECT o.object, o.generation, o.feed AS source, p.nba_game_id
    FROM stage.object AS o
    JOIN model.path_game AS p USING (path_game)
    -- In a folder called TODAY it is nobody's snapshot.
    WHERE o.path_date IS NOT NULL OR NOT o.is_dated
    UNION
    SELECT o.object, o.generation, o.feed, d.nba_game_id
    FROM stage.object AS o
    JOIN reference.sources AS r ON r.source = o.feed AND r.addresses = 'date'
    LEFT JOIN spoken_date AS s USING (object, generation)
    JOIN model.game_date AS d ON d.game_date = coalesce(s.game_date, o.path_date) AND d.is_current
),
silent AS (
    SELECT
        a.source,
        a.nba_game_id,
        a.object,
        a.generation,
        CASE WHEN o.outcome = 'parsed'::outcome THEN 'empty'::status ELSE 'corrupt'::status END AS status,
        coalesce(o.reason, CASE WHEN o.items = 0 THEN 'well-formed, but its list is empty' ELSE 'well-formed, no rows for the game' END) AS reason,
        0 AS rows_found,
        NULL::id_match AS id_match,
        0 AS lacking
    FROM addressed AS a
    JOIN stage.object AS o USING (object, generation)
    ANTI JOIN spoken AS s ON s.object = a.object AND s.generation = a.generation AND s.nba_game_id = a.nba_game_id
    WHERE o.outcome <> 'ignored'::outcome
),
-- A valid schedule snapshot is whole for each game that it lists; what is wrong with others stands in landed_objects.
-- Of those that say the same of a game only the first is listed: a daily scrape must not rewrite a season.
listed AS (
    SELECT
        r.source,
        l.nba_game_id,
        l.object,
        l.generation,
        'present'::status AS status,
        NULL AS reason,
        1 AS rows_found,
        'exact'::id_match AS id_match,
        0 AS lacking
    FROM model.listed_game AS l
    JOIN reference.sources AS r ON r.is_schedule
    QUALIFY row(game_date, tipoff_at, game_status, away_team, home_team, away_score, home_score) IS DISTINCT FROM
        lag(row(game_date, tipoff_at, game_status, away_team, home_team, away_score, home_score))
            OVER (PARTITION BY nba_game_id, season ORDER BY nth)
)
SELECT
    j.source,
    j.nba_game_id,
    j.object,
    j.generation,
    o.crc32c,
    o.snapshot_at,
    o.is_listed,
    j.status,
    j.reason,
    j.rows_found::BIGINT AS rows_found,
    j.id_match,
    j.lacking::BIGINT AS lacking
FROM (FROM judged UNION ALL FROM silent UNION ALL FROM listed) AS j
JOIN stage.object AS o USING (object, generation)
