-- The shape in which the endpoint behind a feed answers by itself, where a scraper may have kept it (FEEDS.md, "nbac_team_boxscore").
-- grain: feed
-- column: feed VARCHAR -- the source
-- column: lists_path VARCHAR -- JSON path of a list of tables, which stands in the place of the feed's own list
-- column: items_path VARCHAR -- JSON path of the rows in each of them
SELECT feed::VARCHAR AS feed, lists_path::VARCHAR AS lists_path, items_path::VARCHAR AS items_path
FROM (VALUES
    ('nbac_team_boxscore', '$.resultSets', '$.rowSet')
) AS v (feed, lists_path, items_path)
