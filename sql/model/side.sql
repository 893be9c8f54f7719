-- What one object says of one team of one game, and whether it can be true (RULES.md, "Validity").
-- grain: object, generation, nba_game_id, team
-- parts: season
-- reads: model.entry, model.game, model.box_line, model.final_score, model.overtime, reference.sources, reference.fields, points_made, threshold
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
-- column: lacks VARCHAR[] -- required fields that it does not have, or that cannot be true, and makes, of a side with no other fault; NULL for none
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
        sum(b.made) FILTER (b.is_playing)::BIGINT AS points_made,
        -- A row without one of its makes proves nothing, and the others are judged without it.
        sum(b.points) FILTER (b.is_playing AND b.made IS NOT NULL)::BIGINT AS points_proven,
        CASE WHEN bool_or(b.subject <> '') THEN 'player' ELSE 'team' END AS subject,
        count(b.minutes) FILTER (b.is_playing) AS timed,
        sum(b.minutes) FILTER (b.is_playing) AS minutes,
        -- How many of those who played are without it.
        {'minutes': count(*) FILTER (b.is_playing AND b.minutes IS NULL), 'points': count(*) FILTER (b.is_playing AND b.points IS NULL),
         'fg_attempts': count(*) FILTER (b.is_playing AND b.fg_attempts IS NULL), 'ft_attempts': count(*) FILTER (b.is_playing AND b.ft_attempts IS NULL),
         -- No points need no makes.
         'makes': count(*) FILTER (b.is_playing AND b.made IS NULL AND coalesce(b.points <> 0, true))} AS without
    FROM expected AS x
    LEFT JOIN (SELECT *, points_made(fg_makes, three_pt_makes, ft_makes) AS made FROM model.box_line) AS b
        USING (source, object, generation, nba_game_id, team)
    GROUP BY x.source, x.object, x.generation, x.nba_game_id, x.team
),
-- Lines that cannot be his: two errors that cancel leave the sum right.
wrong AS (
    SELECT
        b.source, b.object, b.generation, b.nba_game_id, b.team,
        list(coalesce(b.player_name, b.subject) || ' ' || b.points || ', makes give ' || points_made(b.fg_makes, b.three_pt_makes, b.ft_makes)
            ORDER BY b.subject, b.points) AS rows
    FROM model.box_line AS b
    JOIN reference.sources AS r ON r.source = b.source AND r.has_shooting
    WHERE b.is_playing AND b.points <> points_made(b.fg_makes, b.three_pt_makes, b.ft_makes)
    GROUP BY b.source, b.object, b.generation, b.nba_game_id, b.team
),
-- The minutes of a team: 240, and 25 more an overtime. Where the schedule says nothing of overtimes, those of a game
-- that its minutes are next to.
clocked AS (
    SELECT
        s.source, s.object, s.generation, s.nba_game_id, s.team,
        s.minutes,
        s.timed = s.playing AS is_timed,
        r.minutes_tolerance,
        o.overtimes IS NULL AS is_untold,
        5 * (threshold('game_minutes') + threshold('overtime_minutes') * coalesce(
            o.overtimes,
            greatest(0, round((s.minutes / 5 - threshold('game_minutes')) / threshold('overtime_minutes'))))) AS likely_minutes
    FROM summed AS s
    JOIN reference.sources AS r USING (source)
    LEFT JOIN model.overtime AS o USING (nba_game_id)
    WHERE s.playing > 0
),
-- Then the two teams must have played the same game. Minutes that are no game's say nothing of the other team's.
timed AS (
    SELECT
        source, object, generation, nba_game_id, team,
        coalesce(min(likely_minutes) FILTER (is_timed AND is_likely) OVER game, likely_minutes) AS game_minutes,
        min(likely_minutes) FILTER (is_timed AND is_likely) OVER game < max(likely_minutes) FILTER (is_timed AND is_likely) OVER game AS is_unequal,
        is_timed AND NOT (is_untold AND count(*) FILTER (is_timed) OVER game < 2)
            AND (is_unequal OR abs(minutes - game_minutes) > minutes_tolerance) AS is_wrong
    FROM (SELECT *, abs(minutes - likely_minutes) <= minutes_tolerance AS is_likely FROM clocked)
    WINDOW game AS (PARTITION BY source, object, generation, nba_game_id)
),
judged AS (
    SELECT
        s.*,
        CASE WHEN r.has_shooting AND s.points > coalesce(s.points_proven, 0)
            THEN '; ' || s.points - coalesce(s.points_proven, 0) || ' points have no makes given' ELSE '' END AS unproven,
        CASE
            WHEN s.playing = 0 THEN s.team || ' has no rows'
            WHEN s.playing > s.subjects THEN s.team || ' has two different rows for one player'
            WHEN s.scored = 0 THEN s.team || ' has no points in its rows'
            WHEN s.points = 0 AND s.fg_attempts = 0 THEN s.team || ' has placeholder zeros'
            WHEN r.has_shooting AND s.points_proven <> s.points_made
                THEN s.team || ' has ' || s.points_proven || ' points but its makes give ' || s.points_made || unproven
            WHEN s.final_points IS NULL THEN s.team || ' has ' || s.points || ' points and the game no final score'
            WHEN s.points <> s.final_points THEN s.team || ' has ' || s.points || ' points, the final score is ' || s.final_points || unproven
        END AS untrue,
        CASE WHEN untrue IS NULL THEN w.rows END AS wrong_rows,
        t.game_minutes::INTEGER AS game_minutes,
        t.is_unequal,
        coalesce(t.is_wrong, false) AS has_wrong_minutes
    FROM summed AS s
    JOIN reference.sources AS r USING (source)
    LEFT JOIN timed AS t USING (source, object, generation, nba_game_id, team)
    LEFT JOIN wrong AS w USING (source, object, generation, nba_game_id, team)
),
-- A field that most do have may be missing in one row: that row is borrowed, and the side is whole.
lacking AS (
    SELECT j.source, j.object, j.generation, j.nba_game_id, j.team,
        list(w.field ORDER BY w.field) AS fields,
        string_agg(CASE WHEN j.subject = 'team' THEN w.field ELSE w.field || ' in ' || w.rows || ' of ' || j.playing || ' rows that played' END, ', ' ORDER BY w.field) AS said
    FROM judged AS j
    JOIN reference.sources AS r ON r.source = j.source AND r.has_shooting
    CROSS JOIN LATERAL (
        VALUES ('minutes', j.without.minutes), ('points', j.without.points), ('fg_attempts', j.without.fg_attempts), ('ft_attempts', j.without.ft_attempts),
            -- Not required of a row, but points that no makes prove are of no use to a side.
            ('makes', j.without.makes)
    ) AS w (field, "rows")
    LEFT JOIN reference.fields AS f ON f.subject = j.subject AND f.field = w.field
    WHERE (f.is_required OR w.field = 'makes') AND j.untrue IS NULL AND w.rows > threshold('high_null_rate') * j.playing AND (w.rows > 1 OR j.subject = 'team')
    GROUP BY ALL
)
SELECT
    j.source,
    j.object,
    j.generation,
    j.nba_game_id,
    j.team,
    j.lines,
    j.playing,
    j.points,
    j.fg_attempts,
    CASE
        WHEN j.untrue IS NOT NULL THEN j.untrue
        ELSE nullif(concat_ws(', ',
            j.team || ' lacks ' || l.said,
            CASE WHEN j.wrong_rows IS NOT NULL THEN j.team || ' has points that are not those of their makes: '
                || array_to_string(j.wrong_rows[:3], '; ') || CASE WHEN len(j.wrong_rows) > 3 THEN '; and ' || len(j.wrong_rows) - 3 || ' more' ELSE '' END END,
            CASE WHEN j.has_wrong_minutes THEN j.team || ' has ' || rtrim(rtrim(j.minutes::VARCHAR, '0'), '.') || ' minutes, '
                || CASE WHEN j.is_unequal THEN 'the other team another number' ELSE 'the game ' || j.game_minutes END END), '') || j.unproven
    END AS fault,
    CASE
        WHEN j.untrue IS NULL THEN nullif(
            coalesce(l.fields, [])
            || CASE WHEN j.wrong_rows IS NOT NULL THEN ['points'] ELSE [] END
            || CASE WHEN j.has_wrong_minutes THEN ['minutes'] ELSE [] END, [])
    END AS lacks
FROM judged AS j
LEFT JOIN lacking AS l USING (source, object, generation, nba_game_id, team)
