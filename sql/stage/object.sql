-- Every landed object generation that exists at as-of: which feed it is of, when it was taken, and whether it can be read.
-- grain: object, generation
-- reads: listing, stage.content
-- param: as_of TIMESTAMPTZ -- later snapshots do not exist for this run
-- column: pull BIGINT -- the pull whose bytes count
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: crc32c BIGINT -- checksum of the stored bytes
-- column: size BIGINT -- stored bytes
-- column: feed VARCHAR -- source or scraper_failures; NULL if the path fits no layout
-- column: folder VARCHAR -- season of a schedule, source of a failure log
-- column: is_dated BOOLEAN -- the path has a folder for the date
-- column: path_date DATE -- that date; NULL if it is none
-- column: path_game VARCHAR -- game folder: a 10-digit id or YYYYMMDD-AWYHOM
-- column: snapshot_at TIMESTAMPTZ -- when the snapshot was taken (UTC); NULL if nothing says so
-- column: snapshot_from VARCHAR -- what says so: name, created or path_date
-- column: created_at TIMESTAMPTZ -- when the bucket got it (UTC); NULL where nobody kept that
-- column: is_listed BOOLEAN -- the newest listing names this very generation
-- column: is_gone BOOLEAN -- the newest listing does not name the object at all
-- column: items INTEGER -- entries in the list that this feed is about; NULL if unreadable
-- column: outcome outcome -- parsed if a stage may read it
-- column: reason VARCHAR -- why it is not parsed
-- column: note VARCHAR -- what is wrong with one that is parsed all the same
SELECT
    c.pull,
    c.object,
    c.generation,
    c.crc32c,
    c.size,
    c.feed,
    c.folder,
    c.is_dated,
    c.path_date,
    c.path_game,
    c.snapshot_at,
    c.snapshot_from,
    c.created_at,
    coalesce(i.generation = c.generation, false) AS is_listed,
    i.object IS NULL AS is_gone,
    c.items,
    c.outcome,
    c.reason,
    c.note
FROM stage.content AS c
LEFT JOIN listing AS i ON i.object = c.object
WHERE c.snapshot_at <= $as_of::TIMESTAMPTZ OR c.snapshot_at IS NULL
