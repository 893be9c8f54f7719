-- The inactive players whom the chosen source lists by last name only, and who they are (RULES.md, "Players").
-- grain: nba_game_id, source, team, player
-- parts: season
-- reads: model.resolution, model.best_line, model.game, reference.subjects, player_lookup
-- column: nba_game_id VARCHAR -- the game
-- column: source VARCHAR -- the source used
-- column: team VARCHAR -- tricode
-- column: player VARCHAR -- the name as written
-- column: candidates BIGINT -- players of that last name in the team's earlier box scores of the season who are not listed in this one
-- column: player_lookup VARCHAR -- the one candidate; NULL if there is none or more than one
WITH line AS (
    SELECT b.nba_game_id, b.source, b.team, b.player, b.player_lookup, b.player_name, b.player_status, g.season, g.game_date
    FROM model.best_line AS b
    JOIN reference.subjects AS s ON s.subject = 'player'
    JOIN model.resolution AS r ON r.nba_game_id = b.nba_game_id AND r.chain = s.chain AND r.rows_from = b.source
    JOIN model.game AS g ON g.nba_game_id = b.nba_game_id
),
-- Only what was known before the game: names of past games never come from what is known later.
known AS (
    SELECT season, team, player_lookup, player_lookup(regexp_replace(player_name, '^\S+\s+', '')) AS last_name, min(game_date) AS first_date
    FROM line
    WHERE player_lookup IS NOT NULL
    GROUP BY ALL
),
absent AS (
    SELECT *
    FROM line
    WHERE player_status = 'inactive'::player_status AND player_lookup IS NULL
    -- One name that is written in two ways is one man: two would be two rows for one player.
    QUALIFY row_number() OVER (
        PARTITION BY nba_game_id, team, coalesce(nullif(player_lookup(player_name), ''), player) ORDER BY player) = 1
),
candidate AS (
    SELECT a.nba_game_id, a.team, a.player, k.player_lookup
    FROM absent AS a
    JOIN known AS k
        ON k.season = a.season AND k.team = a.team AND k.first_date < a.game_date AND k.last_name = player_lookup(a.player_name)
    -- One of two men of a name may have been known by the name alone.
    ANTI JOIN line AS l
        ON l.nba_game_id = a.nba_game_id AND l.team = a.team AND split_part(l.player_lookup, '-', 1) = split_part(k.player_lookup, '-', 1)
)
SELECT
    a.nba_game_id,
    a.source,
    a.team,
    a.player,
    count(c.player_lookup) AS candidates,
    CASE WHEN count(c.player_lookup) = 1 THEN min(c.player_lookup) END AS player_lookup
FROM absent AS a
LEFT JOIN candidate AS c ON c.nba_game_id = a.nba_game_id AND c.team = a.team AND c.player = a.player
GROUP BY a.nba_game_id, a.source, a.team, a.player
