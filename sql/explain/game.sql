-- The game as the schedule has it.
-- grain: one row, if a schedule holds the game
-- reads: model.game, model.final_score, publish.game_source_coverage, is_game
-- param: game VARCHAR -- NBA id or YYYYMMDD_AWY_HOM, as is_game takes them
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_type VARCHAR -- regular, playoffs and so on
-- column: tipoff_at TIMESTAMPTZ -- tip-off (UTC)
-- column: final_score VARCHAR -- away-home; NULL until it is over
-- column: final_from VARCHAR -- who says so
-- column: is_vanished BOOLEAN -- the latest valid schedule of its season lacks it
-- column: listed_in VARCHAR -- the schedule object that its row is from
-- column: worst_severity VARCHAR -- of its events
-- column: overall_quality_tier VARCHAR -- worst tier of its rows
SELECT
    g.nba_game_id,
    g.game_code_id,
    g.game_type::VARCHAR AS game_type,
    g.tipoff_at,
    f.away_score || '-' || f.home_score AS final_score,
    f.final_from,
    g.is_vanished,
    g.object AS listed_in,
    c.worst_severity,
    c.overall_quality_tier
FROM model.game AS g
LEFT JOIN model.final_score AS f ON f.nba_game_id = g.nba_game_id
LEFT JOIN publish.game_source_coverage AS c ON c.nba_game_id = g.nba_game_id
WHERE is_game($game::VARCHAR, g.nba_game_id, g.game_code_id)
