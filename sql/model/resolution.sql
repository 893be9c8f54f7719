-- How each chain was resolved for each competitive game: which source is used, what was tried, what the failure costs (RULES.md, "Resolving a chain").
-- grain: nba_game_id, chain
-- parts: season
-- reads: model.game, model.supply, reference.chains, reference.known_gaps
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- column: nba_game_id VARCHAR -- a competitive game
-- column: chain VARCHAR -- the chain
-- column: resolution resolution -- primary, fallback, reconstructed, partial, stale, none, pending or not_applicable
-- column: source_used VARCHAR -- the member that supplies; NULL if none does
-- column: kind_used source_kind -- real, virtual or manual
-- column: rows_from VARCHAR -- the source whose lines are used: of a virtual member its input's
-- column: primary_source VARCHAR -- the first real member that covers the game; NULL if none does
-- column: primary_status status -- what it had
-- column: is_fallback BOOLEAN -- another than the first real member that covers the game
-- column: tried STRUCT(source VARCHAR, status VARCHAR)[] -- members that cover the game, in order, up to the one used
-- column: on_all_fail on_all_fail -- what is done when nothing supplies
-- column: severity severity -- how bad that is
-- column: score DECIMAL(4,1) -- quality score of what is used, 0 to 100, 0 for nothing; NULL while pending or not applicable
-- column: impact DECIMAL(4,1) -- points that its failure takes from rows which use it
-- column: is_accepted BOOLEAN -- a person has accepted that it is so: the chain's failure, that of every real source, or of a primary that others stand in for
-- column: is_due BOOLEAN -- every real source that covers the game should have it by now
-- column: is_past_grace BOOLEAN -- the grace of every real source is over
-- column: due_at TIMESTAMPTZ -- when the last real source is due (UTC)
-- column: late_until TIMESTAMPTZ -- end of the longest grace (UTC)
-- column: supplied_at TIMESTAMPTZ -- time of the first whole snapshot of what is used (UTC)
-- column: snapshot_at TIMESTAMPTZ -- time of the snapshot used (UTC)
-- column: object VARCHAR -- its object
-- column: generation BIGINT -- its generation
-- column: object_crc32c BIGINT -- its checksum
-- column: is_gone BOOLEAN -- the bucket no longer lists the object
WITH clock AS (
    SELECT
        nba_game_id,
        chain,
        bool_and(is_due) AS is_due,
        bool_and(is_due) AND $as_of::TIMESTAMPTZ >= max(late_until) AS is_past_grace,
        max(due_at) AS due_at,
        max(late_until) AS late_until,
        min(place) AS primary_place,
        arg_min(source, place) AS primary_source,
        arg_min(status, place) AS primary_status,
        arg_min(is_accepted, place) AS primary_accepted,
        bool_and(is_accepted) AS all_accepted
    FROM model.supply
    WHERE kind = 'real'::source_kind
    GROUP BY nba_game_id, chain
),
ranked AS (
    SELECT
        s.*,
        row_number() OVER (
            PARTITION BY s.nba_game_id, s.chain
            -- The first whole one; else the first of those that have a part, and a virtual one has none.
            ORDER BY s.can_supply DESC, s.place) AS nth
    FROM model.supply AS s
    JOIN clock AS k ON k.nba_game_id = s.nba_game_id AND k.chain = s.chain
    WHERE (s.can_supply OR s.status IN ('partial', 'stale') AND s.kind <> 'virtual'::source_kind)
        -- Before the chain is due only its primary may supply.
        AND (k.is_due OR s.place = k.primary_place AND s.can_supply)
),
used AS (
    SELECT
        g.nba_game_id,
        h.chain,
        h.on_all_fail,
        h.severity,
        h.impact,
        k.* EXCLUDE (nba_game_id, chain),
        r.place,
        r.source AS source_used,
        r.kind AS kind_used,
        r.rows_from,
        r.score,
        r.supplied_at,
        r.snapshot_at,
        r.object,
        r.generation,
        r.object_crc32c,
        r.is_gone,
        CASE
            WHEN k.chain IS NULL THEN 'not_applicable'::resolution
            WHEN r.can_supply AND r.place = k.primary_place THEN 'primary'::resolution
            WHEN r.can_supply AND r.kind = 'virtual'::source_kind THEN 'reconstructed'::resolution
            WHEN r.can_supply THEN 'fallback'::resolution
            WHEN r.status = 'partial' THEN 'partial'::resolution
            WHEN r.status = 'stale' THEN 'stale'::resolution
            WHEN k.is_past_grace THEN 'none'::resolution
            ELSE 'pending'::resolution
        END AS resolution
    FROM model.game AS g
    CROSS JOIN reference.chains AS h
    LEFT JOIN clock AS k ON k.nba_game_id = g.nba_game_id AND k.chain = h.chain
    LEFT JOIN ranked AS r ON r.nba_game_id = g.nba_game_id AND r.chain = h.chain AND r.nth = 1
    WHERE g.is_competitive
),
tried AS (
    SELECT
        s.nba_game_id,
        s.chain,
        list({'source': s.source, 'status': s.status::VARCHAR} ORDER BY s.place) AS tried
    FROM model.supply AS s
    JOIN used AS u ON u.nba_game_id = s.nba_game_id AND u.chain = s.chain
    -- A part is used only after all others were asked for the whole.
    WHERE u.resolution NOT IN ('primary', 'fallback', 'reconstructed') OR s.place <= u.place
    GROUP BY s.nba_game_id, s.chain
),
accepted AS (
    SELECT DISTINCT u.nba_game_id, u.chain
    FROM used AS u
    LEFT JOIN reference.known_gaps AS k
        ON k.nba_game_id = u.nba_game_id
        AND k.scope IN ('*', u.chain)
        AND k.accepted_status IN ('*', u.primary_status::VARCHAR)
        AND k.since <= $as_of::TIMESTAMPTZ
    WHERE u.resolution NOT IN ('primary', 'pending', 'not_applicable') 
        AND (k.scope IS NOT NULL OR u.all_accepted OR u.resolution <> 'none' AND u.primary_accepted)
)
SELECT
    u.nba_game_id,
    u.chain,
    u.resolution,
    u.source_used,
    u.kind_used,
    u.rows_from,
    u.primary_source,
    u.primary_status,
    coalesce(u.source_used <> u.primary_source, false) AS is_fallback,
    CASE WHEN u.resolution = 'not_applicable' THEN [] ELSE coalesce(t.tried, []) END AS tried,
    u.on_all_fail,
    u.severity,
    CASE
        WHEN u.resolution IN ('pending', 'not_applicable') THEN NULL
        WHEN u.resolution = 'none' THEN 0
        ELSE u.score
    END::DECIMAL(4,1) AS score,
    CASE WHEN u.resolution = 'none' AND u.on_all_fail = 'continue_without' THEN u.impact ELSE 0 END::DECIMAL(4,1) AS impact,
    a.chain IS NOT NULL AS is_accepted,
    coalesce(u.is_due, false) AS is_due,
    coalesce(u.is_past_grace, false) AS is_past_grace,
    u.due_at,
    u.late_until,
    u.supplied_at,
    u.snapshot_at,
    u.object,
    u.generation,
    u.object_crc32c,
    coalesce(u.is_gone, false) AS is_gone
FROM used AS u
LEFT JOIN tried AS t ON t.nba_game_id = u.nba_game_id AND t.chain = u.chain
LEFT JOIN accepted AS a ON a.nba_game_id = u.nba_game_id AND a.chain = u.chain
