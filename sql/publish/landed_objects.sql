-- What became of every object of the bucket.
-- grain: object, generation
-- reads: model.landed_object, printable
-- key: object, generation
-- partition: snapshot_date
-- cluster: source
-- column: snapshot_date DATE -- UTC date of the snapshot; 1970-01-01 where nothing says when it was taken
-- columns: object, generation from model.landed_object
-- column: source VARCHAR -- name of the feed, or scraper_failures; NULL if the path fits no layout
-- columns: snapshot_at, size, crc32c from model.landed_object
-- column: outcome VARCHAR -- parsed, quarantined or ignored
-- columns: reason, rows_parsed, is_gone from model.landed_object
SELECT
    coalesce(snapshot_at::DATE, DATE '1970-01-01') AS snapshot_date,
    object,
    generation,
    feed AS source,
    snapshot_at,
    size,
    crc32c,
    outcome::VARCHAR AS outcome,
    printable(reason) AS reason,
    rows_parsed,
    is_gone
FROM model.landed_object
