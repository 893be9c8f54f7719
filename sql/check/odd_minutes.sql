-- Teams whose minutes are not there, or are not those of the game, in the objects that count (RULES.md, "Validity": minutes).
-- grain: nba_game_id, source, team
-- reads: model.cell, model.side
-- severity: warn
-- finds: a team's minutes are missing, or are not those of the game
-- over: model.cell
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: source VARCHAR -- name of the feed
-- column: team VARCHAR -- tricode
-- column: oddity VARCHAR -- what is odd
SELECT s.nba_game_id, s.source, s.team, s.fault AS oddity
FROM model.cell AS c
JOIN model.side AS s USING (source, nba_game_id, object, generation)
WHERE list_contains(s.lacks, 'minutes')
ORDER BY ALL
