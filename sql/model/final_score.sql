-- The final score of every game that is over: the schedule's, else that of the newest scoreboard of its date, unless the box scores agree on another (RULES.md, "Final score").
-- grain: nba_game_id
-- parts: season
-- reads: model.game, model.entry, model.box_line, stage.object, reference.sources, points_made, threshold
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: away_score INTEGER -- points
-- column: home_score INTEGER -- points
-- column: final_from VARCHAR -- the source that says so; the box scores that do, where they outvote the scoreboard
-- column: outvoted_source VARCHAR -- the scoreboard that says otherwise; NULL if none does, as the next three
-- column: outvoted_away INTEGER -- its points
-- column: outvoted_home INTEGER -- its points
-- column: outvoted_at TIMESTAMPTZ -- since when both are known (UTC)
WITH scoreboard AS (
    SELECT
        e.nba_game_id,
        e.source,
        e.game_state,
        o.snapshot_at,
        max(b.points) FILTER (b.team = g.away_team) AS away_score,
        max(b.points) FILTER (b.team = g.home_team) AS home_score
    FROM model.entry AS e
    JOIN stage.object AS o USING (object, generation)
    JOIN model.game AS g USING (nba_game_id)
    LEFT JOIN model.box_line AS b USING (source, object, generation, nba_game_id)
    JOIN reference.sources AS r ON r.source = e.source AND r.proves_final
    -- Nobody knows before tip-off how a game ends: it is another game's score, or yesterday's.
    WHERE e.fault IS NULL AND o.snapshot_at >= g.tipoff_at
    GROUP BY e.nba_game_id, e.source, e.game_state, o.snapshot_at, o.is_listed, e.object, e.generation
    QUALIFY row_number() OVER (
        PARTITION BY e.nba_game_id ORDER BY o.snapshot_at DESC, o.is_listed DESC, e.object DESC, e.generation DESC) = 1
),
said AS (
    SELECT s.*, g.away_team, g.home_team, g.tipoff_at
    FROM scoreboard AS s
    JOIN model.game AS g USING (nba_game_id)
    WHERE NOT g.is_final AND s.game_state = 'final' AND s.away_score > 0 AND s.home_score > 0
),
side AS (
    SELECT
        s.nba_game_id,
        e.source,
        e.object,
        e.generation,
        o.snapshot_at,
        o.is_listed,
        b.team = s.away_team AS is_away,
        sum(b.points) AS points,
        sum(points_made(b.fg_makes, b.three_pt_makes, b.ft_makes)) AS points_made,
        count(*) > count(DISTINCT b.subject) AS is_doubtful
    FROM said AS s
    JOIN (SELECT DISTINCT source, object, generation, nba_game_id FROM model.entry WHERE fault IS NULL) AS e USING (nba_game_id)
    JOIN reference.sources AS r ON r.source = e.source AND r.has_shooting AND r.due_from <> 'never'
    JOIN stage.object AS o ON o.object = e.object AND o.generation = e.generation AND o.snapshot_at >= s.tipoff_at
    JOIN model.box_line AS b
        ON b.source = e.source AND b.object = e.object AND b.generation = e.generation AND b.nba_game_id = s.nba_game_id
        AND b.is_playing AND b.team IN (s.away_team, s.home_team)
    GROUP BY ALL
),
-- The newest of each source of which both sides hold by their own arithmetic.
box AS (
    SELECT
        nba_game_id,
        source,
        snapshot_at,
        max(points) FILTER (is_away) AS away_points,
        max(points) FILTER (NOT is_away) AS home_points
    FROM side
    GROUP BY nba_game_id, source, object, generation, snapshot_at, is_listed
    HAVING count(*) = 2 AND bool_and(points > 0 AND points IS NOT DISTINCT FROM points_made AND NOT is_doubtful)
    QUALIFY row_number() OVER (
        PARTITION BY nba_game_id, source ORDER BY snapshot_at DESC, is_listed DESC, object DESC, generation DESC) = 1
),
agreed AS (
    SELECT
        nba_game_id,
        any_value(away_points)::INTEGER AS away_points,
        any_value(home_points)::INTEGER AS home_points,
        string_agg(source, ' and ' ORDER BY source) AS sources,
        max(snapshot_at) AS snapshot_at
    FROM box
    GROUP BY nba_game_id
    HAVING count(*) >= threshold('score_witnesses') AND count(DISTINCT row(away_points, home_points)) = 1
)
SELECT
    g.nba_game_id,
    g.away_score,
    g.home_score,
    r.source AS final_from,
    NULL::VARCHAR AS outvoted_source,
    NULL::INTEGER AS outvoted_away,
    NULL::INTEGER AS outvoted_home,
    NULL::TIMESTAMPTZ AS outvoted_at
FROM model.game AS g
JOIN reference.sources AS r ON r.is_schedule
WHERE g.is_final
UNION ALL
SELECT
    s.nba_game_id,
    coalesce(a.away_points, s.away_score),
    coalesce(a.home_points, s.home_score),
    coalesce(a.sources, s.source),
    CASE WHEN a.nba_game_id IS NOT NULL THEN s.source END,
    CASE WHEN a.nba_game_id IS NOT NULL THEN s.away_score END,
    CASE WHEN a.nba_game_id IS NOT NULL THEN s.home_score END,
    CASE WHEN a.nba_game_id IS NOT NULL THEN greatest(a.snapshot_at, s.snapshot_at) END
FROM said AS s
LEFT JOIN agreed AS a ON a.nba_game_id = s.nba_game_id AND row(a.away_points, a.home_points) <> row(s.away_score, s.home_score)
