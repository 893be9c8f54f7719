-- What became of every landed object (RULES.md, "Snapshots"; RULES.md, "Why", 2).
-- grain: object, generation
-- reads: stage.object, stage.box_lines, stage.nbac_schedule, stage.scraper_failures, model.schedule_snapshot, model.entry
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation; of a directory the content's CRC32C
-- column: feed VARCHAR -- source or scraper_failures; NULL if the path fits no layout
-- column: snapshot_at TIMESTAMPTZ -- when it was taken (UTC)
-- column: size BIGINT -- stored bytes
-- column: crc32c BIGINT -- CRC32C (Castagnoli) of the stored bytes
-- column: outcome outcome -- parsed, quarantined or ignored
-- column: reason VARCHAR -- why it gave no row, or what is wrong with it all the same
-- column: rows_parsed BIGINT -- typed rows it gave
-- column: is_gone BOOLEAN -- the bucket no longer lists it; it still supplies
WITH counted AS (
    SELECT object, generation, count(*) FILTER (team_code IS NOT NULL) AS rows_parsed FROM stage.box_lines GROUP BY ALL
    UNION ALL
    SELECT object, generation, count(*) FROM stage.nbac_schedule GROUP BY ALL
    UNION ALL
    SELECT object, generation, count(*) FROM stage.scraper_failures GROUP BY ALL
),
unmatched AS (
    SELECT
        object,
        generation,
        count(*) || ' of its games matched none: ' || arg_min(unmatched, (contains(unmatched, '?'), unmatched)) AS said
    FROM model.entry
    WHERE unmatched IS NOT NULL
    GROUP BY object, generation
)
SELECT
    o.object,
    o.generation,
    o.feed,
    o.snapshot_at,
    o.size,
    o.crc32c,
    o.outcome,
    nullif(concat_ws('; ',
        CASE
            WHEN o.reason IS NOT NULL THEN o.reason
            WHEN s.fault IS NOT NULL THEN 'not a valid schedule: ' || s.fault
            WHEN u.said IS NOT NULL THEN u.said
            WHEN coalesce(c.rows_parsed, 0) = 0 AND o.items = 0 THEN 'well-formed, its list is empty'
            WHEN coalesce(c.rows_parsed, 0) = 0 THEN 'well-formed, its ' || o.items || ' items hold no rows'
        END,
        o.note), '') AS reason,
    coalesce(c.rows_parsed, 0) AS rows_parsed,
    o.is_gone
FROM stage.object AS o
LEFT JOIN counted AS c USING (object, generation)
LEFT JOIN unmatched AS u USING (object, generation)
LEFT JOIN model.schedule_snapshot AS s USING (object, generation)
