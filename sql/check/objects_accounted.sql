-- Every listed object is parsed, quarantined or ignored, with a reason if it gave no row (RULES.md, "Blocking checks", 1).
-- grain: object
-- reads: listing, stage.landed, publish.landed_objects
-- param: as_of TIMESTAMPTZ -- later snapshots do not exist for this run
-- severity: block
-- finds: an object is neither parsed, quarantined nor ignored, or gave no row and no reason
-- over: listing
-- column: object VARCHAR -- object name
-- column: fault VARCHAR -- what is wrong with its account
SELECT i.object, 'listed but not landed' AS fault
FROM listing AS i
ANTI JOIN stage.landed AS l USING (object, generation)
UNION ALL
SELECT l.object, 'landed but not accounted for'
FROM stage.landed AS l
ANTI JOIN publish.landed_objects AS p USING (object, generation)
WHERE l.snapshot_at <= $as_of::TIMESTAMPTZ OR l.snapshot_at IS NULL
UNION ALL
SELECT object, outcome || ' without rows and without a reason'
FROM publish.landed_objects
WHERE rows_parsed = 0 AND reason IS NULL
ORDER BY object
