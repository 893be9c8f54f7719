-- What the scrapers' logs say that exist at as-of: a stage reads every log that was ever landed (RULES.md, "Parts").
-- grain: object, generation, entry
-- reads: stage.scraper_failures, stage.object
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: source VARCHAR -- source whose scraper failed
-- column: attempted_at TIMESTAMPTZ -- time of the log (UTC)
-- column: nba_game_id VARCHAR -- game; NULL if a whole date failed
-- column: game_date DATE -- Eastern date
-- column: failure VARCHAR -- failed, timeout or error
-- column: error VARCHAR -- the scraper's own words
SELECT
    l.object,
    l.generation,
    l.source,
    l.attempted_at,
    l.nba_game_id,
    l.game_date,
    l.failure,
    l.error
FROM stage.scraper_failures AS l
SEMI JOIN stage.object AS o ON o.object = l.object AND o.generation = l.generation
