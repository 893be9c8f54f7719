-- Names of men who never play that differ from a team-mate's by a suffix only: one man under two names (RULES.md, "Players").
-- grain: season, team, player_lookup
-- parts: season
-- reads: model.best_line, model.game, player_lookup
-- column: season VARCHAR -- such as 2024-25
-- column: team VARCHAR -- tricode
-- column: player_lookup VARCHAR -- normalised name of one who never plays for the team in that season
-- column: of_lookup VARCHAR -- the name under which he plays
WITH line AS (
    SELECT
        g.season,
        b.team,
        b.player_lookup,
        b.nba_player_id,
        b.nba_game_id || ' ' || b.source AS object,
        -- A last syllable that looks like a suffix is none: it is a word of its own.
        player_lookup(regexp_replace(trim(b.player_name), '[\s,.]+(jr|sr|junior|senior|ii|iii|iv|v)\.?$', '', 'i')) AS base,
        b.player_status IN ('played', 'unknown') AS has_played
    FROM model.best_line AS b
    JOIN model.game AS g USING (nba_game_id)
    WHERE b.player_lookup IS NOT NULL
),
name AS (
    SELECT
        season,
        team,
        player_lookup,
        min(base) AS base,
        bool_or(has_played) AS has_played,
        list(DISTINCT nba_player_id) FILTER (nba_player_id IS NOT NULL) AS ids,
        list(DISTINCT object) AS objects
    FROM line
    GROUP BY season, team, player_lookup
)
SELECT n.season, n.team, n.player_lookup, min(m.player_lookup) AS of_lookup
FROM name AS n
JOIN name AS m ON m.season = n.season AND m.team = n.team AND m.base = n.base AND m.has_played
WHERE NOT n.has_played
    -- Two who stand in one object, or have an id each, are two.
    AND NOT list_has_any(n.objects, m.objects)
    AND coalesce(list_has_any(n.ids, m.ids), true)
GROUP BY n.season, n.team, n.player_lookup
-- Senior and junior may both play for a team: then nobody knows whose name it is.
HAVING count(*) = 1
