-- Events of this game, and what became of each.
-- grain: event_id
-- reads: view.source_coverage_log_current, model.outage, model.game, is_game
-- param: game VARCHAR -- NBA id or YYYYMMDD_AWY_HOM, as is_game takes them
-- column: event_timestamp TIMESTAMPTZ -- when it became true (UTC)
-- column: event_type VARCHAR -- kind of event
-- column: severity VARCHAR -- info, warning or critical
-- column: about VARCHAR -- source, chain, player or team
-- column: state VARCHAR -- open, or how it was resolved
-- column: description VARCHAR -- what happened and why
-- column: event_id VARCHAR -- its id
WITH asked AS (
    SELECT nba_game_id FROM model.game WHERE is_game($game::VARCHAR, nba_game_id, game_code_id)
),
-- An outage is told of the source; it is the game's event where the game is inside it.
outage AS (
    SELECT o.source, o.first_date
    FROM (SELECT source, first_date, unnest(games) AS nba_game_id FROM model.outage) AS o
    SEMI JOIN asked AS a ON a.nba_game_id = o.nba_game_id
)
SELECT
    e.event_timestamp,
    e.event_type,
    e.severity,
    coalesce(e.player_lookup, e.team_abbr, e.source, e.chain) AS about,
    CASE WHEN e.is_resolved THEN e.resolution_method || ' at ' || strftime(e.resolved_at, '%Y-%m-%d %H:%MZ') ELSE 'open' END AS state,
    e.description,
    e.event_id
FROM view.source_coverage_log_current AS e
LEFT JOIN outage AS o ON e.event_type = 'source_outage' AND o.source = e.source AND o.first_date = e.game_date
WHERE e.nba_game_id IN (SELECT nba_game_id FROM asked) OR o.source IS NOT NULL
ORDER BY e.event_timestamp, e.event_type, about, e.event_id
