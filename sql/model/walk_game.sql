-- The games that a window may look back on, for each of their teams: competitive, over, and covered by a feed of its rows (RULES.md, "Windows").
-- grain: subject, nba_game_id, team
-- parts: season
-- reads: model.game, model.final_score, model.resolution, model.best_line, reference.subjects
-- column: subject VARCHAR -- player or team
-- column: nba_game_id VARCHAR -- the game
-- column: season VARCHAR -- such as 2024-25
-- column: game_date DATE -- Eastern date of tip-off
-- column: tipoff_at TIMESTAMPTZ -- tip-off (UTC)
-- column: team VARCHAR -- tricode
-- column: games_before BIGINT -- such games of the team this season before this one
-- column: resolution resolution -- how the chain of the rows was resolved
-- column: may_be_missed BOOLEAN -- a row should be there by now, and nobody has accepted that there is none
-- column: is_whole BOOLEAN -- the source used is whole for the team: who is not in it did not play
-- column: answered_at TIMESTAMPTZ -- when it was known what there is (UTC); NULL while more may come
SELECT
    s.subject,
    g.nba_game_id,
    g.season,
    g.game_date,
    g.tipoff_at,
    t.team,
    row_number() OVER (PARTITION BY s.subject, g.season, t.team ORDER BY g.game_date, g.nba_game_id) - 1 AS games_before,
    r.resolution,
    r.resolution <> 'pending' AND NOT r.is_accepted AS may_be_missed,
    EXISTS (FROM model.best_line AS b WHERE b.nba_game_id = g.nba_game_id AND b.source = r.rows_from AND b.team = t.team AND b.is_whole) AS is_whole,
    -- What is not there was known not to be once its grace was over.
    CASE WHEN r.resolution = 'none' THEN r.late_until WHEN r.resolution <> 'pending' THEN greatest(r.due_at, r.snapshot_at) END AS answered_at
FROM reference.subjects AS s
JOIN model.resolution AS r ON r.chain = s.chain AND r.resolution <> 'not_applicable'
JOIN model.game AS g ON g.nba_game_id = r.nba_game_id
JOIN model.final_score AS f ON f.nba_game_id = g.nba_game_id
CROSS JOIN LATERAL (VALUES (g.away_team), (g.home_team)) AS t (team)
