-- Every event: those that hold at as-of, and those that were recorded and hold no longer (06-tables).
-- grain: event
-- reads: model.event, model.recorded_event
-- key: event_id
-- partition: game_date
-- cluster: severity, event_type
-- empty: nothing went wrong
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
SELECT
    nba_game_id,
    game_code_id,
    game_date,
    season,
    game_type,
    away_team,
    home_team,
    event_id,
    occurrence,
    batch_id,
    event_timestamp,
    event_type,
    severity,
    is_synthetic,
    phase,
    table_name,
    processor_name,
    chain,
    source,
    player_lookup,
    nba_player_id,
    team_abbr,
    description,
    primary_source,
    primary_source_status,
    fallback_sources_tried,
    resolution,
    resolution_source,
    resolution_details,
    quality_tier_before,
    quality_tier_after,
    quality_score_before,
    quality_score_after,
    downstream_impact,
    requires_alert,
    environment
FROM model.event
UNION ALL
-- Recorded facts that healed; which they are is state, and their rows alone are lost with it.
SELECT
    r.nba_game_id,
    r.game_code_id,
    r.game_date,
    r.season,
    r.game_type,
    r.away_team,
    r.home_team,
    r.event_id,
    r.occurrence,
    r.batch_id,
    r.event_timestamp,
    r.event_type,
    r.severity,
    r.is_synthetic,
    r.phase,
    r.table_name,
    r.processor_name,
    r.chain,
    r.source,
    r.player_lookup,
    r.nba_player_id,
    r.team_abbr,
    r.description,
    r.primary_source,
    r.primary_source_status,
    r.fallback_sources_tried,
    r.resolution,
    r.resolution_source,
    r.resolution_details,
    r.quality_tier_before,
    r.quality_tier_after,
    r.quality_score_before,
    r.quality_score_after,
    r.downstream_impact,
    r.requires_alert,
    r.environment
FROM model.recorded_event AS r
ANTI JOIN model.event AS e ON e.event_id = r.event_id
