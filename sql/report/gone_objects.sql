-- The objects that the bucket no longer lists and that still supply, the latest snapshots first.
-- grain: object
-- reads: stage.object
-- column: object VARCHAR -- object name
-- column: snapshot_at TIMESTAMPTZ -- when its newest snapshot was taken (UTC); NULL if nothing says so
SELECT object, max(snapshot_at) AS snapshot_at
FROM stage.object
WHERE is_gone
GROUP BY object
ORDER BY snapshot_at DESC NULLS LAST, object
