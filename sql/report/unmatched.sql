-- The names that neither name nor id brought together with a player, by source, whatever the window; table unmatched_names says more of each.
-- grain: source
-- reads: model.unmatched_name
-- column: source VARCHAR -- the source that writes them
-- column: names BIGINT -- different names of one team
-- column: games BIGINT -- games in which one of them stands
-- column: example VARCHAR -- one of them, as written
SELECT
    source,
    count(DISTINCT (team, name)) AS names,
    count(DISTINCT nba_game_id) AS games,
    min(name) AS example
FROM model.unmatched_name
GROUP BY source
ORDER BY source
