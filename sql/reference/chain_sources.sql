-- The members of each chain in the order in which they are asked, and how good each is (RULES.md, "Chains").
-- grain: chain, place
-- column: chain VARCHAR -- name of the chain
-- column: place INTEGER -- order, from 1
-- column: source VARCHAR -- the feed; a virtual or manual member has a name of its own
-- column: kind source_kind -- real, virtual or manual
-- column: score DECIMAL(4,1) -- quality score of what it supplies
-- column: inputs VARCHAR -- of a virtual member the chain that it is computed from
SELECT
    chain::VARCHAR AS chain,
    place::INTEGER AS place,
    source::VARCHAR AS source,
    kind::source_kind AS kind,
    score::DECIMAL(4,1) AS score,
    inputs::VARCHAR AS inputs
FROM (VALUES
    ('game_schedule', 1, 'nbac_schedule', 'real', 100, NULL),
    ('game_schedule', 2, 'espn_scoreboard', 'real', 90, NULL),
    ('player_boxscores', 1, 'nbac_gamebook_player_stats', 'real', 100, NULL),
    ('player_boxscores', 2, 'nbac_player_boxscore', 'real', 90, NULL),
    ('player_boxscores', 3, 'bdl_player_boxscores', 'real', 85, NULL),
    ('player_boxscores', 4, 'manual_player_boxscores', 'manual', 75, NULL),
    ('team_boxscores', 1, 'nbac_team_boxscore', 'real', 100, NULL),
    ('team_boxscores', 2, 'reconstructed_team_from_players', 'virtual', 85, 'player_boxscores'),
    ('team_boxscores', 3, 'manual_team_boxscores', 'manual', 75, NULL)
) AS v (chain, place, source, kind, score, inputs)
