-- Every event that holds at as-of, computed from the grid alone but for its occurrence (RULES.md, "Events").
-- grain: event_id
-- reads: audited, model.chain_event, model.outage, model.schedule_anomaly, model.correction, model.validation, model.dispute, model.window_event, model.tolerance_event, model.audit_finding, model.table_read, model.game_identity, model.resolution, model.recorded_event, reference.event_types, reference.chains, reference.chain_sources, reference.chain_uses, event_id, tier_of, printable, storable_date
-- param: environment VARCHAR -- name given with --environment
-- column: nba_game_id VARCHAR -- 10-digit NBA game id; NULL for an event without a game
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- US Eastern date of tip-off; of an event without a game the date that it is about
-- column: season VARCHAR -- such as 2024-25; NULL without a game, as the next three
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: event_id VARCHAR -- UUID, version 5, over what the event is about and its occurrence
-- column: occurrence BIGINT -- 1 for the first time, 2 when it came back after it was resolved
-- column: batch_id VARCHAR -- the group in which it is told: event type and source or chain
-- column: event_timestamp TIMESTAMPTZ -- when it became true (UTC)
-- column: event_type VARCHAR -- kind of event
-- column: severity VARCHAR -- info, warning or critical
-- column: is_synthetic BOOLEAN -- found by the audit of the platform's tables
-- column: phase BIGINT -- 2 raw, 3 analytics, 4 rolling windows
-- column: table_name VARCHAR -- published table that it is about, or audited one with its dataset, * for all of these; NULL for raw data
-- column: processor_name VARCHAR -- the SQL file that found it
-- column: chain VARCHAR -- the chain; NULL for a window
-- column: source VARCHAR -- the source that it is about
-- column: player_lookup VARCHAR -- normalised name, where it is about a player
-- column: nba_player_id BIGINT -- NBA player id
-- column: team_abbr VARCHAR -- tricode, where it is about a team or a player
-- column: description VARCHAR -- what happened and why
-- column: primary_source VARCHAR -- the chain's primary for this game
-- column: primary_source_status VARCHAR -- what it had
-- column: fallback_sources_tried VARCHAR[] -- the other members that were asked, in order
-- column: resolution VARCHAR -- how the chain was resolved
-- column: resolution_source VARCHAR -- what supplies it
-- column: resolution_details VARCHAR -- what is done where nothing does: placeholder, skip, continue_without or fail
-- column: quality_tier_before VARCHAR -- what the primary would have given
-- column: quality_tier_after VARCHAR -- what there is
-- column: quality_score_before DECIMAL(4,1) -- as a score
-- column: quality_score_after DECIMAL(4,1) -- as a score
-- column: downstream_impact VARCHAR[] -- published tables that the chain feeds
-- column: requires_alert BOOLEAN -- somebody must be told: not info, not accepted and not inside an open outage
-- column: environment VARCHAR -- name given with --environment
-- column: is_open BOOLEAN -- it goes on; an outage that no longer reaches the newest cell is over, and a fact all the same
WITH fact AS (
    SELECT
        event_type, severity, nba_game_id, NULL::DATE AS game_date, chain, source, NULL::VARCHAR AS table_name, NULL::VARCHAR AS team_abbr,
        NULL::VARCHAR AS player_lookup, NULL::BIGINT AS nba_player_id, event_timestamp, description, true AS is_open,
        NULL::DECIMAL(4,1) AS score_after, 'model/chain_event.sql' AS processor_name, NULL::BIGINT AS nth
    FROM model.chain_event
    UNION ALL
    SELECT
        'source_outage', max(severity), NULL, first_date, any_value(chain), source, NULL, NULL,
        NULL, NULL, min(began_at),
        source || ' failed for ' || sum(cells)::BIGINT || ' games in a row, ' || first_date || ' to ' || max(last_date) || ': ' || any_value(statuses),
        bool_or(is_open), NULL, 'model/outage.sql', NULL
    FROM model.outage
    GROUP BY source, first_date
    UNION ALL
    SELECT
        'schedule_anomaly', severity, nba_game_id, game_date, chain, source, NULL, NULL,
        NULL, NULL, event_timestamp, description, true, NULL, 'model/schedule_anomaly.sql', NULL
    FROM model.schedule_anomaly
    UNION ALL
    SELECT
        'data_corrected', NULL, nba_game_id, NULL, chain, source, NULL, NULL,
        NULL, NULL, corrected_at, description, true, NULL, 'model/correction.sql', nth
    FROM model.correction
    UNION ALL
    SELECT
        'validation_failure', NULL, v.nba_game_id, NULL, h.chain, NULL, NULL, NULL,
        NULL, NULL, greatest(r.snapshot_at, v.outvoted_at), 'complete sides disagree: ' || v.note, true, NULL, 'model/validation.sql', NULL
    FROM model.validation AS v
    JOIN reference.chains AS h ON h.subject = 'team'
    JOIN model.resolution AS r ON r.nba_game_id = v.nba_game_id AND r.chain = h.chain
    WHERE v.is_disagreement
    UNION ALL
    SELECT
        'validation_failure', NULL, nba_game_id, NULL, chain, NULL, NULL, NULL,
        NULL, NULL, known_at, description, true, NULL, 'model/dispute.sql', NULL
    FROM model.dispute
    UNION ALL
    SELECT
        event_type, NULL, nba_game_id, NULL, NULL, NULL, table_name, team,
        player_lookup, nba_player_id, event_timestamp, description, true, quality_score, 'model/window_event.sql', NULL
    FROM model.window_event
    UNION ALL
    SELECT
        'quality_below_tolerance', NULL, NULL, game_date, NULL, NULL, 'player_window_quality', NULL,
        NULL, NULL, event_timestamp,
        low_windows || ' of ' || windows || ' windows before the games of ' || game_date || ' are bronze or worse for want of inputs; '
            || (share * 100)::INTEGER || ' % are tolerated',
        true, NULL, 'model/tolerance_event.sql', NULL
    FROM model.tolerance_event
    UNION ALL
    SELECT
        'silent_failure', severity, nba_game_id, NULL, chain, source, audited_table, NULL,
        NULL, NULL, due_at, audited_table || ': ' || reason, true, NULL, 'model/audit_finding.sql', NULL
    FROM model.audit_finding
    -- That a chain has nothing is an event of its own, and what says nothing bad is none.
    WHERE nba_game_id IS NOT NULL AND audit_status IN ('row_mismatch', 'completely_missing', 'logged_but_no_data', 'never_processed')
    UNION ALL
    -- What we had published and is gone, one for each date.
    SELECT
        'silent_failure', max(severity), NULL, game_date AS dated, NULL, NULL, audited_table, NULL,
        NULL, NULL, (dated + 1)::TIMESTAMPTZ,
        audited_table || ': ' || min(reason),
        true, NULL, 'model/audit_finding.sql', NULL
    FROM model.audit_finding
    WHERE audit_status = 'not_published'
    GROUP BY audited_table, dated
    UNION ALL
    -- Of ids that no schedule holds one for each date, and one for what has no date that can be stored.
    SELECT
        'silent_failure', max(severity), NULL, coalesce(storable_date(game_date), DATE '1970-01-01') AS dated, any_value(chain), any_value(source),
        audited_table, NULL, NULL, NULL, (dated + 1)::TIMESTAMPTZ,
        audited_table || ': ' || sum(rows_found)::BIGINT || ' rows of what no schedule ever held: '
            || array_to_string(list(coalesce(game, 'no id') ORDER BY game)[:10], ', ')
            || CASE WHEN count(*) > 10 THEN ' and ' || (count(*) - 10) || ' more' ELSE '' END,
        true, NULL, 'model/audit_finding.sql', NULL
    FROM model.audit_finding
    WHERE audit_status = 'unexpected'
    GROUP BY audited_table, dated
    UNION ALL
    -- An auditor who sees nothing is no comfort, and worse if he sees nothing at all.
    SELECT
        'silent_failure', CASE WHEN EXISTS (FROM model.table_read WHERE fault IS NULL) THEN severity ELSE 'critical'::severity END, NULL,
        DATE '1970-01-01', NULL, NULL, audited_table, NULL,
        NULL, NULL, TIMESTAMPTZ '1970-01-02 00:00:00+00', audited_table || ' could not be read: ' || reason, true, NULL, 'model/audit_finding.sql', NULL
    FROM model.audit_finding
    WHERE audit_status = 'unknown'
),
fed AS (
    SELECT chain, list(table_name ORDER BY table_name) AS tables FROM reference.chain_uses GROUP BY chain
),
-- Games inside an open outage are told in its message only: what a primary did while it was out, and that nothing
-- was left, which makes the outage critical. What a primary did while a fallback was out is told.
covered AS (
    SELECT chain, nba_game_id, list(source) AS sources
    FROM (SELECT chain, source, unnest(games) AS nba_game_id FROM model.outage WHERE is_open)
    GROUP BY chain, nba_game_id
),
ended AS (
    SELECT event_key, count(*) FILTER (is_over) AS times FROM model.recorded_event GROUP BY event_key
),
keyed AS (
    SELECT
        f.* EXCLUDE (severity, game_date),
        coalesce(f.severity, t.severity) AS severity,
        t.phase,
        coalesce(f.game_date, g.game_date) AS event_date,
        g.* EXCLUDE (nba_game_id, game_date),
        coalesce(e.times, 0) AS times,
        r.primary_source,
        r.primary_status,
        list_transform(list_filter(r.tried, lambda x: x.source <> r.primary_source), lambda x: x.source) AS others,
        r.resolution,
        r.source_used,
        r.on_all_fail,
        -- That the bucket has a game and a table does not is accepted by nobody, and hidden by no outage.
        f.table_name IS NULL OR f.table_name = '*' AS is_of_bucket,
        is_of_bucket AND r.is_accepted AS is_accepted,
        m.score AS score_before,
        r.score AS chain_score,
        u.tables,
        is_of_bucket AND coalesce(list_contains(c.sources, r.primary_source) OR f.event_type = 'source_missing' AND len(c.sources) > 0, false) AS is_covered
    FROM fact AS f
    JOIN reference.event_types AS t ON t.event_type = f.event_type
    LEFT JOIN model.game_identity AS g ON g.nba_game_id = f.nba_game_id
    LEFT JOIN model.resolution AS r ON r.nba_game_id = f.nba_game_id AND r.chain = f.chain
    LEFT JOIN reference.chain_sources AS m ON m.chain = r.chain AND m.source = r.primary_source
    LEFT JOIN fed AS u ON u.chain = f.chain
    LEFT JOIN covered AS c ON c.chain = f.chain AND c.nba_game_id = f.nba_game_id
    LEFT JOIN ended AS e
        ON e.event_key = event_id(f.event_type, f.nba_game_id, f.chain, f.source, f.table_name, f.team_abbr, f.player_lookup, f.game_date, 0)
),
numbered AS (
    SELECT
        *,
        -- What is over and still a fact is the occurrence that ended, not a new one. What has a number of its own keeps it.
        CASE WHEN nth IS NOT NULL THEN nth WHEN is_open THEN 1 + times ELSE greatest(1, times) END AS occurrence,
        coalesce(score_after, chain_score) AS score
    FROM keyed
)
SELECT
    nba_game_id,
    game_code_id,
    event_date AS game_date,
    season,
    game_type,
    away_team,
    home_team,
    event_id(event_type, nba_game_id, chain, source, table_name, team_abbr, player_lookup, event_date, occurrence) AS event_id,
    occurrence,
    event_type || coalesce(':' || coalesce(CASE WHEN event_type = 'silent_failure' THEN table_name END, source, chain), '') AS batch_id,
    event_timestamp,
    event_type,
    severity::VARCHAR AS severity,
    event_type = 'silent_failure' AS is_synthetic,
    phase::BIGINT AS phase,
    table_name,
    processor_name,
    chain,
    source,
    player_lookup,
    nba_player_id,
    team_abbr,
    printable(description) AS description,
    primary_source,
    primary_status::VARCHAR AS primary_source_status,
    coalesce(others, []) AS fallback_sources_tried,
    resolution::VARCHAR AS resolution,
    source_used AS resolution_source,
    CASE WHEN resolution = 'none' THEN on_all_fail::VARCHAR END AS resolution_details,
    CASE WHEN score_before IS NOT NULL THEN tier_of(score_before)::VARCHAR END AS quality_tier_before,
    CASE WHEN score IS NOT NULL THEN tier_of(score)::VARCHAR END AS quality_tier_after,
    score_before AS quality_score_before,
    score AS quality_score_after,
    coalesce(tables, []) AS downstream_impact,
    severity > 'info'::severity AND NOT coalesce(is_accepted, false) AND NOT is_covered AS requires_alert,
    $environment::VARCHAR AS environment,
    is_open
FROM numbered
UNION ALL BY NAME
-- What an audit found stands until another has read that table; that it could not be read is found anew by whoever looks.
SELECT r.* EXCLUDE (event_key, is_resolved, is_over), true AS is_open
FROM model.recorded_event AS r
WHERE r.event_type = 'silent_failure' AND NOT r.is_over AND (r.chain IS NOT NULL OR NOT EXISTS (FROM model.audit_finding))
    AND CASE
        WHEN contains(r.table_name, '.') OR r.table_name = '*'
            THEN EXISTS (FROM model.table_read AS t WHERE t.fault IS NOT NULL AND r.table_name IN ('*', t.dataset_name || '.' || t.table_name))
        -- Whoever looks compares all of our own tables with their receipts.
        ELSE NOT EXISTS (FROM audited)
    END
