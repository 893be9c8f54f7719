-- The rules as data fit together (RULES.md, "Blocking checks", 7).
-- grain: table_name, entry, fault
-- reads: reference.chains, reference.chain_sources, reference.chain_uses, reference.audited_tables, reference.fields, reference.tiers, reference.tolerances, reference.event_types, reference.sources, reference.object_paths, reference.known_gaps, reference.teams, reference.team_aliases, reference.game_types, model.team_name
-- severity: block
-- finds: the rules in sql/reference/ contradict each other
-- over: reference.sources
-- column: table_name VARCHAR -- reference table
-- column: entry VARCHAR -- its offending row
-- column: fault VARCHAR -- what is wrong
SELECT 'sources' AS table_name, source AS entry, 'due or grace is missing or negative' AS fault
FROM reference.sources
WHERE coalesce(due_from NOT IN ('tipoff', 'next_day', 'listing') OR due_minutes < 0 OR grace_hours < 0, true)
    AND coalesce(due_from <> 'never' OR due_minutes IS NOT NULL OR grace_hours IS NOT NULL, true)
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
SELECT 'sources', source, 'there is another schedule: the games are those of one'
FROM reference.sources
WHERE is_schedule
QUALIFY count(*) OVER () > 1
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
SELECT 'known_gaps', nba_game_id || ' ' || scope, 'its scope is no source, no chain and not *'
FROM reference.known_gaps
ANTI JOIN (SELECT source AS name FROM reference.sources UNION ALL SELECT chain FROM reference.chains) AS n ON n.name = scope
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
UNION ALL
SELECT 'chain_sources', chain || ' ' || source, 'the chain is not one of the chains'
FROM reference.chain_sources
ANTI JOIN reference.chains AS h USING (chain)
UNION ALL
SELECT 'chains', chain, 'no real source is its member, or the chain stands twice'
FROM reference.chains AS h
LEFT JOIN (SELECT chain, count(*) AS members FROM reference.chain_sources WHERE kind = 'real'::source_kind GROUP BY chain) AS m USING (chain)
GROUP BY chain
HAVING coalesce(min(m.members), 0) = 0 OR count(*) > 1
UNION ALL
SELECT 'chains', chain, 'its subject is neither player nor team'
FROM reference.chains
WHERE subject NOT IN ('player', 'team')
UNION ALL
SELECT 'chains', string_agg(DISTINCT chain, ', ' ORDER BY chain), 'a ' || subject || '''s row is made from one chain'
FROM reference.chains
WHERE subject IS NOT NULL
GROUP BY subject
HAVING count(DISTINCT chain) > 1
UNION ALL
SELECT 'chain_sources', chain || ' ' || source, 'it is no source'
FROM reference.chain_sources
ANTI JOIN reference.sources AS s USING (source)
WHERE kind <> 'virtual'::source_kind
UNION ALL
SELECT 'chain_sources', m.chain || ' ' || m.source, 'a person enters it or nobody does: due never and manual go together'
FROM reference.chain_sources AS m
JOIN reference.sources AS s USING (source)
WHERE (s.due_from = 'never') <> (m.kind = 'manual'::source_kind)
UNION ALL
SELECT 'chain_sources', m.chain || ' ' || m.source, 'a virtual member needs as input another chain, which has none itself; no other member has inputs'
FROM reference.chain_sources AS m
LEFT JOIN (SELECT chain, bool_or(kind = 'virtual'::source_kind) AS has_virtual FROM reference.chain_sources GROUP BY chain) AS i ON i.chain = m.inputs
WHERE (m.kind = 'virtual'::source_kind) <> (m.inputs IS NOT NULL) OR m.inputs IS NOT NULL AND coalesce(i.has_virtual, true)
UNION ALL
SELECT 'chain_sources', m.chain || ' ' || m.source, 'the first member is real'
FROM reference.chain_sources AS m
WHERE m.place = 1 AND m.kind <> 'real'::source_kind
UNION ALL
-- A source twice in one chain would be two entries that overlap; in two chains its cell would have two events.
SELECT 'chain_sources', source, 'it is a member more than once'
FROM reference.chain_sources
GROUP BY source
HAVING count(*) > 1
UNION ALL
SELECT 'chain_sources', chain || ' ' || place, 'the places are not 1, 2, 3 …, or a later member scores higher, or a score is not between 0 and 100'
FROM reference.chain_sources
QUALIFY place <> row_number() OVER (PARTITION BY chain ORDER BY place)
    OR score > lag(score) OVER (PARTITION BY chain ORDER BY place)
    OR score NOT BETWEEN 0 AND 100
UNION ALL
SELECT 'chain_uses', table_name || ' ' || chain, 'the chain is not one of the chains'
FROM reference.chain_uses
ANTI JOIN reference.chains AS h USING (chain)
UNION ALL
SELECT 'audited_tables', table_name, 'the chain is not one of the chains'
FROM reference.audited_tables
ANTI JOIN reference.chains AS h USING (chain)
UNION ALL
SELECT 'audited_tables', t.table_name, 'its source is no member of its chain'
FROM reference.audited_tables AS t
ANTI JOIN reference.chain_sources AS m ON m.chain = t.chain AND m.source = t.source
WHERE t.source IS NOT NULL
UNION ALL
SELECT 'audited_tables', table_name, 'it is listed twice'
FROM reference.audited_tables
GROUP BY dataset_name, table_name
HAVING count(*) > 1
UNION ALL
SELECT 'audited_tables', table_name, 'nobody could count a game in it: dataset, id, date or rows are missing, or of no known form'
FROM reference.audited_tables
WHERE coalesce(dataset_name = '' OR id_column = '' OR date_column = '' OR id_form NOT IN ('nba', 'code') OR rows_expected NOT IN ('1', '2', 'players'), true)
UNION ALL
SELECT 'audited_tables', table_name, 'no delay, or one below 0; or nothing tells the several rows of a game apart'
FROM reference.audited_tables
WHERE coalesce(delay_hours < 0, true) OR (rows_expected <> '1') <> (row_key IS NOT NULL)
UNION ALL
SELECT 'fields', subject || ' ' || field, 'a required field has no weight, an optional one has'
FROM reference.fields
WHERE coalesce(is_required <> (weight = 0) OR weight < 0, true)
UNION ALL
SELECT 'tiers', tier::VARCHAR, 'the bounds do not descend without a gap from 100.0 to 0.0'
FROM reference.tiers
QUALIFY at_most <> coalesce(lag(at_least) OVER (ORDER BY tier DESC) - 0.1, 100)
    OR at_most <= at_least
    OR tier = min(tier) OVER () AND at_least <> 0
UNION ALL
SELECT 'tiers', 'all', 'not every tier is there once'
FROM reference.tiers
HAVING count(DISTINCT tier) <> 5 OR count(*) <> 5
UNION ALL
SELECT 'tolerances', coalesce(team_games_below::VARCHAR, 'later'), 'the shares do not descend through the season, or nothing holds at its end'
FROM reference.tolerances
QUALIFY share > lag(share) OVER (PARTITION BY is_playoffs ORDER BY team_games_below NULLS LAST)
    OR count(*) FILTER (team_games_below IS NULL) OVER (PARTITION BY is_playoffs) <> 1
UNION ALL
SELECT 'event_types', event_type, 'it stands twice, or has no phase'
FROM reference.event_types
GROUP BY event_type
HAVING count(*) > 1 OR min(phase) IS NULL
ORDER BY ALL
