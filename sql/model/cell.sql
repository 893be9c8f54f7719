-- The grid: what each source had for each game at as-of, and why (RULES.md, "Status").
-- grain: nba_game_id, source
-- reads: model.game, model.final_score, model.unneeded_game, model.snapshot, model.path_game, model.logged_failure, reference.sources, reference.known_gaps, reference.chain_sources, et_instant
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: source VARCHAR -- name of the feed
-- column: status status -- the first that matches
-- column: reason VARCHAR -- why it is not present, in a sentence; NULL if it is
-- column: logged_failure VARCHAR -- unavailable only: the kind of failure that the scraper logged, such as timeout or error
-- column: logged_at TIMESTAMPTZ -- unavailable only: when (UTC)
-- column: is_expected BOOLEAN -- the source should have the game some day
-- column: is_due BOOLEAN -- it should have it by now
-- column: is_accepted BOOLEAN -- a person has accepted that it is not there
-- column: due_at TIMESTAMPTZ -- when it is due (UTC), once the game is final; NULL of a source that never is
-- column: late_until TIMESTAMPTZ -- end of grace (UTC)
-- column: snapshot_at TIMESTAMPTZ -- time of the best snapshot (UTC)
-- column: object VARCHAR -- object of the best snapshot
-- column: generation BIGINT -- its generation
-- column: object_crc32c BIGINT -- CRC32C (Castagnoli) of its stored bytes
-- column: snapshots_seen BIGINT -- snapshots of the game at this source
-- column: snapshots_refused BIGINT -- those that are invalid, empty or corrupt
-- column: rows_found BIGINT -- rows of the game in the best snapshot
-- column: rows_expected INTEGER -- rows it should hold; NULL where no number is right
-- column: id_match id_match -- how the game was found in it
WITH best AS (
    SELECT
        *,
        count(*) OVER per_cell AS snapshots_seen,
        count(*) FILTER (status NOT IN ('present', 'partial', 'stale')) OVER per_cell AS snapshots_refused
    FROM model.snapshot
    WINDOW per_cell AS (PARTITION BY source, nba_game_id)
    QUALIFY row_number() OVER (
        PARTITION BY source, nba_game_id
        -- The newest whole game, else the newest part of one, else the newest of all; of one name the listed generation.
        ORDER BY status <> 'present', status NOT IN ('partial', 'stale'), snapshot_at DESC, is_listed DESC, object DESC, generation DESC
    ) = 1
),
expected AS (
    SELECT
        g.nba_game_id,
        g.season,
        g.game_date,
        r.source,
        r.due_from = 'never' AS is_manual,
        f.nba_game_id IS NOT NULL OR r.due_from = 'listing' AS is_over,
        CASE
            WHEN g.game_type IS NULL THEN 'the game type ' || substr(g.nba_game_id, 3, 1) || ' is not known'
            WHEN NOT g.is_competitive THEN 'exhibition: ' || g.game_type::VARCHAR
            WHEN u.reason IS NOT NULL THEN u.reason
            WHEN g.is_vanished THEN 'vanished: the latest valid schedule of ' || g.season || ' lacks it'
            WHEN g.away_team IS NULL OR g.home_team IS NULL THEN 'its teams are not known yet'
            WHEN NOT list_contains(r.game_types, g.game_type) THEN 'the source does not cover ' || g.game_type::VARCHAR || ' games'
            WHEN g.game_date < r.covers_from THEN 'the source covers games from ' || r.covers_from
            WHEN g.game_date > r.covers_to THEN 'the source covered games to ' || r.covers_to
        END AS unexpected,
        CASE r.due_from
            WHEN 'tipoff' THEN g.tipoff_at + to_minutes(r.due_minutes::BIGINT)
            WHEN 'next_day' THEN et_instant(g.game_date, 1440 + r.due_minutes)
            WHEN 'listing' THEN g.first_listed_at
        END AS due_at,
        due_at + to_hours(r.grace_hours::BIGINT) AS late_until,
        r.rows_expected
    FROM model.game AS g
    CROSS JOIN reference.sources AS r
    LEFT JOIN model.final_score AS f USING (nba_game_id)
    LEFT JOIN model.unneeded_game AS u USING (nba_game_id)
),
logged AS (
    SELECT l.source, l.attempted_at, l.object, l.game_date, l.failure, l.error, l.nba_game_id IS NULL AS is_of_date,
        coalesce(p.nba_game_id, l.nba_game_id) AS nba_game_id
    FROM model.logged_failure AS l
    -- A scraper that knows no NBA id logs the game's code in one of its forms.
    LEFT JOIN model.path_game AS p
        ON p.path_game = regexp_replace(l.nba_game_id, '^(\d{8})[-_/]([A-Z]{3})_?([A-Z]{3})$', '\1-\2\3')
),
-- The newest failure that a scraper logged after the cell was due; a log may name the game or its whole date.
failure AS (
    SELECT x.nba_game_id, x.source, arg_max(coalesce(l.failure, 'failed') || coalesce(': ' || l.error, ''), (l.attempted_at, l.object)) AS said,
        arg_max(coalesce(l.failure, 'failed'), (l.attempted_at, l.object)) AS kind, max(l.attempted_at) AS logged_at
    FROM expected AS x
    JOIN logged AS l
        ON l.source = x.source
        AND (l.nba_game_id = x.nba_game_id OR l.is_of_date AND l.game_date = x.game_date)
        AND l.attempted_at >= x.due_at
    GROUP BY x.nba_game_id, x.source
),
judged AS (
    SELECT
        x.*,
        b.snapshot_at,
        b.object,
        b.generation,
        b.crc32c,
        coalesce(b.snapshots_seen, 0) AS snapshots_seen,
        coalesce(b.snapshots_refused, 0) AS snapshots_refused,
        coalesce(b.rows_found, 0) AS rows_found,
        b.id_match,
        x.unexpected IS NULL AND x.is_over AND coalesce($as_of::TIMESTAMPTZ >= x.due_at, false) AS is_due,
        CASE
            WHEN x.unexpected IS NOT NULL THEN 'not_expected'::status
            WHEN b.status = 'present' THEN 'present'::status
            WHEN NOT x.is_over OR $as_of::TIMESTAMPTZ < x.due_at THEN 'pending'::status
            WHEN b.status IS NOT NULL THEN b.status
            WHEN l.said IS NOT NULL THEN 'unavailable'::status
            WHEN $as_of::TIMESTAMPTZ < x.late_until THEN 'late'::status
            ELSE 'missing'::status
        END AS status,
        b.status AS best_status,
        b.reason AS best_reason,
        l.said,
        l.kind AS logged_failure,
        l.logged_at
    FROM expected AS x
    LEFT JOIN best AS b USING (nba_game_id, source)
    LEFT JOIN failure AS l USING (nba_game_id, source)
    -- What a person may enter is expected of nobody: there is a cell only where an object is.
    WHERE NOT x.is_manual OR b.object IS NOT NULL
),
accepted AS (
    SELECT DISTINCT j.nba_game_id, j.source
    FROM judged AS j
    JOIN reference.known_gaps AS k
        ON k.nba_game_id = j.nba_game_id
        AND (
            k.scope IN ('*', j.source)
            OR k.scope IN (SELECT m.chain FROM reference.chain_sources AS m WHERE m.source = j.source))
        AND k.accepted_status IN ('*', j.status::VARCHAR)
        AND k.since <= $as_of::TIMESTAMPTZ
    WHERE j.is_due AND j.status <> 'present'
)
SELECT
    j.nba_game_id,
    j.source,
    j.status,
    CASE j.status
        WHEN 'not_expected' THEN j.unexpected
        WHEN 'present' THEN NULL
        WHEN 'pending' THEN
            CASE
                WHEN NOT j.is_over THEN 'the game is not final, in the schedule or at ESPN'
                ELSE 'due ' || strftime(j.due_at, '%Y-%m-%d %H:%MZ')
            END || coalesce('; best of ' || j.snapshots_seen || ' in the bucket is ' || j.best_status::VARCHAR || ': ' || j.best_reason, '')
        WHEN 'unavailable' THEN 'no object; the scraper logged ' || j.said
        WHEN 'late' THEN 'no object yet; grace ends ' || strftime(j.late_until, '%Y-%m-%d %H:%MZ')
        WHEN 'missing' THEN 'no object by ' || strftime(j.late_until, '%Y-%m-%d %H:%MZ')
        ELSE j.best_reason
    END AS reason,
    CASE WHEN j.status = 'unavailable' THEN j.logged_failure END AS logged_failure,
    CASE WHEN j.status = 'unavailable' THEN j.logged_at END AS logged_at,
    j.unexpected IS NULL AND NOT j.is_manual AS is_expected,
    j.is_due,
    a.source IS NOT NULL AS is_accepted,
    j.due_at,
    j.late_until,
    j.snapshot_at,
    j.object,
    j.generation,
    j.crc32c AS object_crc32c,
    j.snapshots_seen,
    j.snapshots_refused,
    j.rows_found,
    j.rows_expected,
    j.id_match
FROM judged AS j
LEFT JOIN accepted AS a USING (nba_game_id, source)
