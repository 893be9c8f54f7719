-- Games that were published once and that no valid schedule snapshot holds any more: a snapshot that counted then counts no longer.
-- grain: partition, nba_game_id
-- reads: model.last_receipt, model.game
-- severity: warn
-- finds: no valid schedule holds a game any more that was published once
-- over: model.game
-- column: partition VARCHAR -- YYYYMMDD under which it was published
-- column: nba_game_id VARCHAR -- 10-digit id
SELECT r."partition", x.nba_game_id
FROM model.last_receipt AS r
CROSS JOIN LATERAL (SELECT unnest(r.games) AS nba_game_id) AS x
ANTI JOIN model.game AS g ON g.nba_game_id = x.nba_game_id
WHERE r.table_name = 'source_status'
ORDER BY ALL
