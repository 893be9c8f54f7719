-- The heartbeat: every run that got as far as a plan (06-tables).
-- grain: run
-- reads: state.runs
-- param: target VARCHAR -- the warehouse that this run publishes to
-- key: as_of, run_id
-- partition: run_date
-- column: run_date DATE -- UTC date of as-of
-- column: run_id VARCHAR -- as-of and the first 8 hex digits of run_key
-- column: run_key VARCHAR -- SHA-256 of all that the run's result depends on
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
    as_of::DATE AS run_date,
    run_id,
    run_key,
    as_of,
    sourcecov_version,
    engine_version,
    sql_h1,
    window_from,
    window_to,
    environment,
    objects_listed,
    objects_quarantined,
    cells_due,
    cells_present,
    gaps_open,
    gaps_accepted,
    checks_failed,
    exit_code,
    tables
FROM state.runs
WHERE target = $target::VARCHAR
-- A blocked run may be repeated under its id; the last try counts.
QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY seq DESC) = 1
