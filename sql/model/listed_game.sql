-- Every game in every valid schedule snapshot.
-- grain: nba_game_id, object, generation
-- reads: stage.nbac_schedule, model.schedule_snapshot
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: season VARCHAR -- season of the snapshot
-- column: snapshot_at TIMESTAMPTZ -- when the snapshot was taken (UTC)
-- column: nth BIGINT -- its place among the season's snapshots
-- column: is_latest_valid BOOLEAN -- it is the snapshot that counts
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: game_date DATE -- Eastern date of tip-off
-- column: tipoff_at TIMESTAMPTZ -- tip-off (UTC); NULL while not set
-- column: game_status INTEGER -- 1 scheduled, 2 live, 3 final
-- column: away_team VARCHAR -- tricode; NULL while not known
-- column: home_team VARCHAR -- tricode; NULL while not known
-- column: away_score INTEGER -- points
-- column: home_score INTEGER -- points
SELECT
    g.nba_game_id,
    s.season,
    s.snapshot_at,
    s.nth,
    s.is_latest_valid,
    s.object,
    s.generation,
    g.game_date,
    g.tipoff_at,
    g.game_status,
    g.away_team,
    g.home_team,
    g.away_score,
    g.home_score
FROM model.schedule_snapshot AS s
JOIN stage.nbac_schedule AS g USING (object, generation)
WHERE s.fault IS NULL
