-- The event log with what happened to each event, in the column names of the platform's own design.
-- grain: event
-- reads: publish.source_coverage_log, publish.coverage_actions
-- columns: nba_game_id, game_code_id, game_date, season, game_type, away_team, home_team, event_id, occurrence, batch_id, event_timestamp from publish.source_coverage_log
-- columns: event_type, severity, is_synthetic, phase, table_name, processor_name, chain, source, player_lookup, nba_player_id, team_abbr from publish.source_coverage_log
-- columns: description, primary_source, primary_source_status, fallback_sources_tried, resolution, resolution_source, resolution_details from publish.source_coverage_log
-- columns: quality_tier_before, quality_tier_after, quality_score_before, quality_score_after, downstream_impact, requires_alert from publish.source_coverage_log
-- columns: environment from publish.source_coverage_log
-- column: is_resolved BOOLEAN -- it has ended, or a person has decided
-- column: resolved_at TIMESTAMPTZ -- when (UTC)
-- column: resolution_method VARCHAR -- source_recovered, backfill, withdrawn, manual_entry, accepted_gap or wont_fix
-- column: resolved_by VARCHAR -- sourcecov, or the person
-- column: alert_sent BOOLEAN -- somebody was told
-- column: alert_sent_at TIMESTAMPTZ -- when first (UTC)
-- column: detected_at TIMESTAMPTZ -- as-of of the run that saw it first (UTC)
-- column: acknowledged_at TIMESTAMPTZ -- when last (UTC); NULL if that was taken back
-- column: acknowledged_by VARCHAR -- who
WITH latest AS (
    SELECT
        event_id,
        action,
        acted_at,
        method,
        acted_by,
        MIN(acted_at) OVER (PARTITION BY event_id, action) AS first_at,
        ROW_NUMBER() OVER (PARTITION BY event_id, action ORDER BY acted_at DESC) AS nth
    FROM publish.coverage_actions
    WHERE action_date >= DATE '2000-01-01' -- that is all of them: BigQuery wants a filter by partition, and a view has to bring its own
),
told AS (
    SELECT
        event_id,
        MAX(CASE WHEN action = 'resolved' THEN acted_at END) AS resolved_at,
        MAX(CASE WHEN action = 'resolved' THEN method END) AS resolution_method,
        MAX(CASE WHEN action = 'resolved' THEN acted_by END) AS resolved_by,
        MAX(CASE WHEN action = 'reopened' THEN acted_at END) AS reopened_at,
        MAX(CASE WHEN action = 'alerted' THEN first_at END) AS alert_sent_at,
        MAX(CASE WHEN action = 'detected' THEN first_at END) AS detected_at,
        MAX(CASE WHEN action = 'acknowledged' THEN acted_at END) AS acknowledged_at,
        MAX(CASE WHEN action = 'acknowledged' THEN acted_by END) AS acknowledged_by,
        MAX(CASE WHEN action = 'unacknowledged' THEN acted_at END) AS unacknowledged_at
    FROM latest
    WHERE nth = 1
    GROUP BY event_id
)
SELECT
    e.*,
    r.resolved_at IS NOT NULL AS is_resolved,
    r.resolved_at,
    r.resolution_method,
    r.resolved_by,
    a.alert_sent_at IS NOT NULL AS alert_sent,
    a.alert_sent_at,
    a.detected_at,
    k.acknowledged_at,
    k.acknowledged_by
FROM publish.source_coverage_log AS e
LEFT JOIN told AS a ON a.event_id = e.event_id
-- What a person took back counts no more.
LEFT JOIN told AS r ON r.event_id = e.event_id AND (r.reopened_at IS NULL OR r.reopened_at < r.resolved_at)
LEFT JOIN told AS k ON k.event_id = e.event_id AND (k.unacknowledged_at IS NULL OR k.unacknowledged_at < k.acknowledged_at)
