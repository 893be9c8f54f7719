-- What every landed object generation is and holds, whenever it was taken: which feed it is of, and whether it can be read.
-- grain: object, generation
-- parts: pull
-- reads: landing, stage.landed, reference.other_shapes, json_text, where_broken, threshold
-- param: max_object BIGINT -- bytes of the largest object, stored or decompressed, that is read
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
-- column: items INTEGER -- entries in the list that this feed is about; NULL if unreadable
-- column: outcome outcome -- parsed if a stage may read it
-- column: reason VARCHAR -- why it is not parsed
-- column: note VARCHAR -- what is wrong with one that is parsed all the same
WITH known AS (
    -- What reading a body takes, and no more, in as few columns as may be: of two sides of a join the engine keeps the one in
    -- memory that looks smaller by rows and columns, and that must not be the bodies.
    SELECT
        t.pull,
        t.object,
        t.generation,
        t.items_path,
        to_json(nullif(t.text_paths, []))::VARCHAR AS text_paths,
        s.lists_path,
        s.items_path AS list_path,
        threshold('most_nested')::INTEGER AS most_nested,
        threshold('most_items') AS most_items
    FROM stage.landed AS t
    LEFT JOIN reference.other_shapes AS s ON s.feed = t.feed
),
limited AS (
    SELECT
        k.*,
        -- The limit of this run alone decides, be a body landed under another or none.
        l.encoding = 'large' OR greatest(l.size, coalesce(octet_length(l.body), 0)) > $max_object::BIGINT AS is_large,
        CASE WHEN NOT is_large THEN l.body END AS bytes_read
    FROM known AS k
    JOIN landing AS l USING (pull, object, generation)
),
opened AS (
    SELECT *, octet_length(bytes_read) AS bytes, json_text(bytes_read) AS body FROM limited
),
nested AS (
    SELECT *, coalesce(contains(body, repeat('[', most_nested)), false) AS is_deep FROM opened
),
shaped AS (
    SELECT
        *,
        -- Each question about a body takes up to thirty times its memory, so few are asked: the list of one that is none is
        -- NULL, of what is no list it is 0.
        CASE WHEN NOT is_deep THEN TRY(json_array_length(body, items_path)) END AS list_items,
        CASE WHEN is_deep THEN false WHEN list_items IS NOT NULL THEN true ELSE coalesce(json_valid(body), false) END AS is_valid,
        CASE WHEN list_items > 0 THEN true WHEN list_items = 0 THEN coalesce(TRY(json_type(body, items_path)) = 'ARRAY', false) ELSE false END AS has_list,
        CASE WHEN has_list OR lists_path IS NULL OR NOT is_valid THEN false ELSE coalesce(TRY(json_type(body, lists_path)) = 'ARRAY', false) END AS has_other_shape,
        -- Each of its tables has rows, be it none.
        CASE WHEN has_other_shape
            THEN list_transform(from_json(json_extract(body, lists_path), '["JSON"]'), lambda x: CASE WHEN json_type(x, list_path) = 'ARRAY' THEN json_array_length(x, list_path) END)
        END AS other_items,
        CASE WHEN text_paths IS NOT NULL AND is_valid THEN array_to_string(list_filter(from_json(text_paths, '["VARCHAR"]'),
            lambda p: coalesce(json_type(body, p) <> 'VARCHAR' OR regexp_full_match(body ->> p, '\s*'), true)), ', ')
        END AS lacking
    FROM nested
),
told AS (
    SELECT
        pull,
        object,
        generation,
        is_large,
        CASE WHEN has_other_shape THEN coalesce(list_sum(other_items), 0) ELSE list_items END::INTEGER AS items,
        CASE
            WHEN bytes = 0 THEN 'the object is empty: 0 bytes'
            WHEN is_deep THEN 'its lists are nested too deeply to be read: ' || most_nested || ' and more begin one in the other'
            WHEN NOT is_valid THEN where_broken(bytes_read)
            WHEN NOT regexp_matches(body, '^\s*\{') THEN 'the top level is ' || json_type(body) || ', not OBJECT'
            WHEN NOT has_other_shape AND NOT has_list OR len(list_filter(other_items, lambda x: x IS NULL)) > 0 THEN 'no list at ' || items_path
            WHEN list_items > most_items THEN 'its list has ' || list_items || ' items, more than a scrape can have'
            WHEN lacking <> '' THEN 'no text at ' || lacking
        END AS reason,
        CASE WHEN is_valid AND contains(body, '\ufffd') THEN body <> ltrim(decode(bytes_read), chr(65279)) ELSE false END AS is_mended
    FROM shaped
),
judged AS (
    SELECT
        t.*,
        b.items,
        b.is_mended,
        CASE
            WHEN feed IS NULL THEN 'the path fits no layout of any feed' || CASE WHEN encoding = 'unread' THEN '; could not be read: ' || coalesce(error, 'no reason given') ELSE '' END
            WHEN encoding = 'large' AND size <= $max_object::BIGINT THEN 'larger than --max-object: ' || coalesce(error, 'nobody said how much')
            WHEN b.is_large THEN 'larger than --max-object: more than ' || $max_object::BIGINT || ' bytes'
            WHEN encoding = 'unread' THEN 'could not be read: ' || coalesce(error, 'no reason given')
            WHEN encoding = 'gzip_broken' THEN 'broken gzip: ' || coalesce(error, 'no reason given')
            WHEN date_text IN ('TODAY', 'YESTERDAY') THEN 'the date folder is the word ' || date_text
            WHEN date_text IS NOT NULL AND path_date IS NULL THEN 'the date folder is no date: ' || date_text
            WHEN snapshot_at IS NULL THEN 'nothing says when it was taken: no time in the name, none in the bucket, no date in the path'
            ELSE b.reason
        END AS reason
    FROM stage.landed AS t
    JOIN told AS b USING (pull, object, generation)
)
SELECT
    j.pull,
    j.object,
    j.generation,
    j.crc32c,
    j.size,
    j.feed,
    j.folder,
    j.date_text IS NOT NULL AS is_dated,
    j.path_date,
    j.path_game,
    j.snapshot_at,
    j.snapshot_from,
    j.created_at,
    CASE WHEN j.reason IS NULL THEN j.items END AS items,
    CASE
        WHEN j.feed IS NULL THEN 'ignored'::outcome
        WHEN j.reason IS NULL THEN 'parsed'::outcome
        ELSE 'quarantined'::outcome
    END AS outcome,
    j.reason,
    CASE WHEN j.reason IS NULL AND j.is_mended THEN 'a letter in it is half of a surrogate pair and is replaced' END AS note
FROM judged AS j
