-- The objects that are stamped after as-of and so do not exist for the run, ten of them, the latest first; none where it looks back, for then they are what it leaves out.
-- grain: object, generation
-- reads: stage.landed
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- param: target VARCHAR -- the warehouse that this run publishes to; empty where it looks back
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: snapshot_at TIMESTAMPTZ -- when it says that it was taken (UTC)
-- column: snapshot_from VARCHAR -- what says so: name, created or path_date
-- column: later BIGINT -- how many there are
SELECT object, generation, snapshot_at, snapshot_from, count(*) OVER () AS later
FROM stage.landed
WHERE feed IS NOT NULL AND snapshot_at > $as_of::TIMESTAMPTZ AND $target::VARCHAR <> ''
ORDER BY snapshot_at DESC, object, generation
LIMIT 10
