-- The id of an event: what it is about, and for which time it happens to that; never how bad or how it is told (RULES.md, "Event ids").
-- reads: uuid_v5
-- param: of_type VARCHAR -- kind of event
-- param: of_game VARCHAR -- NBA game id; NULL for none, as below
-- param: of_chain VARCHAR -- chain
-- param: of_source VARCHAR -- source
-- param: of_table VARCHAR -- published table
-- param: of_team VARCHAR -- tricode
-- param: of_player VARCHAR -- player_lookup
-- param: of_date DATE -- the date that an event without a game is about; not used with a game
-- param: of_occurrence BIGINT -- 1 for the first time; 0 gives the key under which all times are counted
SELECT uuid_v5('92ec63aa-dbb9-5b26-b5c1-2fad14c47f78',
    of_type || chr(31) || coalesce(of_game, '') || chr(31) || coalesce(of_chain, '') || chr(31) || coalesce(of_source, '')
    || chr(31) || coalesce(of_table, '') || chr(31) || coalesce(of_team, '') || chr(31) || coalesce(of_player, '')
    || chr(31) || CASE WHEN of_game IS NULL THEN coalesce(of_date::VARCHAR, '') ELSE '' END
    || chr(31) || of_occurrence::VARCHAR)
