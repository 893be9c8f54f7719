-- What a row can be of, a player or a team: the chain that gives the rows, and the published tables that hold them (RULES.md, "Tiers and scores").
-- grain: subject
-- column: subject VARCHAR -- player or team
-- column: chain VARCHAR -- the chain whose lines become the rows
-- column: table_name VARCHAR -- published table of the rows, of which reference.chain_uses says what else they need
-- column: window_table VARCHAR -- published table of the windows over them
SELECT
    subject::VARCHAR AS subject,
    chain::VARCHAR AS chain,
    table_name::VARCHAR AS table_name,
    window_table::VARCHAR AS window_table
FROM (VALUES
    ('player', 'player_boxscores', 'player_game_summary', 'player_window_quality'),
    -- What a team allowed is its opponent's row of this table.
    ('team', 'team_boxscores', 'team_offense_game_summary', 'team_window_quality')
) AS v (subject, chain, table_name, window_table)
