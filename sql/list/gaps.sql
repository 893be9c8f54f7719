-- Every gap that the run knows of, whatever its window, and what each costs: what is open, what a person has accepted, which acceptances have lapsed (RULES.md, "Open gaps"; RULES.md, "Accepted gaps").
-- grain: nba_game_id, source
-- reads: model.gap, model.cell, model.game, model.row_quality, model.short_window, reference.known_gaps, reference.chain_sources, is_game
-- param: as_of TIMESTAMPTZ -- instant that the run answered for
-- param: window_from DATE -- first game date that it listed
-- param: window_to DATE -- last game date that it listed
-- param: game VARCHAR -- the one game that it listed, by any of its ids (is_game); NULL for all
-- param: kinds VARCHAR -- list these only, with commas between them; NULL for all
-- param: source VARCHAR -- list those of this feed only; NULL for all
-- column: kind VARCHAR -- the first that fits: lapsed, an acceptance whose cell is present; accepted; unchanged, it is open and scraping again has not changed it; open, in the run's window; older, open on another date
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: game_date DATE -- Eastern date of tip-off
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: source VARCHAR -- name of the feed
-- column: status VARCHAR -- what is there
-- column: severity VARCHAR -- info, warning or critical
-- column: age_days BIGINT -- whole days since it was due
-- column: rows_below_gold BIGINT -- rows of the game whose tier is below gold, of players and of teams; so many at each of its gaps
-- column: windows BIGINT -- windows before later games that lack the game, whatever of its sources; so many at each of its gaps
-- column: reason VARCHAR -- why it is not present
-- column: owner VARCHAR -- who answers for the acceptance
-- column: accepted_because VARCHAR -- why nothing will be done
WITH acceptance AS (
    SELECT c.nba_game_id, c.source, c.status, c.due_at, c.is_expected, k.scope, k.owner, k.reason
    FROM reference.known_gaps AS k
    JOIN model.cell AS c ON c.nba_game_id = k.nba_game_id
    LEFT JOIN reference.chain_sources AS m ON m.source = c.source
    WHERE k.scope IN ('*', c.source, m.chain)
        AND k.since <= $as_of::TIMESTAMPTZ
        AND (c.status = 'present' OR k.accepted_status IN ('*', c.status::VARCHAR))
),
-- One of everything lapses once nothing is left that it accepts: some of its cells were there all the time.
lapsed AS (
    SELECT DISTINCT nba_game_id, source
    FROM acceptance AS a
    WHERE a.is_expected AND a.status = 'present'
        AND (
            a.scope <> '*'
            OR NOT EXISTS (FROM model.cell AS c WHERE c.nba_game_id = a.nba_game_id AND c.is_expected AND c.status <> 'present'))
),
accepted AS (
    SELECT nba_game_id, source, string_agg(DISTINCT owner, ', ' ORDER BY owner) AS owner, string_agg(DISTINCT reason, '; ' ORDER BY reason) AS reason
    FROM acceptance
    GROUP BY nba_game_id, source
),
found AS (
    SELECT
        CASE
            WHEN p.is_accepted THEN 'accepted'
            WHEN p.is_unchanged THEN 'unchanged'
            WHEN p.game_date BETWEEN $window_from::DATE AND $window_to::DATE
                AND ($game::VARCHAR IS NULL OR is_game($game::VARCHAR, g.nba_game_id, g.game_code_id)) THEN 'open'
            ELSE 'older'
        END AS kind,
        p.nba_game_id,
        p.source,
        p.game_date,
        p.away_team,
        p.home_team,
        p.status,
        p.severity,
        p.reason
    FROM model.gap AS p
    JOIN model.game AS g USING (nba_game_id)
    UNION ALL
    SELECT 'lapsed', l.nba_game_id, l.source, g.game_date, g.away_team, g.home_team, 'present'::status, 'info'::severity, NULL
    FROM lapsed AS l
    JOIN model.game AS g USING (nba_game_id)
),
asked AS (
    SELECT *
    FROM found
    WHERE ($kinds::VARCHAR IS NULL OR list_contains(string_split($kinds::VARCHAR, ','), kind))
        AND ($source::VARCHAR IS NULL OR source = $source::VARCHAR)
),
below AS (
    SELECT q.nba_game_id, count(*) AS rows_below_gold
    FROM model.row_quality AS q
    SEMI JOIN asked AS a ON a.nba_game_id = q.nba_game_id
    WHERE q.quality_tier < 'gold'::tier
    GROUP BY q.nba_game_id
)
SELECT
    a.kind,
    a.nba_game_id,
    a.game_date,
    a.away_team,
    a.home_team,
    a.source,
    a.status::VARCHAR AS status,
    a.severity::VARCHAR AS severity,
    date_sub('day', c.due_at, $as_of::TIMESTAMPTZ) AS age_days,
    coalesce(b.rows_below_gold, 0) AS rows_below_gold,
    coalesce(w.windows, 0) AS windows,
    a.reason,
    CASE WHEN a.kind IN ('accepted', 'lapsed') THEN k.owner END AS owner,
    CASE WHEN a.kind IN ('accepted', 'lapsed') THEN k.reason END AS accepted_because
FROM asked AS a
LEFT JOIN model.cell AS c ON c.nba_game_id = a.nba_game_id AND c.source = a.source
LEFT JOIN accepted AS k ON k.nba_game_id = a.nba_game_id AND k.source = a.source
LEFT JOIN below AS b ON b.nba_game_id = a.nba_game_id
LEFT JOIN model.short_window AS w ON w.nba_game_id = a.nba_game_id
ORDER BY list_position(['open', 'older', 'unchanged', 'accepted', 'lapsed'], a.kind), a.game_date, a.nba_game_id, a.source
