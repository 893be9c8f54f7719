-- The event log with what happened to each event, in the column names of the platform's own design (06-tables).
-- grain: event
-- reads: publish.source_coverage_log, publish.coverage_actions
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
-- column: is_synthetic BOOLEAN -- found by the audit
-- column: phase BIGINT -- 2 raw, 3 analytics, 4 rolling windows
-- column: table_name VARCHAR -- published table that it is about; NULL for raw data
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
-- column: is_resolved BOOLEAN -- it has ended, or a person has decided
-- column: resolved_at TIMESTAMPTZ -- when (UTC)
-- column: resolution_method VARCHAR -- source_recovered, backfill, withdrawn, manual_entry, accepted_gap or wont_fix
-- column: resolved_by VARCHAR -- sourcecov, or the person
-- column: alert_sent BOOLEAN -- somebody was told
-- column: alert_sent_at TIMESTAMPTZ -- when first (UTC)
-- column: detected_at TIMESTAMPTZ -- as-of of the run that saw it first (UTC)
-- column: acknowledged_at TIMESTAMPTZ -- when last (UTC)
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
        MAX(CASE WHEN action = 'alerted' THEN first_at END) AS alert_sent_at,
        MAX(CASE WHEN action = 'detected' THEN first_at END) AS detected_at,
        MAX(CASE WHEN action = 'acknowledged' THEN acted_at END) AS acknowledged_at,
        MAX(CASE WHEN action = 'acknowledged' THEN acted_by END) AS acknowledged_by
    FROM latest
    WHERE nth = 1
    GROUP BY event_id
)
SELECT
    e.*,
    a.resolved_at IS NOT NULL AS is_resolved,
    a.resolved_at,
    a.resolution_method,
    a.resolved_by,
    a.alert_sent_at IS NOT NULL AS alert_sent,
    a.alert_sent_at,
    a.detected_at,
    a.acknowledged_at,
    a.acknowledged_by
FROM publish.source_coverage_log AS e
LEFT JOIN told AS a ON a.event_id = e.event_id
