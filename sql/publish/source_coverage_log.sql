-- Every event: those that hold at as-of, and those that were recorded and hold no longer.
-- grain: event
-- reads: model.event, model.recorded_event
-- key: event_id
-- partition: game_date
-- cluster: severity, event_type
-- empty: nothing went wrong
-- columns: nba_game_id, game_code_id, game_date, season, game_type, away_team, home_team, event_id, occurrence, batch_id, event_timestamp from model.event
-- columns: event_type, severity, is_synthetic, phase, table_name, processor_name, chain, source, player_lookup, nba_player_id, team_abbr from model.event
-- columns: description, primary_source, primary_source_status, fallback_sources_tried, resolution, resolution_source, resolution_details from model.event
-- columns: quality_tier_before, quality_tier_after, quality_score_before, quality_score_after, downstream_impact, requires_alert from model.event
-- columns: environment from model.event
SELECT * EXCLUDE (is_open)
FROM model.event
UNION ALL BY NAME
-- Recorded facts that healed; which they are is state, and their rows alone are lost with it.
SELECT r.* EXCLUDE (event_key, is_resolved, is_over)
FROM model.recorded_event AS r
ANTI JOIN model.event AS e ON e.event_id = r.event_id
