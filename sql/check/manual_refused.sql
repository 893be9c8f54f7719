-- Data that a person entered and that cannot be used says why (RULES.md, "Manual data").
-- grain: object, generation
-- reads: stage.object, model.snapshot, model.landed_object, reference.sources
-- severity: warn
-- finds: data that a person entered cannot be used
-- over: reference.sources where due_from = 'never'
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: nba_game_id VARCHAR -- the game; NULL if the path names none that a schedule holds
-- column: reason VARCHAR -- what is wrong with it
SELECT
    o.object,
    o.generation,
    s.nba_game_id,
    coalesce(s.reason, l.reason, 'no schedule holds the game ' || o.path_game) AS reason
FROM stage.object AS o
JOIN reference.sources AS r ON r.source = o.feed AND r.due_from = 'never'
LEFT JOIN model.snapshot AS s ON s.object = o.object AND s.generation = o.generation
LEFT JOIN model.landed_object AS l ON l.object = o.object AND l.generation = o.generation
WHERE s.status IS DISTINCT FROM 'present'
ORDER BY ALL
