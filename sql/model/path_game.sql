-- The games by the names that game folders of object paths may have.
-- grain: path_game
-- reads: model.game, model.game_date
-- column: path_game VARCHAR -- 10-digit id, or YYYYMMDD-AWYHOM in either order of the teams
-- column: nba_game_id VARCHAR -- the game meant
WITH name AS (
    SELECT nba_game_id AS path_game, nba_game_id, true AS is_current, false AS is_reversed FROM model.game
    UNION ALL
    SELECT strftime(game_date, '%Y%m%d') || '-' || away_team || home_team, nba_game_id, is_current, false FROM model.game_date
    UNION ALL
    SELECT strftime(game_date, '%Y%m%d') || '-' || home_team || away_team, nba_game_id, is_current, true FROM model.game_date
)
SELECT n.path_game, n.nba_game_id
FROM name AS n
JOIN model.game AS g USING (nba_game_id)
-- Games that swapped dates have had one name: it means the one that has it now.
QUALIFY row_number() OVER (
    PARTITION BY n.path_game ORDER BY n.is_current DESC, g.is_vanished, n.is_reversed, n.nba_game_id) = 1
