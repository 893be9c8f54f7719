-- At least one season has a valid schedule snapshot: without one nothing can be expected (RULES.md, "Blocking checks", 9).
-- grain: one row if there is none
-- reads: reference.sources, reference.object_paths, model.game, model.schedule_snapshot
-- severity: block
-- finds: the bucket holds no valid schedule
-- over: reference.object_paths where feed IN (SELECT source FROM reference.sources WHERE is_schedule)
-- column: snapshots BIGINT -- readable schedule snapshots in the bucket
-- column: newest_fault VARCHAR -- what is wrong with the newest of them
-- column: looked_for VARCHAR -- prefixes that were listed
SELECT
    (SELECT count(*) FROM model.schedule_snapshot) AS snapshots,
    (SELECT arg_max(fault, snapshot_at) FROM model.schedule_snapshot) AS newest_fault,
    string_agg(p.prefix, ', ' ORDER BY p.prefix) AS looked_for
FROM reference.sources AS r
JOIN reference.object_paths AS p ON p.feed = r.source
WHERE r.is_schedule
HAVING NOT EXISTS (FROM model.game)
