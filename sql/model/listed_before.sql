-- How many objects the bucket listed when this state was last published from, by a run of this as-of or before; no row before the first (RULES.md, "Blocking checks", 10).
-- grain: one row
-- reads: state.runs
-- param: as_of TIMESTAMPTZ -- only runs that answer for no later instant count
-- column: objects_listed BIGINT -- objects in the bucket's listing
SELECT objects_listed
FROM state.runs
-- One that was blocked may have seen the emptied bucket.
WHERE as_of <= $as_of::TIMESTAMPTZ AND exit_code IN (0, 4)
QUALIFY row_number() OVER (ORDER BY seq DESC) = 1
