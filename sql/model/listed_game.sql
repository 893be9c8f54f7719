-- Every game in every valid schedule snapshot, once: of one id under two dates the one that counts (RULES.md, "Schedule snapshots").
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
-- column: is_off BOOLEAN -- its status text says that it is not played on that date
-- column: was_postponed BOOLEAN -- its flag says postponed, on this date or an earlier one
-- column: is_if_necessary BOOLEAN -- its flag says that it is played only if need be
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
    g.home_score,
    g.is_off,
    g.was_postponed,
    g.is_if_necessary
FROM model.schedule_snapshot AS s
JOIN stage.nbac_schedule AS g USING (object, generation)
WHERE s.fault IS NULL AND g.game_date IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY s.object, s.generation, g.nba_game_id
    -- The date not postponed, else the later; on one date the entry that has come furthest.
    ORDER BY coalesce(g.is_off, false) OR coalesce(g.was_postponed, false), g.game_date DESC, g.game_status DESC NULLS LAST,
        g.tipoff_at DESC NULLS LAST, g.away_score DESC NULLS LAST, g.home_score DESC NULLS LAST, g.away_team, g.home_team
) = 1
