-- What a person fills in who enters the box score of a game, a row a line: both teams, or the players whom their teams listed last that season (RULES.md, "Manual data").
-- grain: row
-- reads: model.game, model.player_game, reference.chain_sources, reference.chains, reference.sources, is_game
-- param: game VARCHAR -- NBA id or YYYYMMDD_AWY_HOM, as is_game takes them
-- param: chain VARCHAR -- the chain that it is for
-- column: nba_game_id VARCHAR -- 10-digit id of the game
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: refused VARCHAR -- why nobody can enter it; NULL if somebody can
-- column: folder VARCHAR -- where the bucket has what a person enters for this game and chain
-- column: row VARCHAR -- JSON: a row to be filled in
WITH asked AS (
    SELECT g.*, h.subject, h.chain, s.game_types, s.covers_from
    FROM model.game AS g
    JOIN reference.chain_sources AS m ON m.kind = 'manual'::source_kind AND m.chain = $chain::VARCHAR
    JOIN reference.chains AS h ON h.chain = m.chain
    JOIN reference.sources AS s ON s.source = m.source
    WHERE is_game($game::VARCHAR, g.nba_game_id, g.game_code_id)
),
side AS (
    SELECT a.nba_game_id, a.subject, a.season, a.game_date, t.nth, t.team
    FROM asked AS a
    CROSS JOIN LATERAL (SELECT 1 AS nth, a.away_team AS team UNION ALL SELECT 2, a.home_team) AS t
),
-- Where each man of the season was last before the game.
man AS (
    SELECT p.season, p.team, p.nba_player_id, p.player_name
    FROM model.player_game AS p
    JOIN asked AS a ON a.season = p.season AND p.game_date < a.game_date
    QUALIFY row_number() OVER (PARTITION BY coalesce(p.nba_player_id::VARCHAR, p.player_lookup) ORDER BY p.game_date DESC, p.nba_game_id DESC, p.team) = 1
)
SELECT
    a.nba_game_id,
    a.game_code_id,
    CASE
        WHEN NOT list_contains(a.game_types, a.game_type) OR a.game_date < a.covers_from THEN 'what a person enters covers no such game'
        WHEN a.away_team IS NULL OR a.home_team IS NULL THEN 'its teams are not known yet'
    END AS refused,
    'manual/' || a.chain || '/' || a.nba_game_id || '/' AS folder,
    CASE
        WHEN a.subject = 'player' THEN json_object(
            'team_abbr', s.team, 'nba_player_id', m.nba_player_id, 'player_name', m.player_name, 'player_status', NULL, 'dnp_reason', NULL, 'minutes', NULL,
            'points', NULL, 'fg_makes', NULL, 'fg_attempts', NULL, 'three_pt_makes', NULL, 'three_pt_attempts', NULL, 'ft_makes', NULL, 'ft_attempts', NULL,
            'offensive_rebounds', NULL, 'defensive_rebounds', NULL, 'assists', NULL, 'steals', NULL, 'blocks', NULL, 'turnovers', NULL,
            'personal_fouls', NULL, 'plus_minus', NULL)
        ELSE json_object(
            'team_abbr', s.team,
            'points', NULL, 'fg_makes', NULL, 'fg_attempts', NULL, 'three_pt_makes', NULL, 'three_pt_attempts', NULL, 'ft_makes', NULL, 'ft_attempts', NULL,
            'offensive_rebounds', NULL, 'defensive_rebounds', NULL, 'assists', NULL, 'steals', NULL, 'blocks', NULL, 'turnovers', NULL,
            'personal_fouls', NULL)
    END::VARCHAR AS row
FROM asked AS a
JOIN side AS s ON s.nba_game_id = a.nba_game_id
LEFT JOIN man AS m ON a.subject = 'player' AND m.season = s.season AND m.team = s.team
ORDER BY s.nth, m.player_name, m.nba_player_id
