-- State: every run that got as far as a plan (HOUSE.md, "State").
-- grain: seq
-- param: segments VARCHAR[] -- Parquet files that the state's HEAD names
-- column: seq BIGINT -- number of the append that brought it
-- column: run_id VARCHAR -- as-of and the first 8 hex digits of run_key
-- column: run_key VARCHAR -- SHA-256 of all that the run's result depends on
-- column: target VARCHAR -- warehouse that it published to
-- column: as_of TIMESTAMPTZ -- instant that it answered for (UTC)
-- column: sourcecov_version VARCHAR -- version of the binary
-- column: engine_version VARCHAR -- version of DuckDB
-- column: sql_h1 VARCHAR -- hash of all SQL files
-- column: window_from DATE -- first game date listed
-- column: window_to DATE -- last game date listed
-- column: environment VARCHAR -- name given with --environment
-- column: objects_listed BIGINT -- objects in the bucket's listing
-- column: objects_quarantined BIGINT -- object generations that could not be read
-- column: cells_due BIGINT -- cells of the grid that were due
-- column: cells_present BIGINT -- of those the present ones
-- column: gaps_open BIGINT -- gaps that nobody had accepted
-- column: gaps_accepted BIGINT -- gaps that a person had accepted
-- column: checks_failed BIGINT -- blocking checks that failed; then nothing else was published
-- column: exit_code BIGINT -- how it ended: 0, 1, 2, 3 or 4; 0 and 4 say that every partition of the night is in place
-- column: tables STRUCT(table_name VARCHAR, "rows" BIGINT, partitions BIGINT, loaded BIGINT, skipped BIGINT)[] -- rows and partitions of each table, loaded and skipped
SELECT
    seq::BIGINT AS seq,
    run_id::VARCHAR AS run_id,
    run_key::VARCHAR AS run_key,
    target::VARCHAR AS target,
    as_of::TIMESTAMPTZ AS as_of,
    sourcecov_version::VARCHAR AS sourcecov_version,
    engine_version::VARCHAR AS engine_version,
    sql_h1::VARCHAR AS sql_h1,
    window_from::DATE AS window_from,
    window_to::DATE AS window_to,
    environment::VARCHAR AS environment,
    objects_listed::BIGINT AS objects_listed,
    objects_quarantined::BIGINT AS objects_quarantined,
    cells_due::BIGINT AS cells_due,
    cells_present::BIGINT AS cells_present,
    gaps_open::BIGINT AS gaps_open,
    gaps_accepted::BIGINT AS gaps_accepted,
    checks_failed::BIGINT AS checks_failed,
    exit_code::BIGINT AS exit_code,
    tables::STRUCT(table_name VARCHAR, "rows" BIGINT, partitions BIGINT, loaded BIGINT, skipped BIGINT)[] AS tables
FROM read_parquet($segments::VARCHAR[])
