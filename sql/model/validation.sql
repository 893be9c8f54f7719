-- Whether the chosen team points, the players' sum and the final score agree, and the scoreboard where it was outvoted (RULES.md, "Cross-validation").
-- grain: nba_game_id
-- parts: season
-- reads: model.game, model.final_score, model.resolution, model.best_line, reference.chains
-- column: nba_game_id VARCHAR -- a competitive game that is over
-- column: cross_validated BOOLEAN -- at least two sides are complete, and none disagrees
-- column: is_disagreement BOOLEAN -- two complete sides disagree
-- column: outvoted_at TIMESTAMPTZ -- since when box scores contradict the scoreboard (UTC); NULL where none do
-- column: note VARCHAR -- the sides, each as away-home; a side that is not complete is not named
WITH side AS (
    SELECT nba_game_id, 'final score' AS said_by, away_score AS away_points, home_score AS home_points, 1 AS nth
    FROM model.final_score
    UNION ALL
    SELECT nba_game_id, outvoted_source, outvoted_away, outvoted_home, 4
    FROM model.final_score
    WHERE outvoted_source IS NOT NULL
    UNION ALL
    -- A virtual team row is the players' sum itself and no second witness.
    SELECT
        r.nba_game_id,
        CASE h.subject WHEN 'team' THEN r.source_used ELSE 'players of ' || r.source_used END,
        sum(b.points) FILTER (b.team = g.away_team),
        sum(b.points) FILTER (b.team = g.home_team),
        CASE h.subject WHEN 'team' THEN 2 ELSE 3 END
    FROM model.resolution AS r
    JOIN reference.chains AS h ON h.chain = r.chain AND h.subject IN ('player', 'team')
    JOIN model.game AS g USING (nba_game_id)
    JOIN model.best_line AS b ON b.nba_game_id = r.nba_game_id AND b.source = r.source_used
    WHERE r.resolution IN ('primary', 'fallback')
    GROUP BY r.nba_game_id, h.subject, r.source_used
)
SELECT
    s.nba_game_id,
    count(*) > 1 AND min(row(s.away_points, s.home_points)) = max(row(s.away_points, s.home_points)) AS cross_validated,
    min(row(s.away_points, s.home_points)) <> max(row(s.away_points, s.home_points)) AS is_disagreement,
    any_value(f.outvoted_at) AS outvoted_at,
    string_agg(s.said_by || ' ' || s.away_points || '-' || s.home_points, ', ' ORDER BY s.nth) AS note
FROM side AS s
JOIN model.game AS g USING (nba_game_id)
LEFT JOIN model.final_score AS f ON f.nba_game_id = s.nba_game_id
WHERE g.is_competitive AND s.away_points IS NOT NULL AND s.home_points IS NOT NULL
GROUP BY s.nba_game_id
