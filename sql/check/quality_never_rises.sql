-- No row is better than the worst of what it was made from (RULES.md, "Blocking checks", 3).
-- grain: table_name, nba_game_id, subject
-- reads: reference.chains, model.resolution, model.player_game, model.team_game, model.player_window, model.team_window
-- severity: block
-- finds: a row is better than the worst of what it was made from
-- over: model.resolution
-- column: table_name VARCHAR -- published table
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: subject VARCHAR -- player or team
-- column: quality_score DECIMAL(4,1) -- its score
-- column: worst_input DECIMAL(4,1) -- the lower score of an input
WITH looked_back AS (
    SELECT nba_game_id, player_lookup, nba_player_id, quality_score, unnest(input_games) AS input_game FROM model.player_window
),
input AS (
    SELECT 'player_game_summary' AS table_name, p.nba_game_id, p.player_lookup AS subject, p.quality_score, coalesce(r.score, 0) AS input_score
    FROM model.player_game AS p
    JOIN reference.chains AS h ON h.subject = 'player'
    LEFT JOIN model.resolution AS r ON r.nba_game_id = p.nba_game_id AND r.chain = h.chain
    UNION ALL
    SELECT 'team_offense_game_summary', p.nba_game_id, p.team, p.quality_score, coalesce(r.score, 0)
    FROM model.team_game AS p
    JOIN reference.chains AS h ON h.subject = 'team'
    LEFT JOIN model.resolution AS r ON r.nba_game_id = p.nba_game_id AND r.chain = h.chain
    UNION ALL
    -- A team's row that is a sum of players' is no better than any of theirs.
    SELECT 'team_offense_game_summary', t.nba_game_id, t.team, t.quality_score, p.quality_score
    FROM model.team_game AS t
    JOIN model.player_game AS p ON p.nba_game_id = t.nba_game_id AND p.team = t.team AND p.player_status = 'played'::player_status
    WHERE t.quality_reconstructed
    UNION ALL
    SELECT 'player_window_quality', w.nba_game_id, w.player_lookup, w.quality_score, p.quality_score
    FROM looked_back AS w
    JOIN model.player_game AS p ON p.nba_game_id = w.input_game AND p.player_lookup = w.player_lookup
    UNION ALL
    -- The same man under another spelling.
    SELECT 'player_window_quality', w.nba_game_id, w.player_lookup, w.quality_score, p.quality_score
    FROM looked_back AS w
    JOIN model.player_game AS p ON p.nba_game_id = w.input_game AND p.nba_player_id = w.nba_player_id
    UNION ALL
    SELECT 'team_window_quality', w.nba_game_id, w.team, w.quality_score, p.quality_score
    FROM (SELECT nba_game_id, team, quality_score, unnest(input_games) AS input_game FROM model.team_window) AS w
    JOIN model.team_game AS p ON p.nba_game_id = w.input_game AND p.team = w.team
)
SELECT table_name, nba_game_id, subject, quality_score, min(input_score)::DECIMAL(4,1) AS worst_input
FROM input
WHERE quality_score > input_score
GROUP BY table_name, nba_game_id, subject, quality_score
ORDER BY ALL
