-- Competitive games long past tip-off that the newest snapshot of their season does not call final: they cannot fall due from it (RULES.md, "Schedule anomalies").
-- grain: season
-- reads: model.game, model.final_score, model.unneeded_game, threshold
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- column: season VARCHAR -- such as 2024-25
-- column: listed_at TIMESTAMPTZ -- time of that snapshot (UTC)
-- column: games BIGINT -- games not final in it
-- column: competitive BIGINT -- the same: an exhibition asks nobody for anything
-- column: final_elsewhere BIGINT -- those that an ESPN scoreboard calls final, which are due all the same
-- column: hours BIGINT -- hours after tip-off from which they count
-- column: oldest DATE -- game date of the oldest
-- column: newest DATE -- game date of the newest
SELECT
    g.season,
    max(g.listed_at) AS listed_at,
    count(*) AS games,
    count(*) AS competitive,
    count(*) FILTER (f.nba_game_id IS NOT NULL) AS final_elsewhere,
    threshold('overdue_after_tipoff')::BIGINT AS hours,
    min(g.game_date) AS oldest,
    max(g.game_date) AS newest
FROM model.game AS g
LEFT JOIN model.final_score AS f USING (nba_game_id)
ANTI JOIN model.unneeded_game AS u ON u.nba_game_id = g.nba_game_id
WHERE g.is_competitive
    AND NOT g.is_final
    AND NOT g.is_vanished
    AND $as_of::TIMESTAMPTZ >= g.tipoff_at + to_hours(threshold('overdue_after_tipoff')::BIGINT)
GROUP BY g.season
ORDER BY g.season
