-- The open gaps by source, kind and consecutive dates, the worst and largest ten, whatever the window: one line for five days without a feed.
-- grain: source, status, first_date
-- reads: model.gap, model.decided_gap, model.game, reference.object_paths
-- column: severity VARCHAR -- the worst among them: info, warning or critical
-- column: source VARCHAR -- name of the feed
-- column: status VARCHAR -- what is there instead
-- column: games BIGINT -- games
-- column: first_date DATE -- Eastern date of the first
-- column: last_date DATE -- that of the last: no date with a game of that kind lies between without a gap
-- column: prefix VARCHAR -- where its objects lie
-- column: reason VARCHAR -- why, of the first game
-- column: holes BIGINT -- how many such lines there are
WITH day AS (
    SELECT game_date, dense_rank() OVER (ORDER BY game_date) AS nth FROM model.game WHERE is_competitive GROUP BY game_date
),
gap_day AS (
    SELECT
        p.source,
        p.status,
        d.nth,
        p.game_date,
        max(p.severity) AS severity,
        count(*) AS games,
        arg_min(p.reason, p.nba_game_id) AS reason,
        d.nth - row_number() OVER (PARTITION BY p.source, p.status ORDER BY d.nth) AS island
    FROM model.gap AS p
    ANTI JOIN model.decided_gap AS x ON x.nba_game_id = p.nba_game_id AND x.source = p.source
    JOIN day AS d ON d.game_date = p.game_date
    WHERE NOT p.is_accepted
    GROUP BY p.source, p.status, d.nth, p.game_date
),
hole AS (
    SELECT
        source,
        status,
        max(severity) AS severity,
        sum(games)::BIGINT AS games,
        min(game_date) AS first_date,
        max(game_date) AS last_date,
        arg_min(reason, game_date) AS reason
    FROM gap_day
    GROUP BY source, status, island
)
SELECT
    h.severity::VARCHAR AS severity,
    h.source,
    h.status::VARCHAR AS status,
    h.games,
    h.first_date,
    h.last_date,
    o.prefix,
    h.reason,
    count(*) OVER () AS holes
FROM hole AS h
LEFT JOIN (SELECT feed, min(prefix) AS prefix FROM reference.object_paths GROUP BY feed) AS o ON o.feed = h.source
ORDER BY h.severity DESC, h.games DESC, h.first_date, h.source, h.status
LIMIT 10
