-- Whose each line of a team's player is: lines of one game with the same man are one man's, whatever their sources call him (RULES.md, "Players").
-- grain: nba_game_id, source, team, player
-- parts: season
-- reads: model.best_line, model.name_of_game, model.known_name, model.game
-- column: nba_game_id VARCHAR -- the game
-- column: source VARCHAR -- name of the feed
-- column: team VARCHAR -- tricode
-- column: player VARCHAR -- his key in that source
-- column: man VARCHAR -- his NBA id if the source, his name in the game or else in his team's season tells one, else his key; of two lines of one source that would be one man each its own key
WITH known AS (
    SELECT season, team, player_lookup, min(nba_player_id) AS nba_player_id
    FROM model.known_name
    GROUP BY season, team, player_lookup
    HAVING min(nba_player_id) = max(nba_player_id)
),
line AS (
    SELECT
        b.nba_game_id,
        b.source,
        b.team,
        b.player,
        coalesce(b.nba_player_id, n.nba_player_id, k.nba_player_id)::VARCHAR AS id
    FROM model.best_line AS b
    JOIN model.game AS g ON g.nba_game_id = b.nba_game_id
    LEFT JOIN model.name_of_game AS n ON n.nba_game_id = b.nba_game_id AND n.team = b.team AND n.player_lookup = b.player_lookup
    LEFT JOIN known AS k ON k.season = g.season AND k.team = b.team AND k.player_lookup = b.player_lookup
    WHERE b.player <> ''
)
SELECT
    nba_game_id,
    source,
    team,
    player,
    CASE WHEN count(*) OVER (PARTITION BY nba_game_id, source, team, id) = 1 THEN coalesce(id, player) ELSE player END AS man
FROM line
