-- State: every event as it was first recorded (HOUSE.md, "State").
-- grain: as_of, event_id
-- param: segments VARCHAR[] -- Parquet files that the state's HEAD names
-- column: as_of TIMESTAMPTZ -- instant of the run that recorded it (UTC)
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
    as_of::TIMESTAMPTZ AS as_of,
    nba_game_id::VARCHAR AS nba_game_id,
    game_code_id::VARCHAR AS game_code_id,
    game_date::DATE AS game_date,
    season::VARCHAR AS season,
    game_type::VARCHAR AS game_type,
    away_team::VARCHAR AS away_team,
    home_team::VARCHAR AS home_team,
    event_id::VARCHAR AS event_id,
    occurrence::BIGINT AS occurrence,
    batch_id::VARCHAR AS batch_id,
    event_timestamp::TIMESTAMPTZ AS event_timestamp,
    event_type::VARCHAR AS event_type,
    severity::VARCHAR AS severity,
    is_synthetic::BOOLEAN AS is_synthetic,
    phase::BIGINT AS phase,
    table_name::VARCHAR AS table_name,
    processor_name::VARCHAR AS processor_name,
    chain::VARCHAR AS chain,
    source::VARCHAR AS source,
    player_lookup::VARCHAR AS player_lookup,
    nba_player_id::BIGINT AS nba_player_id,
    team_abbr::VARCHAR AS team_abbr,
    description::VARCHAR AS description,
    primary_source::VARCHAR AS primary_source,
    primary_source_status::VARCHAR AS primary_source_status,
    fallback_sources_tried::VARCHAR[] AS fallback_sources_tried,
    resolution::VARCHAR AS resolution,
    resolution_source::VARCHAR AS resolution_source,
    resolution_details::VARCHAR AS resolution_details,
    quality_tier_before::VARCHAR AS quality_tier_before,
    quality_tier_after::VARCHAR AS quality_tier_after,
    quality_score_before::DECIMAL(4,1) AS quality_score_before,
    quality_score_after::DECIMAL(4,1) AS quality_score_after,
    downstream_impact::VARCHAR[] AS downstream_impact,
    requires_alert::BOOLEAN AS requires_alert,
    environment::VARCHAR AS environment
FROM read_parquet($segments::VARCHAR[])
