-- Every date under which a row is published is one that the warehouse has a partition for: one row of another fails its table on every night (RULES.md, "Blocking checks", 11).
-- grain: table_name, partition_date
-- reads: publish.chain_resolution, publish.game_source_coverage, publish.player_game_summary, publish.player_window_quality, publish.source_coverage_log, publish.source_status, publish.team_defense_game_summary, publish.team_offense_game_summary, publish.team_window_quality, publish.unmatched_names, publish.coverage_actions, publish.landed_objects, storable_date
-- severity: block
-- finds: rows would be published under a date that the warehouse cannot store
-- over: publish.source_status
-- column: table_name VARCHAR -- published table
-- column: partition_date DATE -- date of the partition
-- column: rows BIGINT -- rows of that date
-- column: example VARCHAR -- a game of it, or the object or event where it is not about games
WITH published AS (
    SELECT 'chain_resolution' AS table_name, game_date AS partition_date, nba_game_id AS said FROM publish.chain_resolution
    UNION ALL
    SELECT 'game_source_coverage', game_date, nba_game_id FROM publish.game_source_coverage
    UNION ALL
    SELECT 'player_game_summary', game_date, nba_game_id FROM publish.player_game_summary
    UNION ALL
    SELECT 'player_window_quality', game_date, nba_game_id FROM publish.player_window_quality
    UNION ALL
    SELECT 'source_coverage_log', game_date, coalesce(nba_game_id, event_id) FROM publish.source_coverage_log
    UNION ALL
    SELECT 'source_status', game_date, nba_game_id FROM publish.source_status
    UNION ALL
    SELECT 'team_defense_game_summary', game_date, nba_game_id FROM publish.team_defense_game_summary
    UNION ALL
    SELECT 'team_offense_game_summary', game_date, nba_game_id FROM publish.team_offense_game_summary
    UNION ALL
    SELECT 'team_window_quality', game_date, nba_game_id FROM publish.team_window_quality
    UNION ALL
    SELECT 'unmatched_names', game_date, nba_game_id FROM publish.unmatched_names
    UNION ALL
    SELECT 'coverage_actions', action_date, event_id FROM publish.coverage_actions
    UNION ALL
    SELECT 'landed_objects', snapshot_date, object FROM publish.landed_objects
)
SELECT table_name, partition_date, count(*) AS rows, min(said) AS example
FROM published
WHERE storable_date(partition_date) IS NULL
GROUP BY table_name, partition_date
ORDER BY table_name, partition_date
