-- No object that was published once has left the landing: on another disk, or without a segment, a night knows less than the night before (RULES.md, "Blocking checks", 12).
-- grain: partition
-- reads: model.last_receipt, publish.landed_objects
-- param: accept_loss BOOLEAN -- a person says that they are really gone
-- param: rules_changed_since TIMESTAMPTZ -- as-of of the newest earlier run, if it ran other SQL files; else NULL
-- severity: block
-- finds: the landing no longer holds an object that was published once: are these the --state and --workdir of the nights before? If nobody has the object any more, add --accept-loss
-- over: publish.landed_objects
-- column: partition VARCHAR -- YYYYMMDD of the snapshots
-- column: published BIGINT -- objects in the last receipt
-- column: held BIGINT -- objects held now
WITH held AS (
    SELECT strftime(snapshot_date, '%Y%m%d') AS "partition", count(*) AS objects FROM publish.landed_objects GROUP BY ALL
),
compared AS (
    SELECT r."partition", r."rows" AS published, coalesce(h.objects, 0) AS held
    FROM model.last_receipt AS r
    LEFT JOIN held AS h ON h."partition" = r."partition"
    WHERE r.table_name = 'landed_objects'
)
SELECT "partition", published, held
FROM compared
-- Other rules may give an object another time, and so another partition, which loses none of them.
WHERE NOT $accept_loss::BOOLEAN AND published > held
    AND ($rules_changed_since::TIMESTAMPTZ IS NULL OR (SELECT sum(published) FROM compared) > (SELECT count(*) FROM publish.landed_objects))
ORDER BY "partition"
