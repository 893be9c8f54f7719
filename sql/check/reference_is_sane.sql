-- The rules as data fit together (01-semantics, "What must always hold", 7).
-- grain: table_name, entry, fault
-- reads: reference.sources, reference.object_paths, reference.known_gaps, reference.teams, reference.team_aliases, reference.game_types, model.team_name
-- severity: block
-- over: reference.sources
-- column: table_name VARCHAR -- reference table
-- column: entry VARCHAR -- its offending row
-- column: fault VARCHAR -- what is wrong
SELECT 'sources' AS table_name, source AS entry, 'due or grace is missing or negative' AS fault
FROM reference.sources
WHERE coalesce(due_from NOT IN ('tipoff', 'next_day', 'listing') OR due_minutes < 0 OR grace_hours < 0, true)
UNION ALL
SELECT 'sources', source, 'it addresses neither game nor date nor season'
FROM reference.sources
WHERE coalesce(addresses NOT IN ('game', 'date', 'season'), true)
UNION ALL
SELECT 'sources', source, 'it covers no game type, or no date'
FROM reference.sources
WHERE coalesce(len(game_types), 0) = 0 OR covers_from IS NULL OR covers_to < covers_from
UNION ALL
SELECT 'sources', source, 'it is listed twice'
FROM reference.sources
GROUP BY source
HAVING count(*) > 1
UNION ALL
SELECT 'sources', source, 'no path says where its objects lie'
FROM reference.sources
ANTI JOIN reference.object_paths AS p ON p.feed = source
UNION ALL
SELECT 'object_paths', layout, 'its feed ' || feed || ' is no source'
FROM reference.object_paths
ANTI JOIN reference.sources AS s ON s.source = feed
WHERE feed <> 'scraper_failures'
UNION ALL
SELECT 'object_paths', layout, 'its pattern does not begin with its prefix'
FROM reference.object_paths
WHERE NOT starts_with(pattern, '^' || prefix)
UNION ALL
SELECT 'known_gaps', nba_game_id || ' ' || scope, 'its scope is no source and not *'
FROM reference.known_gaps
ANTI JOIN reference.sources AS s ON s.source = scope
WHERE scope <> '*'
UNION ALL
SELECT 'known_gaps', nba_game_id || ' ' || scope, 'its accepted status ' || accepted_status || ' is none that can be accepted'
FROM reference.known_gaps
WHERE accepted_status <> '*' AND coalesce(TRY_CAST(accepted_status AS status) IN ('not_expected', 'present', 'pending'), true)
UNION ALL
SELECT 'known_gaps', nba_game_id || ' ' || scope, 'accepted status, owner, reason or since is missing'
FROM reference.known_gaps
WHERE accepted_status IS NULL OR owner IS NULL OR reason IS NULL OR since IS NULL
UNION ALL
SELECT 'known_gaps', nba_game_id || ' ' || scope, 'it is listed twice'
FROM reference.known_gaps
GROUP BY nba_game_id, scope
HAVING count(*) > 1
UNION ALL
SELECT 'teams', name, 'the name belongs to ' || count(*) || ' teams'
FROM model.team_name
GROUP BY name
HAVING count(*) > 1
UNION ALL
SELECT 'team_aliases', alias, 'its team ' || tricode || ' is not one of the teams'
FROM reference.team_aliases
ANTI JOIN reference.teams AS t USING (tricode)
WHERE tricode IS NOT NULL
UNION ALL
SELECT 'game_types', digit, 'the digit or its type stands twice'
FROM reference.game_types
QUALIFY count(*) OVER (PARTITION BY digit) > 1 OR count(*) OVER (PARTITION BY game_type) > 1
ORDER BY ALL
