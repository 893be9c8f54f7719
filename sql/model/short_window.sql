-- The windows that lack a game: how many walk back over it and find no usable row (RULES.md, "Verdict").
-- grain: nba_game_id
-- reads: model.slot, model.entity_game
-- column: nba_game_id VARCHAR -- the game that is lacking
-- column: windows BIGINT -- windows before later games, of players and of teams, that hold a slot for it and no row
WITH numbered AS (
    -- Slots in the order in which windows take ten of them.
    SELECT
        s.subject, s.entity, s.season, s.nba_game_id, s.game_date, s.is_usable,
        row_number() OVER (PARTITION BY s.subject, s.entity, s.season ORDER BY s.game_date, s.nba_game_id) AS nth
    FROM model.slot AS s
    SEMI JOIN (SELECT DISTINCT subject, entity, season FROM model.slot WHERE NOT is_out AND NOT is_usable) AS m
        ON m.subject = s.subject AND m.entity = s.entity AND m.season = s.season
    WHERE NOT s.is_out
),
window_end AS (
    SELECT e.subject, e.entity, e.season, n.nth
    FROM model.entity_game AS e
    ASOF JOIN numbered AS n ON n.subject = e.subject AND n.entity = e.entity AND n.season = e.season AND n.game_date < e.game_date
)
SELECT m.nba_game_id, count(*) AS windows
FROM numbered AS m
JOIN window_end AS w ON w.subject = m.subject AND w.entity = m.entity AND w.season = m.season AND w.nth BETWEEN m.nth AND m.nth + 9
WHERE NOT m.is_usable
GROUP BY m.nba_game_id
