-- Numbers of players in which whole sources of a game differ from the one used: who says what, and whose line is taken (RULES.md, "Disputed lines").
-- grain: nba_game_id, chain, team, player, field
-- parts: season
-- reads: model.resolution, model.supply, model.best_line, model.man_of_line, reference.subjects, is_complete_line, threshold
-- column: nba_game_id VARCHAR -- the game
-- column: chain VARCHAR -- the chain
-- column: source VARCHAR -- the source used
-- column: team VARCHAR -- tricode
-- column: player VARCHAR -- his key in the source used
-- column: player_name VARCHAR -- his name there
-- column: field VARCHAR -- the number in question
-- column: numbers STRUCT(source VARCHAR, number BIGINT)[] -- what each whole source says, in the order of the chain
-- column: against VARCHAR[] -- those of them that differ from the line that is taken
-- column: taken_from VARCHAR -- the later member whose line is taken; NULL if his own stays
-- column: known_at TIMESTAMPTZ -- since when they differ (UTC)
WITH said AS (
    SELECT
        r.chain,
        r.due_at,
        u.place,
        u.snapshot_at,
        u.source = r.rows_from AS is_used,
        m.man,
        is_complete_line(b.minutes, b.points, b.fg_attempts, b.ft_attempts) AS is_complete,
        b.nba_game_id,
        b.source,
        b.team,
        b.player,
        b.player_name,
        b.points,
        b.fg_makes,
        b.fg_attempts,
        b.three_pt_makes,
        b.three_pt_attempts,
        b.ft_makes,
        b.ft_attempts,
        b.rebounds,
        b.assists,
        b.steals,
        b.blocks,
        b.turnovers,
        b.personal_fouls
    FROM reference.subjects AS s
    JOIN model.resolution AS r ON r.chain = s.chain
    JOIN model.supply AS u ON u.nba_game_id = r.nba_game_id AND u.chain = r.chain AND u.can_supply AND u.kind <> 'virtual'::source_kind
    JOIN model.best_line AS b ON b.nba_game_id = u.nba_game_id AND b.source = u.source
    JOIN model.man_of_line AS m ON m.nba_game_id = b.nba_game_id AND m.source = b.source AND m.team = b.team AND m.player = b.player
    -- Before a chain is due only its primary speaks.
    WHERE s.subject = 'player' AND r.is_due AND b.player_status = 'played'::player_status
),
-- Few men are: all else is asked of them only.
disputed AS (
    SELECT nba_game_id, chain, team, man, greatest(any_value(due_at), max(snapshot_at)) AS known_at
    FROM said
    GROUP BY nba_game_id, chain, team, man
    HAVING bool_or(is_used) AND count(*) > 1 AND (
        min(points) < max(points) OR min(fg_makes) < max(fg_makes) OR min(fg_attempts) < max(fg_attempts)
        OR min(three_pt_makes) < max(three_pt_makes) OR min(three_pt_attempts) < max(three_pt_attempts)
        OR min(ft_makes) < max(ft_makes) OR min(ft_attempts) < max(ft_attempts) OR min(rebounds) < max(rebounds)
        OR min(assists) < max(assists) OR min(steals) < max(steals) OR min(blocks) < max(blocks)
        OR min(turnovers) < max(turnovers) OR min(personal_fouls) < max(personal_fouls))
),
line AS (
    SELECT a.* EXCLUDE (due_at, snapshot_at), d.known_at
    FROM said AS a
    JOIN disputed AS d ON d.nba_game_id = a.nba_game_id AND d.chain = a.chain AND d.team = a.team AND d.man = a.man
),
voice AS (
    SELECT nba_game_id, chain, team, man, place, source, is_used, field, number::BIGINT AS number,
        count(*) OVER (PARTITION BY nba_game_id, chain, team, man, field, number) AS agreeing
    FROM line
    UNPIVOT (number FOR field IN (points, fg_makes, fg_attempts, three_pt_makes, three_pt_attempts, ft_makes, ft_attempts,
        rebounds, assists, steals, blocks, turnovers, personal_fouls))
),
-- How many say the same other number, at most.
answered AS (
    SELECT v.nba_game_id, v.chain, v.team, v.man, v.place, v.source, v.is_used, v.field, v.number, v.agreeing, max(o.agreeing) AS opposing
    FROM voice AS v
    JOIN voice AS o
        ON o.nba_game_id = v.nba_game_id AND o.chain = v.chain AND o.team = v.team AND o.man = v.man AND o.field = v.field AND o.number <> v.number
    GROUP BY ALL
),
outvoted AS (
    SELECT DISTINCT nba_game_id, chain, team, man, source
    FROM answered
    WHERE opposing >= threshold('number_witnesses') AND opposing > agreeing
),
-- The first member whom nobody outvotes; if that is not the one used, his whole line is taken from there.
taken AS (
    SELECT l.nba_game_id, l.chain, l.team, l.man, arg_min(l.source, l.place) AS source
    FROM line AS l
    ANTI JOIN outvoted AS o
        ON o.nba_game_id = l.nba_game_id AND o.chain = l.chain AND o.team = l.team AND o.man = l.man AND o.source = l.source
    WHERE l.is_complete
    GROUP BY l.nba_game_id, l.chain, l.team, l.man
)
SELECT
    u.nba_game_id,
    u.chain,
    u.source,
    u.team,
    u.player,
    u.player_name,
    a.field,
    list({'source': v.source, 'number': v.number} ORDER BY v.place) AS numbers,
    coalesce(list(v.source ORDER BY v.place) FILTER (v.number <> k.number), []) AS against,
    CASE WHEN t.source <> u.source THEN t.source END AS taken_from,
    u.known_at
FROM line AS u
JOIN answered AS a ON a.nba_game_id = u.nba_game_id AND a.chain = u.chain AND a.team = u.team AND a.man = u.man AND a.is_used
LEFT JOIN taken AS t ON t.nba_game_id = u.nba_game_id AND t.chain = u.chain AND t.team = u.team AND t.man = u.man
JOIN voice AS v ON v.nba_game_id = a.nba_game_id AND v.chain = a.chain AND v.team = a.team AND v.man = a.man AND v.field = a.field
LEFT JOIN voice AS k
    ON k.nba_game_id = a.nba_game_id AND k.chain = a.chain AND k.team = a.team AND k.man = a.man AND k.field = a.field
    AND k.source = coalesce(t.source, u.source)
-- A number that more say than any other is no question.
WHERE u.is_used AND a.opposing >= a.agreeing
GROUP BY ALL
