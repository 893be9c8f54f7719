-- Every cell that should be there and is not: what is open, what a person has accepted, and what scraping again does not change (RULES.md, "Open gaps").
-- grain: nba_game_id, source
-- parts: season
-- reads: model.cell, model.game, model.resolution, model.snapshot, model.box_line, reference.chain_sources, threshold
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: source VARCHAR -- name of the feed
-- column: game_date DATE -- Eastern date of tip-off
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: status status -- what is there instead
-- column: reason VARCHAR -- why; first of all, that scraping again has not changed it
-- column: is_accepted BOOLEAN -- a person has accepted it
-- column: is_unchanged BOOLEAN -- its newest snapshots say the same, scrape after scrape
-- column: severity severity -- info within grace; the chain's if nothing supplies its chain; else warning
WITH open_cell AS (
    SELECT * FROM model.cell WHERE is_due AND status <> 'present'
),
line AS (
    SELECT
        b.source, b.object, b.generation, b.nba_game_id,
        row(b.team, b.subject, b.player_name, b.player_status, b.status_reason, b.is_playing, b.repeats, b.points, b.fg_makes, b.fg_attempts,
            b.three_pt_makes, b.three_pt_attempts, b.ft_makes, b.ft_attempts, b.offensive_rebounds, b.defensive_rebounds, b.rebounds,
            b.assists, b.steals, b.blocks, b.turnovers, b.personal_fouls, b.plus_minus, b.minutes)::VARCHAR AS said
    FROM model.box_line AS b
    SEMI JOIN open_cell AS c ON c.source = b.source AND c.nba_game_id = b.nba_game_id AND c.status IN ('partial', 'invalid')
),
-- What each of the newest snapshots of a bad cell says, of every line.
told AS (
    SELECT
        s.nba_game_id,
        s.source,
        s.status,
        s.snapshot_at,
        s.snapshot_at >= c.due_at AS is_after_due,
        string_agg(b.said, chr(31) ORDER BY b.said) AS lines
    FROM open_cell AS c
    JOIN (
        SELECT *, dense_rank() OVER (PARTITION BY nba_game_id, source ORDER BY snapshot_at DESC) AS nth
        FROM model.snapshot
    ) AS s ON s.nba_game_id = c.nba_game_id AND s.source = c.source AND s.nth <= 1 + threshold('unchanged_scrapes')
    LEFT JOIN line AS b
        ON b.source = s.source AND b.object = s.object AND b.generation = s.generation AND b.nba_game_id = s.nba_game_id
    WHERE c.status IN ('partial', 'invalid')
    GROUP BY s.nba_game_id, s.source, s.status, s.snapshot_at, c.due_at, s.object, s.generation
),
unchanged AS (
    SELECT nba_game_id, source
    FROM told
    GROUP BY nba_game_id, source
    -- The first may be from before it was due; what was scraped again then says nothing.
    HAVING count(DISTINCT snapshot_at) = 1 + threshold('unchanged_scrapes')
        AND count(DISTINCT snapshot_at) FILTER (is_after_due) >= threshold('unchanged_scrapes')
        AND bool_and(status IN ('partial', 'invalid'))
        AND count(DISTINCT coalesce(lines, '')) = 1
)
SELECT
    c.nba_game_id,
    c.source,
    g.game_date,
    g.away_team,
    g.home_team,
    c.status,
    CASE WHEN u.source IS NOT NULL THEN 'unchanged after ' || threshold('unchanged_scrapes')::BIGINT || ': ' ELSE '' END || c.reason AS reason,
    c.is_accepted,
    u.source IS NOT NULL AS is_unchanged,
    CASE
        WHEN c.status = 'late' THEN 'info'::severity
        WHEN r.resolution = 'none' THEN r.severity
        ELSE 'warning'::severity
    END AS severity
FROM open_cell AS c
JOIN model.game AS g USING (nba_game_id)
LEFT JOIN unchanged AS u ON u.nba_game_id = c.nba_game_id AND u.source = c.source
LEFT JOIN reference.chain_sources AS m ON m.source = c.source
LEFT JOIN model.resolution AS r ON r.nba_game_id = c.nba_game_id AND r.chain = m.chain
