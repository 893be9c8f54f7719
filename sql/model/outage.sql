-- Every run of cells of a source, in due order, that are neither present nor partial, or partial because both sides lack a field, long enough to be an outage (RULES.md, "Event kinds": source_outage).
-- grain: source, first_date
-- reads: model.cell, model.snapshot, model.game, model.resolution, reference.chain_sources, threshold
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- column: source VARCHAR -- name of the feed
-- column: chain VARCHAR -- its chain
-- column: first_date DATE -- Eastern date of the first game; of two runs that begin on one date both are told together
-- column: last_date DATE -- that of the last
-- column: dates BIGINT -- different dates in it
-- column: cells BIGINT -- games in it
-- column: games VARCHAR[] -- their ids, in due order
-- column: statuses VARCHAR -- what their cells are, most frequent first
-- column: began_at TIMESTAMPTZ -- when the grace of the cell that made it an outage was over (UTC)
-- column: is_open BOOLEAN -- it reaches the newest cell of the source
-- column: severity severity -- critical if a game in it has no supply or it spans two dates at a primary, else warning
WITH lack AS (
    SELECT DISTINCT source, nba_game_id, object, generation FROM model.snapshot WHERE status = 'partial' AND lacking = 2
),
judged AS (
    SELECT
        c.source,
        m.chain,
        m.place = 1 AS is_primary,
        c.nba_game_id,
        g.game_date,
        c.status,
        c.late_until,
        -- A column that was renamed is one outage, though something of each game is there.
        c.status NOT IN ('present', 'partial') OR c.status = 'partial' AND s.source IS NOT NULL AS is_failed,
        coalesce(r.resolution = 'none', false) AS has_no_supply,
        row_number() OVER (PARTITION BY c.source ORDER BY c.due_at, c.nba_game_id) AS nth
    FROM model.cell AS c
    JOIN model.game AS g ON g.nba_game_id = c.nba_game_id
    JOIN reference.chain_sources AS m ON m.source = c.source
    LEFT JOIN model.resolution AS r ON r.nba_game_id = c.nba_game_id AND r.chain = m.chain
    LEFT JOIN lack AS s
        ON s.source = c.source AND s.nba_game_id = c.nba_game_id AND s.object = c.object AND s.generation = c.generation
    -- What is accepted neither counts nor breaks a run.
    WHERE c.is_due AND $as_of::TIMESTAMPTZ >= c.late_until AND NOT c.is_accepted
),
run AS (
    SELECT
        *,
        nth - row_number() OVER (PARTITION BY source, is_failed ORDER BY nth) AS run,
        max(nth) OVER (PARTITION BY source) AS newest
    FROM judged
),
long_enough AS (
    SELECT
        source,
        chain,
        run,
        min(game_date) AS first_date
    FROM run
    WHERE is_failed
    GROUP BY source, chain, run
    HAVING count(*) >= threshold('outage_cells')
),
counted AS (
    SELECT
        l.source,
        l.chain,
        l.first_date,
        string_agg(s.said, ', ' ORDER BY s.cells DESC, s.said) AS statuses
    FROM long_enough AS l
    JOIN (
        SELECT source, run, count(*) AS cells, count(*) || ' ' || status::VARCHAR AS said
        FROM run
        WHERE is_failed
        GROUP BY source, run, status
    ) AS s ON s.source = l.source AND s.run = l.run
    GROUP BY l.source, l.chain, l.first_date
)
SELECT
    l.source,
    l.chain,
    l.first_date,
    max(r.game_date) AS last_date,
    count(DISTINCT r.game_date) AS dates,
    count(*) AS cells,
    list(r.nba_game_id ORDER BY r.nth) AS games,
    any_value(c.statuses) AS statuses,
    (list(r.late_until ORDER BY r.nth))[threshold('outage_cells')::INTEGER] AS began_at,
    bool_or(r.nth = r.newest) AS is_open,
    CASE
        WHEN bool_or(r.has_no_supply) OR bool_or(r.is_primary) AND count(DISTINCT r.game_date) > 1 THEN 'critical'::severity
        ELSE 'warning'::severity
    END AS severity
FROM long_enough AS l
JOIN run AS r ON r.source = l.source AND r.run = l.run AND r.is_failed
JOIN counted AS c ON c.source = l.source AND c.first_date = l.first_date
GROUP BY l.source, l.chain, l.first_date
