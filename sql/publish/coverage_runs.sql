-- The heartbeat: every run that got as far as a plan.
-- grain: run
-- reads: state.runs
-- param: target VARCHAR -- the warehouse that this run publishes to
-- key: as_of, run_id
-- partition: run_date
-- column: run_date DATE -- UTC date of as-of
-- columns: run_id, run_key, as_of, sourcecov_version, engine_version, sql_h1, window_from, window_to, environment, objects_listed from state.runs
-- columns: objects_quarantined, cells_due, cells_present, gaps_open, gaps_accepted, checks_failed, exit_code, tables from state.runs
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
