-- What the scrapers' own logs say about attempts that brought nothing (FEEDS.md, "Scraper failures").
-- grain: object, generation, entry
-- parts: pull
-- reads: landing, stage.content, json_text, nba_id
-- column: pull BIGINT -- the pull that brought the object
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: source VARCHAR -- source whose scraper failed
-- column: attempted_at TIMESTAMPTZ -- time of the log (UTC)
-- column: nba_game_id VARCHAR -- game; NULL if a whole date failed
-- column: game_date DATE -- Eastern date
-- column: failure VARCHAR -- failed, timeout or error
-- column: error VARCHAR -- the scraper's own words
WITH doc AS (
    SELECT
        o.pull,
        o.object,
        o.generation,
        o.folder AS source,
        o.snapshot_at,
        TRY(from_json(json_text(l.body), '{
            "failed_games": [{"game_id": "VARCHAR", "game_date": "VARCHAR", "status": "VARCHAR", "error": "VARCHAR"}]
        }')) AS d
    FROM stage.content AS o
    JOIN landing AS l USING (pull, object, generation)
    WHERE o.feed = 'scraper_failures' AND o.outcome = 'parsed'::outcome
),
failure AS (
    SELECT pull, object, generation, source, snapshot_at, unnest(d.failed_games) AS f FROM doc
)
SELECT
    pull,
    object,
    generation,
    source,
    snapshot_at AS attempted_at,
    nba_id(f.game_id) AS nba_game_id,
    coalesce(TRY_CAST(left(f.game_date, 10) AS DATE), try_strptime(f.game_date, '%Y%m%d')::DATE) AS game_date,
    f.status AS failure,
    f.error
FROM failure
