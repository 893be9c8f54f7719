-- State: what came of each intended load, proof of those that are in place (HOUSE.md, "State").
-- grain: seq, load_id, partition
-- param: segments VARCHAR[] -- Parquet files that the state's HEAD names
-- column: seq BIGINT -- number of the append that brought it
-- column: load_id VARCHAR -- the load; NULL in receipts of before loads had ids
-- column: outcome VARCHAR -- loaded, miscounted (other rows than were sent), failed or never_ran
-- column: target VARCHAR -- warehouse
-- column: table_name VARCHAR -- published table
-- column: partition VARCHAR -- YYYYMMDD, or all
-- column: rows BIGINT -- rows that the warehouse counted; of a load that did not come to be those intended
-- column: content_hash VARCHAR -- SHA-256 over the canonical rows
-- column: file_sha256 VARCHAR -- SHA-256 of the Parquet file
-- column: games VARCHAR[] -- NBA ids of its games, sorted; empty for a table without games
-- column: run_id VARCHAR -- run that loaded it
-- column: as_of TIMESTAMPTZ -- instant that it answered for (UTC)
SELECT
    seq::BIGINT AS seq,
    load_id::VARCHAR AS load_id,
    coalesce(outcome::VARCHAR, 'loaded') AS outcome,
    target::VARCHAR AS target,
    table_name::VARCHAR AS table_name,
    "partition"::VARCHAR AS "partition",
    "rows"::BIGINT AS "rows",
    content_hash::VARCHAR AS content_hash,
    file_sha256::VARCHAR AS file_sha256,
    games::VARCHAR[] AS games,
    run_id::VARCHAR AS run_id,
    as_of::TIMESTAMPTZ AS as_of
FROM read_parquet($segments::VARCHAR[], union_by_name = true)
