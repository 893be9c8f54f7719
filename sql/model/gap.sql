-- Every cell that should be there and is not: what is open, and what a person has accepted.
-- grain: nba_game_id, source
-- reads: model.cell, model.game, model.resolution, reference.chain_sources
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: source VARCHAR -- name of the feed
-- column: game_date DATE -- Eastern date of tip-off
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: status status -- what is there instead
-- column: reason VARCHAR -- why
-- column: is_accepted BOOLEAN -- a person has accepted it
-- column: severity severity -- info within grace; the chain's if nothing supplies its chain; else warning
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
        WHEN r.resolution = 'none' THEN r.severity
        ELSE 'warning'::severity
    END AS severity
FROM model.cell AS c
JOIN model.game AS g USING (nba_game_id)
LEFT JOIN reference.chain_sources AS m ON m.source = c.source
LEFT JOIN model.resolution AS r ON r.nba_game_id = c.nba_game_id AND r.chain = m.chain
WHERE c.is_due AND c.status <> 'present'
