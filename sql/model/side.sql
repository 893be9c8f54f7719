-- What one object says of one team of one game, and whether it can be true (RULES.md, "Validity").
-- grain: object, generation, nba_game_id, team
-- reads: model.entry, model.game, model.box_line, model.final_score, reference.sources
-- column: source VARCHAR -- name of the feed
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: nba_game_id VARCHAR -- the game
-- column: team VARCHAR -- tricode, from the schedule
-- column: lines BIGINT -- different lines of this team
-- column: playing BIGINT -- those of the team or of players who played
-- column: points BIGINT -- their points
-- column: fg_attempts BIGINT -- their field goals attempted
-- column: fault VARCHAR -- why this side is not whole; NULL if it is
WITH expected AS (
    SELECT DISTINCT e.source, e.object, e.generation, e.nba_game_id, t.team, t.final_points
    FROM model.entry AS e
    JOIN model.game AS g USING (nba_game_id)
    LEFT JOIN model.final_score AS f USING (nba_game_id)
    CROSS JOIN LATERAL (
        VALUES (g.away_team, f.away_score), (g.home_team, f.home_score)
    ) AS t (team, final_points)
    WHERE t.team IS NOT NULL
),
summed AS (
    SELECT
        x.source,
        x.object,
        x.generation,
        x.nba_game_id,
        x.team,
        any_value(x.final_points) AS final_points,
        count(b.subject) AS lines,
        count(*) FILTER (b.is_playing) AS playing,
        count(DISTINCT b.subject) FILTER (b.is_playing) AS subjects,
        count(b.points) FILTER (b.is_playing) AS scored,
        coalesce(sum(b.points) FILTER (b.is_playing), 0)::BIGINT AS points,
        coalesce(sum(b.fg_attempts) FILTER (b.is_playing), 0)::BIGINT AS fg_attempts,
        sum(2 * (b.fg_makes::BIGINT - b.three_pt_makes) + 3 * b.three_pt_makes::BIGINT + b.ft_makes) FILTER (b.is_playing)::BIGINT AS points_made
    FROM expected AS x
    LEFT JOIN model.box_line AS b USING (source, object, generation, nba_game_id, team)
    GROUP BY x.source, x.object, x.generation, x.nba_game_id, x.team
)
SELECT
    s.source,
    s.object,
    s.generation,
    s.nba_game_id,
    s.team,
    s.lines,
    s.playing,
    s.points,
    s.fg_attempts,
    CASE
        WHEN s.playing = 0 THEN s.team || ' has no rows'
        WHEN s.playing > s.subjects THEN s.team || ' has two different rows for one player'
        WHEN s.scored = 0 THEN s.team || ' has no points in its rows'
        WHEN s.points = 0 AND s.fg_attempts = 0 THEN s.team || ' has placeholder zeros'
        WHEN r.has_shooting AND s.points IS DISTINCT FROM s.points_made
            THEN s.team || ' has ' || s.points || ' points but its makes give ' || coalesce(s.points_made::VARCHAR, 'no number')
        WHEN s.final_points IS NULL THEN s.team || ' has ' || s.points || ' points and the game no final score'
        WHEN s.points <> s.final_points THEN s.team || ' has ' || s.points || ' points, the final score is ' || s.final_points
    END AS fault
FROM summed AS s
JOIN reference.sources AS r USING (source)
