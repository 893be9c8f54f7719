-- The platform's own tables that hold what our sources and chains supply (FEEDS.md, "Raw tables"; TABLES.md, "The platform's tables").
-- grain: dataset_name, table_name
-- column: table_name VARCHAR -- the table
-- column: dataset_name VARCHAR -- its dataset, in the project of our own
-- column: chain VARCHAR -- the chain whose data it holds
-- column: source VARCHAR -- the feed that it is loaded from; NULL for one that is made from the whole chain
-- column: id_column VARCHAR -- column with the id of the game
-- column: id_form VARCHAR -- nba: ten digits; code: YYYYMMDD_AWY_HOM
-- column: date_column VARCHAR -- column with the game date, by which it is partitioned
-- column: rows_expected VARCHAR -- rows of one game: 1, 2 (a team each), or players (one each)
-- column: needs_filter BOOLEAN -- a query is refused unless it names dates
-- column: row_key VARCHAR -- column that tells the rows of one game apart; NULL where a game has one row
-- column: delay_hours INTEGER -- how long after the chain's grace the table may lack a game
-- column: never_holds game_type -- games that its loader leaves out, and nothing is wrong; NULL for none
-- column: loaded_by VARCHAR -- the processor that loads it; NULL where no page of the platform names one
SELECT
    table_name::VARCHAR AS table_name,
    dataset_name::VARCHAR AS dataset_name,
    chain::VARCHAR AS chain,
    source::VARCHAR AS source,
    id_column::VARCHAR AS id_column,
    id_form::VARCHAR AS id_form,
    date_column::VARCHAR AS date_column,
    rows_expected::VARCHAR AS rows_expected,
    needs_filter::BOOLEAN AS needs_filter,
    row_key::VARCHAR AS row_key,
    delay_hours::INTEGER AS delay_hours,
    never_holds::game_type AS never_holds,
    loaded_by::VARCHAR AS loaded_by
FROM (VALUES
    -- No page of the platform tells a delay: 6 hours for what one loader fills, a day for what is made of several tables. None names a processor.
    ('nbac_schedule', 'nba_raw', 'game_schedule', 'nbac_schedule', 'game_id', 'nba', 'game_date', '1', true, NULL, 6, 'cup_final', NULL),
    ('espn_scoreboard', 'nba_raw', 'game_schedule', 'espn_scoreboard', 'game_id', 'code', 'game_date', '1', true, NULL, 6, NULL, NULL),
    ('nbac_team_boxscore', 'nba_raw', 'team_boxscores', 'nbac_team_boxscore', 'game_id', 'code', 'game_date', '2', true, 'team_abbr', 6, NULL, NULL),
    ('nbac_gamebook_player_stats', 'nba_raw', 'player_boxscores', 'nbac_gamebook_player_stats', 'game_id', 'code', 'game_date', 'players', false, 'player_lookup', 6, NULL, NULL),
    -- The table is in the plural, its feed is not.
    ('nbac_player_boxscores', 'nba_raw', 'player_boxscores', 'nbac_player_boxscore', 'game_id', 'code', 'game_date', 'players', true, 'player_lookup', 6, NULL, NULL),
    ('bdl_player_boxscores', 'nba_raw', 'player_boxscores', 'bdl_player_boxscores', 'game_id', 'code', 'game_date', 'players', true, 'player_lookup', 6, NULL, NULL),
    ('player_game_summary', 'nba_analytics', 'player_boxscores', NULL, 'game_id', 'code', 'game_date', 'players', false, 'player_lookup', 24, NULL, NULL),
    ('team_offense_game_summary', 'nba_analytics', 'team_boxscores', NULL, 'game_id', 'code', 'game_date', '2', true, 'team_abbr', 24, NULL, NULL),
    ('team_defense_game_summary', 'nba_analytics', 'team_boxscores', NULL, 'game_id', 'code', 'game_date', '2', false, 'defending_team_abbr', 24, NULL, NULL)
) AS v (table_name, dataset_name, chain, source, id_column, id_form, date_column, rows_expected, needs_filter, row_key, delay_hours, never_holds, loaded_by)
