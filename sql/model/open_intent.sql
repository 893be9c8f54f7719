-- Loads that a run intended and of which no receipt says what came: the run was killed, or lost touch.
-- grain: load_id, partition
-- reads: state.intents, state.receipts
-- param: target VARCHAR -- the warehouse that this run publishes to
-- column: load_id VARCHAR -- the load
-- column: table_name VARCHAR -- published table
-- column: job_partition VARCHAR -- what the load replaces: YYYYMMDD, or all for a whole table
-- column: partition VARCHAR -- YYYYMMDD, or all
-- column: rows BIGINT -- rows that the partition was to hold
-- column: content_hash VARCHAR -- SHA-256 over its canonical rows
-- column: file_sha256 VARCHAR -- SHA-256 of the Parquet file of the load
-- column: games VARCHAR[] -- NBA ids of its games, sorted
-- column: mark VARCHAR -- of the process that was about to load
-- column: run_id VARCHAR -- run that intended it
-- column: as_of TIMESTAMPTZ -- instant that it answered for (UTC)
SELECT i.load_id, i.table_name, i.job_partition, i."partition", i."rows", i.content_hash, i.file_sha256, i.games, i.mark, i.run_id, i.as_of
FROM state.intents AS i
WHERE
    i.target = $target::VARCHAR
    -- The same load may be intended again after it never ran: only what came later answers it.
    AND NOT EXISTS (
        FROM state.receipts AS r
        WHERE r.target = i.target AND r.load_id = i.load_id AND r."partition" = i."partition" AND r.seq > i.seq
    )
QUALIFY row_number() OVER (PARTITION BY i.load_id, i."partition" ORDER BY i.seq DESC) = 1
