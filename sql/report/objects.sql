-- What became of the objects of each feed.
-- grain: feed
-- reads: model.landed_object
-- column: feed VARCHAR -- source or scraper_failures; NULL if the path fits no layout
-- column: objects BIGINT -- object generations
-- column: names BIGINT -- different names among them: an object that was overwritten has several generations
-- column: parsed BIGINT -- read by a stage
-- column: quarantined BIGINT -- unreadable, each with its reason
-- column: ignored BIGINT -- no feed's business
-- column: gone BIGINT -- no longer in the bucket
-- column: rows_parsed HUGEINT -- typed rows they gave
SELECT
    feed,
    count(*) AS objects,
    count(DISTINCT object) AS names,
    count(*) FILTER (outcome = 'parsed') AS parsed,
    count(*) FILTER (outcome = 'quarantined') AS quarantined,
    count(*) FILTER (outcome = 'ignored') AS ignored,
    count(*) FILTER (is_gone) AS gone,
    sum(rows_parsed) AS rows_parsed
FROM model.landed_object
GROUP BY feed
ORDER BY feed
