-- The open gaps outside the window, counted: they stay until they heal or a person decides (RULES.md, "Listed dates").
-- grain: source
-- reads: model.gap, model.decided_gap, model.game, is_game
-- param: window_from DATE -- first game date listed
-- param: window_to DATE -- last game date listed
-- param: game VARCHAR -- list this one game only, by any of its ids (is_game); NULL for all
-- column: source VARCHAR -- name of the feed
-- column: gaps BIGINT -- open gaps
-- column: oldest DATE -- game date of the oldest
-- column: newest DATE -- game date of the newest
SELECT p.source, count(*) AS gaps, min(p.game_date) AS oldest, max(p.game_date) AS newest
FROM model.gap AS p
ANTI JOIN model.decided_gap AS x ON x.nba_game_id = p.nba_game_id AND x.source = p.source
JOIN model.game AS g USING (nba_game_id)
WHERE NOT p.is_accepted
    AND NOT (
        p.game_date BETWEEN $window_from::DATE AND $window_to::DATE
        AND ($game::VARCHAR IS NULL OR is_game($game::VARCHAR, g.nba_game_id, g.game_code_id)))
GROUP BY p.source
ORDER BY oldest, p.source
