-- No partition of games that holds rows becomes empty unless every game of it moved or is expected no longer (RULES.md, "Blocking checks", 8).
-- grain: table_name, partition
-- reads: model.last_receipt, model.game, publish.source_status
-- severity: block
-- finds: every row of a date that was published would go, though some of its games are still expected
-- over: publish.source_status
-- column: table_name VARCHAR -- published table
-- column: partition VARCHAR -- YYYYMMDD
-- column: rows BIGINT -- rows that would disappear
-- column: games VARCHAR -- games for which nothing explains it; NULL if the receipt names none
WITH now_there AS (
    SELECT DISTINCT strftime(game_date, '%Y%m%d') AS "partition" FROM publish.source_status
),
emptied AS (
    SELECT r.*
    FROM model.last_receipt AS r
    ANTI JOIN now_there AS n ON n."partition" = r."partition"
    WHERE r."rows" > 0 AND r.table_name = 'source_status'
),
unexplained AS (
    SELECT e.table_name, e."partition", x.nba_game_id
    FROM emptied AS e
    CROSS JOIN LATERAL (SELECT unnest(e.games) AS nba_game_id) AS x
    -- A game of another date has moved; one that no valid snapshot holds is expected no longer (lost_games tells of it).
    JOIN model.game AS g
        ON g.nba_game_id = x.nba_game_id AND strftime(g.game_date, '%Y%m%d') = e."partition"
)
SELECT e.table_name, e."partition", e."rows", string_agg(u.nba_game_id, ', ' ORDER BY u.nba_game_id) AS games
FROM emptied AS e
LEFT JOIN unexplained AS u ON u.table_name = e.table_name AND u."partition" = e."partition"
WHERE u.nba_game_id IS NOT NULL OR coalesce(len(e.games), 0) = 0
GROUP BY e.table_name, e."partition", e."rows"
ORDER BY ALL
