-- The runs that the state knows, of whatever disk, that recorded last first; the last try counts of one that was repeated.
-- grain: run
-- reads: state.runs
-- column: run_id VARCHAR -- as-of and the first 8 hex digits of run_key
-- column: as_of TIMESTAMPTZ -- instant that it answered for (UTC)
-- column: window_from VARCHAR -- first game date listed
-- column: window_to VARCHAR -- last game date listed
-- column: objects_listed BIGINT -- objects in the bucket's listing
-- column: gaps_open BIGINT -- gaps that nobody had accepted
-- column: exit_code BIGINT -- how it ended
-- column: loaded BIGINT -- partitions that it loaded
SELECT
    run_id,
    as_of,
    window_from::VARCHAR AS window_from,
    window_to::VARCHAR AS window_to,
    objects_listed,
    gaps_open,
    exit_code,
    coalesce(list_sum(list_transform(tables, lambda t: t.loaded)), 0)::BIGINT AS loaded
FROM state.runs
QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY seq DESC) = 1
ORDER BY seq DESC
