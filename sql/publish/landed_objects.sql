-- What became of every object of the bucket (06-tables).
-- grain: object, generation
-- reads: model.landed_object
-- key: object, generation
-- partition: snapshot_date
-- cluster: source
-- column: snapshot_date DATE -- UTC date of the snapshot; 1970-01-01 where nothing says when it was taken
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation; of a directory the content's CRC32C
-- column: source VARCHAR -- name of the feed, or scraper_failures; NULL if the path fits no layout
-- column: snapshot_at TIMESTAMPTZ -- when it was taken (UTC)
-- column: size BIGINT -- stored bytes
-- column: crc32c BIGINT -- CRC32C (Castagnoli) of the stored bytes
-- column: outcome VARCHAR -- parsed, quarantined or ignored
-- column: reason VARCHAR -- why it gave no row, or what is wrong with it all the same
-- column: rows_parsed BIGINT -- typed rows it gave
-- column: is_gone BOOLEAN -- the bucket no longer lists it; it still supplies
SELECT
    coalesce(snapshot_at::DATE, DATE '1970-01-01') AS snapshot_date,
    object,
    generation,
    feed AS source,
    snapshot_at,
    size,
    crc32c,
    outcome::VARCHAR AS outcome,
    reason,
    rows_parsed,
    is_gone
FROM model.landed_object
