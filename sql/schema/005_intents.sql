-- State: what runs were about to load, recorded before the warehouse was asked (HOUSE.md, "State").
-- grain: seq, load_id, partition
-- param: segments VARCHAR[] -- Parquet files that the state's HEAD names
-- column: seq BIGINT -- number of the append that brought it
-- column: load_id VARCHAR -- the load: its target, content and past in one name
-- column: target VARCHAR -- warehouse
-- column: table_name VARCHAR -- published table
-- column: job_partition VARCHAR -- what the load replaces: YYYYMMDD, or all for a whole table
-- column: partition VARCHAR -- YYYYMMDD, or all
-- column: rows BIGINT -- rows that the partition will hold
-- column: content_hash VARCHAR -- SHA-256 over its canonical rows
-- column: file_sha256 VARCHAR -- SHA-256 of the Parquet file of the load
-- column: games VARCHAR[] -- NBA ids of its games, sorted; empty for a table without games
-- column: parent_load VARCHAR -- the load whose rows it replaces; empty if there is none
-- column: mark VARCHAR -- of the process that was about to load: no other has the same
-- column: recorded_at TIMESTAMPTZ -- when, by the clock (UTC): quotas go by it
-- column: run_id VARCHAR -- run that intended it
-- column: as_of TIMESTAMPTZ -- instant that it answered for (UTC)
SELECT
    seq::BIGINT AS seq,
    load_id::VARCHAR AS load_id,
    target::VARCHAR AS target,
    table_name::VARCHAR AS table_name,
    job_partition::VARCHAR AS job_partition,
    "partition"::VARCHAR AS "partition",
    "rows"::BIGINT AS "rows",
    content_hash::VARCHAR AS content_hash,
    file_sha256::VARCHAR AS file_sha256,
    games::VARCHAR[] AS games,
    parent_load::VARCHAR AS parent_load,
    mark::VARCHAR AS mark,
    recorded_at::TIMESTAMPTZ AS recorded_at,
    run_id::VARCHAR AS run_id,
    as_of::TIMESTAMPTZ AS as_of
FROM read_parquet($segments::VARCHAR[])
