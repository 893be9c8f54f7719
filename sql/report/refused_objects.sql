-- The objects of which nothing or not everything could be used, and why; those that are merely empty stand among the gaps.
-- grain: object, generation
-- reads: model.landed_object
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: outcome VARCHAR -- parsed, quarantined or ignored
-- column: reason VARCHAR -- why
-- column: is_replaced BOOLEAN -- it could not be read, and a good one of the same folder or name has come since
SELECT
    o.object,
    o.generation,
    o.outcome::VARCHAR AS outcome,
    o.reason,
    o.outcome = 'quarantined' AND coalesce(o.snapshot_at < g.snapshot_at, false) AS is_replaced
FROM model.landed_object AS o
LEFT JOIN (
    SELECT feed, parse_path(object)[:-2] AS folder, max(snapshot_at) AS snapshot_at
    FROM model.landed_object
    WHERE outcome = 'parsed' AND reason IS NULL
    GROUP BY feed, folder
) AS g ON g.feed = o.feed AND g.folder = parse_path(o.object)[:-2]
WHERE o.outcome <> 'parsed' OR o.rows_parsed > 0 AND o.reason IS NOT NULL
ORDER BY o.outcome DESC, o.object, o.generation
