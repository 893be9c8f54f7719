-- No stage drops all rows of a feed whose objects hold items: 1,299 games once sat in the bucket while the loader said success (RULES.md, "Blocking checks", 6; RULES.md, "Why", 2).
-- grain: feed
-- reads: stage.object, stage.box_lines, stage.nbac_schedule, stage.scraper_failures, reference.object_paths, reference.sources, threshold
-- severity: block
-- finds: objects of a feed hold rows and none was read from them
-- over: stage.object
-- column: feed VARCHAR -- source or scraper_failures
-- column: objects BIGINT -- readable objects with items
-- column: items HUGEINT -- items in them
WITH staged AS (
    -- A game may well have no rows: where an item is one, to have read it is enough.
    SELECT DISTINCT b.source AS feed
    FROM stage.box_lines AS b
    SEMI JOIN stage.object AS o ON o.object = b.object AND o.generation = b.generation -- it exists at as-of
    WHERE b.team_code IS NOT NULL OR b.source IN (SELECT feed FROM reference.object_paths WHERE items_are_games)
    UNION ALL
    SELECT source
    FROM reference.sources
    WHERE is_schedule AND EXISTS (FROM stage.nbac_schedule AS s JOIN stage.object AS o ON o.object = s.object AND o.generation = s.generation)
    UNION ALL
    SELECT 'scraper_failures'
    WHERE EXISTS (FROM stage.scraper_failures AS l JOIN stage.object AS o ON o.object = l.object AND o.generation = l.generation)
)
SELECT o.feed, count(*) AS objects, sum(o.items) AS items
FROM stage.object AS o
ANTI JOIN staged AS s ON s.feed = o.feed
WHERE o.outcome = 'parsed'::outcome AND o.items > 0
GROUP BY o.feed
-- Bad objects are quarantined or empty cells and stop no night; it is when all of many give nothing that we misread them.
HAVING count(*) >= threshold('stage_dropped_objects')
ORDER BY o.feed
