-- Lines of two sources that are one man's though neither name nor id says so: the only two of their team and game with equal numbers (RULES.md, "Players").
-- grain: nba_game_id, team, source, player, other_source
-- parts: season
-- reads: model.best_line
-- column: nba_game_id VARCHAR -- the game
-- column: team VARCHAR -- tricode
-- column: source VARCHAR -- a source that is whole for the team
-- column: player VARCHAR -- his key in it, which the other source does not have
-- column: other_source VARCHAR -- another such source
-- column: other_player VARCHAR -- his key in that one, which the first does not have
-- column: nba_player_id BIGINT -- the id that the other source gives him
WITH line AS (
    SELECT nba_game_id, team, source, player, player_name, nba_player_id, points, assists, steals, blocks, turnovers
    FROM model.best_line
    WHERE player_status = 'played'::player_status AND is_whole
),
pair AS (
    SELECT a.nba_game_id, a.team, a.source, b.source AS other_source
    FROM (SELECT DISTINCT nba_game_id, team, source FROM line) AS a
    JOIN (SELECT DISTINCT nba_game_id, team, source FROM line) AS b
        ON b.nba_game_id = a.nba_game_id AND b.team = a.team AND b.source <> a.source
),
alone AS (
    SELECT a.*, q.other_source
    FROM line AS a
    JOIN pair AS q ON q.nba_game_id = a.nba_game_id AND q.team = a.team AND q.source = a.source
    ANTI JOIN line AS n
        ON n.nba_game_id = a.nba_game_id AND n.team = a.team AND n.source = q.other_source AND n.player = a.player
    ANTI JOIN line AS i
        ON i.nba_game_id = a.nba_game_id AND i.team = a.team AND i.source = q.other_source AND i.nba_player_id = a.nba_player_id
)
SELECT
    a.nba_game_id,
    a.team,
    a.source,
    a.player,
    a.other_source,
    b.player AS other_player,
    b.nba_player_id
FROM alone AS a
JOIN alone AS b
    ON b.nba_game_id = a.nba_game_id AND b.team = a.team AND b.source = a.other_source AND b.other_source = a.source
    AND b.points = a.points AND b.assists = a.assists AND b.steals = a.steals AND b.blocks = a.blocks AND b.turnovers = a.turnovers
-- Two who did nothing are alike and say nothing.
WHERE greatest(a.points, a.assists, a.steals, a.blocks, a.turnovers) > 0
    AND coalesce(a.nba_player_id = b.nba_player_id, true)
-- Of two such lines on either side nobody knows which.
QUALIFY count(*) OVER (PARTITION BY a.nba_game_id, a.team, a.source, a.player, a.other_source) = 1
    AND count(*) OVER (PARTITION BY a.nba_game_id, a.team, a.source, a.other_source, b.player) = 1
