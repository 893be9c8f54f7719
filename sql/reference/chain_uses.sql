-- Which table is made from which chain, and whether it can do without (RULES.md, "Chains").
-- grain: table_name, chain
-- column: table_name VARCHAR -- published table of phase 3
-- column: chain VARCHAR -- a chain that it uses
-- column: is_required BOOLEAN -- a row whose component from this chain is 0 is unusable
SELECT
    table_name::VARCHAR AS table_name,
    chain::VARCHAR AS chain,
    is_required::BOOLEAN AS is_required
FROM (VALUES
    ('player_game_summary', 'player_boxscores', true),
    -- What a team allowed is its opponent's row of this table.
    ('team_offense_game_summary', 'team_boxscores', true)
) AS v (table_name, chain, is_required)
