-- Every gap that the run knows of, whatever its window, and what each costs: what is open, what a person has accepted or decided, which acceptances have lapsed (RULES.md, "Open gaps"; RULES.md, "Accepted gaps"; RULES.md, "Decisions").
-- grain: nba_game_id, source
-- reads: model.gap, model.decided_gap, model.event, model.outage, model.cell, model.game, model.row_quality, model.short_window, reference.known_gaps, reference.chain_sources, reference.event_types, is_game, printable
-- param: as_of TIMESTAMPTZ -- instant that the run answered for
-- param: window_from DATE -- first game date that it listed
-- param: window_to DATE -- last game date that it listed
-- param: game VARCHAR -- the one game that it listed, by any of its ids (is_game); NULL for all
-- param: kinds VARCHAR -- list these only, with commas between them; NULL for all
-- param: source VARCHAR -- list those of this feed only; NULL for all
-- column: kind VARCHAR -- the first that fits: lapsed, an acceptance whose cell is present; accepted; decided, a person decided on the event that tells of it; unchanged, it is open and scraping again has not changed it; open, in the run's window; older, open on another date
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
-- column: owner VARCHAR -- who answers for the acceptance, or decided
-- column: accepted_because VARCHAR -- why nothing will be done
-- column: event_id VARCHAR -- the event that tells of it, as `resolve` takes it; NULL within grace
-- column: batch_id VARCHAR -- its group, as `ack` takes it
-- column: decision_id VARCHAR -- the decision, as `undo` takes it; NULL where there is none
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
            WHEN d.source IS NOT NULL THEN 'decided'
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
        p.reason,
        d.* EXCLUDE (nba_game_id, source, event_id)
    FROM model.gap AS p
    JOIN model.game AS g USING (nba_game_id)
    LEFT JOIN model.decided_gap AS d ON d.nba_game_id = p.nba_game_id AND d.source = p.source
    UNION ALL BY NAME
    SELECT
        'lapsed' AS kind, l.nba_game_id, l.source, g.game_date, g.away_team, g.home_team, 'present'::status AS status, 'info'::severity AS severity
    FROM lapsed AS l
    JOIN model.game AS g USING (nba_game_id)
),
asked AS (
    SELECT *
    FROM found
    WHERE ($kinds::VARCHAR IS NULL OR list_contains(string_split($kinds::VARCHAR, ','), kind))
        AND ($source::VARCHAR IS NULL OR source = $source::VARCHAR)
),
-- What tells of a gap: its outage, in whose message a game inside is told, else the event of its chain.
teller AS (
    SELECT o.nba_game_id, o.source, e.event_id, e.batch_id, 1 AS place
    FROM (SELECT source, first_date, unnest(games) AS nba_game_id FROM model.outage WHERE is_open) AS o
    JOIN model.event AS e ON e.event_type = 'source_outage' AND e.source = o.source AND e.game_date = o.first_date
    UNION ALL
    SELECT e.nba_game_id, m.source, e.event_id, e.batch_id, 2
    FROM model.event AS e
    JOIN reference.event_types AS t ON t.event_type = e.event_type AND t.rank IS NOT NULL
    JOIN reference.chain_sources AS m ON m.chain = e.chain
    WHERE e.is_open
),
told AS (
    SELECT * FROM teller QUALIFY row_number() OVER (PARTITION BY nba_game_id, source ORDER BY place, event_id) = 1
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
    CASE WHEN a.kind IN ('accepted', 'lapsed') THEN k.owner WHEN a.kind = 'decided' THEN printable(a.acted_by) END AS owner,
    CASE WHEN a.kind IN ('accepted', 'lapsed') THEN k.reason WHEN a.kind = 'decided' THEN a.method || ': ' || printable(a.why) END AS accepted_because,
    CASE WHEN a.kind <> 'lapsed' THEN t.event_id END AS event_id,
    CASE WHEN a.kind <> 'lapsed' THEN t.batch_id END AS batch_id,
    CASE WHEN a.kind = 'decided' THEN a.decision_id END AS decision_id
FROM asked AS a
LEFT JOIN model.cell AS c ON c.nba_game_id = a.nba_game_id AND c.source = a.source
LEFT JOIN accepted AS k ON k.nba_game_id = a.nba_game_id AND k.source = a.source
LEFT JOIN told AS t ON t.nba_game_id = a.nba_game_id AND t.source = a.source
LEFT JOIN below AS b ON b.nba_game_id = a.nba_game_id
LEFT JOIN model.short_window AS w ON w.nba_game_id = a.nba_game_id
ORDER BY list_position(['open', 'older', 'unchanged', 'decided', 'accepted', 'lapsed'], a.kind), a.game_date, a.nba_game_id, a.source
