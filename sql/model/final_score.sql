-- The final score of every game that is over: the schedule's, else that of the newest scoreboard of its date (RULES.md, "Final score").
-- grain: nba_game_id
-- reads: model.game, model.entry, model.box_line, stage.object, reference.sources
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: away_score INTEGER -- points
-- column: home_score INTEGER -- points
-- column: final_from VARCHAR -- the source that says so
WITH scoreboard AS (
    SELECT
        e.nba_game_id,
        e.source,
        e.game_state,
        max(b.points) FILTER (b.team = g.away_team) AS away_score,
        max(b.points) FILTER (b.team = g.home_team) AS home_score
    FROM model.entry AS e
    JOIN stage.object AS o USING (object, generation)
    JOIN model.game AS g USING (nba_game_id)
    LEFT JOIN model.box_line AS b USING (source, object, generation, nba_game_id)
    JOIN reference.sources AS r ON r.source = e.source AND r.proves_final
    WHERE e.fault IS NULL
    GROUP BY e.nba_game_id, e.source, e.game_state, o.snapshot_at, o.is_listed, e.object, e.generation
    QUALIFY row_number() OVER (
        PARTITION BY e.nba_game_id ORDER BY o.snapshot_at DESC, o.is_listed DESC, e.object DESC, e.generation DESC) = 1
)
SELECT g.nba_game_id, g.away_score, g.home_score, r.source AS final_from
FROM model.game AS g
JOIN reference.sources AS r ON r.is_schedule
WHERE g.is_final
UNION ALL
SELECT g.nba_game_id, s.away_score, s.home_score, s.source
FROM model.game AS g
JOIN scoreboard AS s USING (nba_game_id)
WHERE NOT g.is_final AND s.game_state = 'final' AND s.away_score > 0 AND s.home_score > 0
