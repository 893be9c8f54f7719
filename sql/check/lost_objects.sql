-- Objects that were published once and that the landing no longer holds: the bucket had dropped them, and then a segment was lost.
-- grain: partition
-- reads: model.last_receipt, publish.landed_objects
-- severity: warn
-- finds: the landing no longer holds an object that was published once
-- over: publish.landed_objects
-- column: partition VARCHAR -- YYYYMMDD of the snapshots
-- column: published BIGINT -- objects in the last receipt
-- column: held BIGINT -- objects held now
WITH held AS (
    SELECT strftime(snapshot_date, '%Y%m%d') AS "partition", count(*) AS objects FROM publish.landed_objects GROUP BY ALL
)
SELECT r."partition", r."rows" AS published, coalesce(h.objects, 0) AS held
FROM model.last_receipt AS r
LEFT JOIN held AS h ON h."partition" = r."partition"
WHERE r.table_name = 'landed_objects' AND r."rows" > coalesce(h.objects, 0)
ORDER BY r."partition"
