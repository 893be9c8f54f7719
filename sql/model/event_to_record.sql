-- The events that this run sees for the first time, as they go into the state (HOUSE.md, "State").
-- grain: event_id
-- reads: model.event, model.recorded_event
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- column: as_of TIMESTAMPTZ -- instant of the run that records it (UTC)
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
    $as_of::TIMESTAMPTZ AS as_of,
    e.* EXCLUDE (is_open)
FROM model.event AS e
ANTI JOIN model.recorded_event AS r ON r.event_id = e.event_id
ORDER BY e.event_id
