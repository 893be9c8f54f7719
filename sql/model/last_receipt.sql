-- What each partition of this warehouse holds, by the last receipt for it.
-- grain: table_name, partition
-- reads: state.receipts
-- param: target VARCHAR -- the warehouse that this run publishes to
-- column: table_name VARCHAR -- published table
-- column: partition VARCHAR -- YYYYMMDD, or all
-- column: load_id VARCHAR -- the load that brought it
-- column: rows BIGINT -- rows in it
-- column: content_hash VARCHAR -- SHA-256 over its canonical rows; NULL if the warehouse counts others than were sent
-- column: file_sha256 VARCHAR -- SHA-256 of the Parquet file of the load
-- column: run_id VARCHAR -- run that loaded it
-- column: games VARCHAR[] -- NBA ids of its games, sorted
SELECT table_name, "partition", load_id, "rows", CASE WHEN outcome = 'loaded' THEN content_hash END AS content_hash, file_sha256, run_id, games
FROM state.receipts
WHERE target = $target::VARCHAR AND outcome IN ('loaded', 'miscounted')
QUALIFY row_number() OVER (PARTITION BY table_name, "partition" ORDER BY seq DESC) = 1
