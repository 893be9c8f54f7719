-- Competitive games without a final score for which nobody waits, and why: postponed without a later date, or of a playoff series that needs them no more (RULES.md, "Games that are not needed").
-- grain: nba_game_id
-- reads: model.game, model.final_score, model.entry, stage.object, reference.sources, threshold
-- column: nba_game_id VARCHAR -- the game
-- column: reason VARCHAR -- why, in a sentence
WITH scoreboard AS (
    -- What the newest calls postponed is off until the schedule moves it.
    SELECT e.nba_game_id, e.source, e.game_state
    FROM model.entry AS e
    JOIN stage.object AS o USING (object, generation)
    JOIN reference.sources AS r ON r.source = e.source AND r.proves_final
    WHERE e.fault IS NULL
    QUALIFY row_number() OVER (
        PARTITION BY e.nba_game_id ORDER BY o.snapshot_at DESC, o.is_listed DESC, e.object DESC, e.generation DESC) = 1
),
-- Round and series stand in the eighth and ninth digit of a playoff game's id, and no other game's begins with the same nine.
playoff AS (
    SELECT
        g.*,
        CASE WHEN regexp_full_match(g.nba_game_id, '\d{7}[1-4][0-7][1-7]') THEN left(g.nba_game_id, 9) END AS series,
        f.nba_game_id IS NOT NULL AS is_over,
        CASE WHEN f.away_score > f.home_score THEN g.away_team WHEN f.home_score > f.away_score THEN g.home_team END AS winner
    FROM model.game AS g
    LEFT JOIN model.final_score AS f ON f.nba_game_id = g.nba_game_id
    WHERE g.game_type = 'playoffs'::game_type
),
decided AS (
    SELECT series, winner, count(*) AS wins
    FROM playoff
    WHERE series IS NOT NULL AND winner IS NOT NULL
    GROUP BY series, winner
    HAVING count(*) >= threshold('series_wins')
    QUALIFY row_number() OVER (PARTITION BY series ORDER BY wins DESC, winner) = 1
)
SELECT
    p.nba_game_id,
    CASE
        WHEN d.series IS NOT NULL THEN 'series decided: ' || d.winner || ' has won ' || d.wins || ' games'
        ELSE 'not needed: the schedule lists it as if necessary, and it was not played'
    END AS reason
FROM playoff AS p
LEFT JOIN decided AS d ON d.series = p.series
WHERE NOT p.is_over
    -- The flag counts only where the id tells no series, and once the game has left or a schedule after its tip-off lacks its score.
    AND (d.series IS NOT NULL OR p.series IS NULL AND p.is_if_necessary AND (p.is_vanished OR p.listed_at >= p.tipoff_at))
UNION ALL
SELECT
    g.nba_game_id,
    'postponed: ' || CASE WHEN g.is_postponed THEN r.source ELSE s.source END || ' says so, and no later date is known'
FROM model.game AS g
JOIN reference.sources AS r ON r.is_schedule
LEFT JOIN scoreboard AS s ON s.nba_game_id = g.nba_game_id AND s.game_state = 'postponed'
WHERE g.is_competitive
    AND (g.is_postponed OR s.nba_game_id IS NOT NULL AND NOT g.is_vanished AND NOT g.is_final)
    -- A series that is decided needs its postponed games no more.
    AND g.nba_game_id NOT IN (SELECT p.nba_game_id FROM playoff AS p JOIN decided AS d ON d.series = p.series)
