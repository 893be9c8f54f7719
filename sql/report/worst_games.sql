-- The ten games with the worst that is wrong: first how bad it is, then how many rows and windows hang on it, then what is new; whatever the window.
-- grain: nba_game_id
-- reads: model.event, model.new_event, model.resolution, model.gap, model.decided_event, model.decided_gap, model.cell, model.game, model.row_quality, model.short_window
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- Eastern date of tip-off
-- column: severity VARCHAR -- warning or critical
-- column: said VARCHAR -- the worst that is wrong
-- column: since TIMESTAMPTZ -- when it became true, of a gap since when it is due (UTC)
-- column: is_new BOOLEAN -- no earlier run recorded it
-- column: low_rows BIGINT -- rows of the game that are less than gold
-- column: short_windows BIGINT -- windows of later games that lack it
-- column: games BIGINT -- how many games something is wrong with
WITH closed AS (
    SELECT e.event_type, e.nba_game_id, e.chain, e.event_id
    FROM model.event AS e
    SEMI JOIN (FROM model.decided_event WHERE is_closed) AS d ON d.event_id = e.event_id
),
fault AS (
    SELECT
        e.nba_game_id, e.severity::severity AS severity, 2 AS place, e.event_timestamp AS since, e.description AS said,
        n.event_id IS NOT NULL AS is_new
    FROM model.event AS e
    LEFT JOIN model.new_event AS n ON n.event_id = e.event_id
    ANTI JOIN closed AS d ON d.event_id = e.event_id
    WHERE e.is_open AND e.nba_game_id IS NOT NULL
    UNION ALL
    -- Games inside an outage have no event of their own, and are named all the same.
    SELECT r.nba_game_id, r.severity, 1, r.late_until, 'nothing supplies ' || r.chain || ': ' || r.primary_source || ' is ' || r.primary_status::VARCHAR, false
    FROM model.resolution AS r
    ANTI JOIN closed AS d ON d.event_type = 'source_missing' AND d.nba_game_id = r.nba_game_id AND d.chain = r.chain
    WHERE resolution = 'none' AND is_past_grace AND NOT is_accepted
    UNION ALL
    SELECT p.nba_game_id, p.severity, 3, c.due_at, p.source || ' is ' || p.status::VARCHAR || coalesce(': ' || p.reason, ''), false
    FROM model.gap AS p
    JOIN model.cell AS c ON c.nba_game_id = p.nba_game_id AND c.source = p.source
    ANTI JOIN model.decided_gap AS d ON d.nba_game_id = p.nba_game_id AND d.source = p.source
    WHERE NOT p.is_accepted
),
worst AS (
    SELECT *, bool_or(is_new) OVER (PARTITION BY nba_game_id) AS has_news
    FROM fault
    WHERE severity > 'info'::severity
    QUALIFY row_number() OVER (PARTITION BY nba_game_id ORDER BY severity DESC, place, is_new DESC, since, said) = 1
),
low AS (
    SELECT nba_game_id, count(*) AS rows FROM model.row_quality WHERE quality_tier <> 'gold'::tier GROUP BY nba_game_id
)
SELECT
    w.nba_game_id,
    g.game_code_id,
    g.game_date,
    w.severity::VARCHAR AS severity,
    w.said,
    w.since,
    w.has_news AS is_new,
    coalesce(l.rows, 0) AS low_rows,
    coalesce(s.windows, 0) AS short_windows,
    count(*) OVER () AS games
FROM worst AS w
JOIN model.game AS g ON g.nba_game_id = w.nba_game_id
LEFT JOIN low AS l ON l.nba_game_id = w.nba_game_id
LEFT JOIN model.short_window AS s ON s.nba_game_id = w.nba_game_id
ORDER BY w.severity DESC, low_rows + short_windows DESC, w.has_news DESC, g.game_date DESC, w.nba_game_id
LIMIT 10
