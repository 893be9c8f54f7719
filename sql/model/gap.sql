-- Every cell that should be there and is not: what is open, and what a person has accepted.
-- grain: nba_game_id, source
-- reads: model.cell, model.game, reference.sources
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: source VARCHAR -- name of the feed
-- column: game_date DATE -- Eastern date of tip-off
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: status status -- what is there instead
-- column: reason VARCHAR -- why
-- column: is_accepted BOOLEAN -- a person has accepted it
-- column: severity severity -- info within grace; critical if all box scores of the game are past grace and none is whole or in part; else warning
SELECT
    c.nba_game_id,
    c.source,
    g.game_date,
    g.away_team,
    g.home_team,
    c.status,
    c.reason,
    c.is_accepted,
    CASE
        WHEN c.status = 'late' THEN 'info'::severity
        WHEN r.has_shooting AND bool_and(c.status NOT IN ('present', 'partial', 'pending', 'late'))
            FILTER (r.has_shooting AND c.is_expected) OVER (PARTITION BY c.nba_game_id) THEN 'critical'::severity
        ELSE 'warning'::severity
    END AS severity
FROM model.cell AS c
JOIN model.game AS g USING (nba_game_id)
JOIN reference.sources AS r USING (source)
QUALIFY c.is_due AND c.status <> 'present'
