-- Every landed object generation: which feed its path says and when it was taken (FEEDS.md, "Names"; RULES.md, "Snapshots").
-- grain: object, generation
-- reads: landing, reference.object_paths, et_instant, storable_date, threshold
-- column: pull BIGINT -- the pull whose bytes count
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: crc32c BIGINT -- checksum of the stored bytes
-- column: size BIGINT -- stored bytes
-- column: encoding VARCHAR -- identity, gzip, gzip_broken, unread or large
-- column: error VARCHAR -- why it is unread or broken, than what it is larger
-- column: feed VARCHAR -- source or scraper_failures; NULL if the path fits no layout
-- column: items_path VARCHAR -- JSON path of the list that the feed is about
-- column: text_paths VARCHAR[] -- JSON paths of the texts that it must hold besides
-- column: folder VARCHAR -- season of a schedule, source of a failure log
-- column: date_text VARCHAR -- date folder as written
-- column: path_date DATE -- date folder; NULL if it is no date
-- column: path_game VARCHAR -- game folder: a 10-digit id or YYYYMMDD-AWYHOM
-- column: snapshot_at TIMESTAMPTZ -- when the snapshot was taken (UTC); NULL if nothing says so
-- column: snapshot_from VARCHAR -- what says so: name, created or path_date
-- column: created_at TIMESTAMPTZ -- when the bucket got it (UTC); NULL where nobody kept that
WITH newest AS (
    -- An object that could not be read, or was too large, is fetched again by later pulls; the newest try that brought a body counts.
    SELECT pull, object, generation, crc32c, size, created_at, encoding, error
    FROM landing
    QUALIFY row_number() OVER (PARTITION BY object, generation ORDER BY encoding IN ('unread', 'large'), pull DESC) = 1
),
-- A pattern's four groups, told by one look: the engine compiles a pattern anew for every name. None of them holds a slash,
-- and a name that does not fit stays as it is.
fitting AS (
    SELECT object, generation, feed, items_path, text_paths, string_split(said, '/') AS said
    FROM (
        SELECT n.object, n.generation, p.feed, p.items_path, p.text_paths, regexp_replace(n.object, p.pattern, '\1/\2/\3/\4') AS said
        FROM newest AS n
        JOIN reference.object_paths AS p ON starts_with(n.object, p.prefix)
    )
    WHERE said <> object
),
named AS (
    SELECT
        * EXCLUDE (said),
        nullif(said[1], '') AS folder,
        nullif(said[2], '') AS date_text,
        nullif(said[3], '') AS path_game,
        coalesce(nullif(said[4], ''), regexp_extract(object, '(\d{8}_\d{6})[^/]*$', 1)) AS stamp
    FROM newest
    LEFT JOIN fitting USING (object, generation)
),
dated AS (
    SELECT
        *,
        coalesce(try_strptime(date_text, '%Y-%m-%d'), try_strptime(date_text, '%Y%m%d'))::DATE AS path_date,
        coalesce(
            -- A suffix such as _backfill may follow the stamp.
            timezone('UTC', try_strptime(regexp_extract(stamp, '^\d{8}_\d{6}'), '%Y%m%d_%H%M%S')),
            TRY_CAST(regexp_extract(stamp, '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)') AS TIMESTAMPTZ)
        ) AS named_at
    FROM named
),
-- A time for which there is no partition is a slip of a pen or a clock, and no time.
timed AS (
    SELECT * REPLACE (
        CASE WHEN storable_date(timezone('UTC', named_at)::DATE) IS NOT NULL THEN named_at END AS named_at,
        CASE WHEN storable_date(timezone('UTC', created_at)::DATE) IS NOT NULL THEN created_at END AS created_at),
        storable_date(path_date) AS storable_path_date
    FROM dated
)
SELECT
    pull,
    object,
    generation,
    crc32c,
    size,
    encoding,
    error,
    feed,
    items_path,
    text_paths,
    folder,
    date_text,
    path_date,
    path_game,
    -- In a directory nobody kept the creation time: noon ET of the next day is when a night's files are there.
    coalesce(named_at, created_at, et_instant(storable_path_date, threshold('directory_snapshot')::INTEGER)) AS snapshot_at,
    CASE
        WHEN named_at IS NOT NULL THEN 'name'
        WHEN created_at IS NOT NULL THEN 'created'
        WHEN storable_path_date IS NOT NULL THEN 'path_date'
    END AS snapshot_from,
    created_at
FROM timed
