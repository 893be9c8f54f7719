-- The one event of each chain and game that did not go as it should: the first fact that applies, once the chain is past grace (RULES.md, "Events" and "Event kinds").
-- grain: nba_game_id, chain
-- parts: season
-- reads: model.resolution, model.supply, reference.event_types
-- column: nba_game_id VARCHAR -- a competitive game
-- column: chain VARCHAR -- the chain
-- column: event_type VARCHAR -- the kind of event
-- column: severity severity -- info where a person has accepted it
-- column: source VARCHAR -- the source that the event is about: the primary, or for a virtual member that member
-- column: event_timestamp TIMESTAMPTZ -- when it became true (UTC)
-- column: description VARCHAR -- what happened and why
WITH failed AS (
    SELECT
        nba_game_id,
        chain,
        count(*) FILTER (kind = 'real'::source_kind) AS real_sources,
        any_value(source) FILTER (kind = 'virtual'::source_kind) AS virtual_source,
        any_value(place) FILTER (kind = 'virtual'::source_kind) AS virtual_place,
        any_value(reason) FILTER (kind = 'virtual'::source_kind AND NOT can_supply) AS virtual_refused,
        string_agg(source || ' ' || status::VARCHAR || coalesce(' (' || reason || ')', ''), '; ' ORDER BY place) AS all_said
    FROM model.supply
    GROUP BY nba_game_id, chain
),
fact AS (
    SELECT
        r.*,
        f.* EXCLUDE (nba_game_id, chain),
        p.reason AS primary_reason,
        p.logged_failure AS primary_failure,
        p.snapshot_at AS primary_snapshot_at,
        p.late_until AS primary_late_until,
        u.place AS used_place,
        l.source AS lacking_source,
        l.reason AS lacking_reason,
        l.snapshot_at AS lacking_snapshot_at
    FROM model.resolution AS r
    JOIN failed AS f ON f.nba_game_id = r.nba_game_id AND f.chain = r.chain
    JOIN model.supply AS p ON p.nba_game_id = r.nba_game_id AND p.chain = r.chain AND p.source = r.primary_source
    LEFT JOIN model.supply AS u ON u.nba_game_id = r.nba_game_id AND u.chain = r.chain AND u.source = r.source_used
    -- The first that would have supplied, did it not lack a field.
    LEFT JOIN model.supply AS l
        ON l.nba_game_id = r.nba_game_id AND l.chain = r.chain AND l.lacking > 0 AND l.place < u.place AND l.source <> r.primary_source
    -- A late primary is neither a failure nor a fallback.
    WHERE r.is_past_grace AND r.resolution NOT IN ('primary', 'pending', 'not_applicable')
    QUALIFY row_number() OVER (PARTITION BY r.nba_game_id, r.chain ORDER BY l.place) = 1
),
applies AS (
    SELECT nba_game_id, chain, 'source_missing' AS event_type, primary_source AS source, late_until AS event_timestamp,
        'nothing supplies ' || chain || ': ' || all_said AS description
    FROM fact WHERE resolution = 'none'
    UNION ALL
    SELECT nba_game_id, chain, 'source_degraded', source_used, snapshot_at,
        chain || ' is supplied by ' || source_used || ', which is ' || resolution::VARCHAR || ': ' || all_said
    FROM fact WHERE resolution IN ('partial', 'stale')
    UNION ALL
    -- What is there and bad is known from its snapshot on; what never came, once its grace is over.
    SELECT nba_game_id, chain,
        CASE WHEN primary_failure = 'timeout' THEN 'source_timeout' ELSE 'source_error' END,
        primary_source, coalesce(primary_snapshot_at, primary_late_until),
        primary_source || ' is ' || primary_status::VARCHAR || coalesce(': ' || primary_reason, '')
            || coalesce('; ' || lacking_source || ' is partial: ' || lacking_reason, '')
            || '; ' || chain || ' is supplied by ' || source_used
    FROM fact WHERE primary_status IN ('unavailable', 'corrupt', 'invalid', 'partial', 'empty') AND source_used <> primary_source
    UNION ALL
    -- A member that was there and lacks what every row must have is an error of its own, whatever its primary is.
    SELECT nba_game_id, chain, 'source_error', lacking_source, lacking_snapshot_at,
        lacking_source || ' is partial: ' || lacking_reason || '; ' || primary_source || ' is ' || primary_status::VARCHAR
            || coalesce(': ' || primary_reason, '') || '; ' || chain || ' is supplied by ' || source_used
    FROM fact
    WHERE resolution NOT IN ('none', 'partial', 'stale') AND lacking_source IS NOT NULL
        AND primary_status NOT IN ('unavailable', 'corrupt', 'invalid', 'partial', 'empty')
    UNION ALL
    SELECT nba_game_id, chain, 'fallback_failed', primary_source, greatest(due_at, supplied_at),
        'every real source of ' || chain || ' failed, ' || source_used || ' stands in: ' || all_said
    FROM fact WHERE kind_used = 'virtual' AND real_sources > 1
    UNION ALL
    SELECT nba_game_id, chain, 'reconstruction_failed', virtual_source, greatest(due_at, supplied_at),
        virtual_source || ' was refused: ' || virtual_refused || '; ' || chain || ' is supplied by ' || source_used
    FROM fact WHERE virtual_refused IS NOT NULL AND used_place > virtual_place
    UNION ALL
    SELECT nba_game_id, chain, 'reconstruction', source_used, greatest(due_at, supplied_at),
        chain || ' is computed from ' || rows_from || ': ' || primary_source || ' is ' || primary_status::VARCHAR || coalesce(', ' || primary_reason, '')
    FROM fact WHERE kind_used = 'virtual'
    UNION ALL
    SELECT nba_game_id, chain, 'fallback_used', source_used, greatest(due_at, supplied_at),
        chain || ' is supplied by ' || source_used || ': ' || primary_source || ' is ' || primary_status::VARCHAR || coalesce(', ' || primary_reason, '')
    FROM fact WHERE resolution = 'fallback'
)
SELECT
    a.nba_game_id,
    a.chain,
    a.event_type,
    CASE WHEN r.is_accepted THEN 'info'::severity ELSE coalesce(t.severity, r.severity) END AS severity,
    a.source,
    a.event_timestamp,
    a.description
FROM applies AS a
JOIN model.resolution AS r ON r.nba_game_id = a.nba_game_id AND r.chain = a.chain
JOIN reference.event_types AS t ON t.event_type = a.event_type
QUALIFY row_number() OVER (PARTITION BY a.nba_game_id, a.chain ORDER BY t.rank, a.event_type) = 1
