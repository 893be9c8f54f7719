-- The final score of every game that is over: the schedule's, else that of its date's newest ESPN scoreboard (01-semantics, "The grid").
-- grain: nba_game_id
-- reads: model.game, model.entry, model.box_line, stage.object
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: away_score INTEGER -- points
-- column: home_score INTEGER -- points
-- column: final_from VARCHAR -- nbac_schedule or espn_scoreboard
WITH scoreboard AS (
    SELECT
        e.nba_game_id,
        e.game_state,
        max(b.points) FILTER (b.team = g.away_team) AS away_score,
        max(b.points) FILTER (b.team = g.home_team) AS home_score
    FROM model.entry AS e
    JOIN stage.object AS o USING (object, generation)
    JOIN model.game AS g USING (nba_game_id)
    LEFT JOIN model.box_line AS b USING (source, object, generation, nba_game_id)
    WHERE e.source = 'espn_scoreboard' AND e.fault IS NULL
    GROUP BY e.nba_game_id, e.game_state, o.snapshot_at, o.is_listed, e.object, e.generation
    QUALIFY row_number() OVER (
        PARTITION BY e.nba_game_id ORDER BY o.snapshot_at DESC, o.is_listed DESC, e.object DESC, e.generation DESC) = 1
)
SELECT nba_game_id, away_score, home_score, 'nbac_schedule' AS final_from
FROM model.game
WHERE is_final
UNION ALL
SELECT g.nba_game_id, s.away_score, s.home_score, 'espn_scoreboard'
FROM model.game AS g
JOIN scoreboard AS s USING (nba_game_id)
WHERE NOT g.is_final AND s.game_state = 'final' AND s.away_score > 0 AND s.home_score > 0
