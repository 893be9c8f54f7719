-- Which source was used for every competitive game, what was tried, and what nobody had (06-tables).
-- grain: competitive game, chain
-- reads: model.resolution, model.game, model.validation, reference.chains
-- key: nba_game_id, chain
-- partition: game_date
-- cluster: chain, resolution
-- column: nba_game_id VARCHAR -- 10-digit NBA game id
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- US Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- column: away_team VARCHAR -- tricode; NULL while not known
-- column: home_team VARCHAR -- tricode; NULL while not known
-- column: chain VARCHAR -- name of the chain
-- column: resolution VARCHAR -- primary, fallback, reconstructed, partial, stale, none, pending or not_applicable
-- column: source_used VARCHAR -- the member that supplies; NULL if none does
-- column: is_fallback BOOLEAN -- another than the first real member that covers the game
-- column: tried STRUCT(source VARCHAR, status VARCHAR)[] -- members that cover the game, in order, up to the one used
-- column: on_all_fail VARCHAR -- what is done when all fail: fail, placeholder, skip or continue_without
-- column: score DECIMAL(4,1) -- quality score of what is used, 0 to 100; NULL while pending or not applicable
-- column: impact DECIMAL(4,1) -- points that its failure takes from rows which use it
-- column: cross_validated BOOLEAN -- team points, the players' sum and the final score: at least two are complete and none disagrees; NULL for a chain without points or an answer
-- column: validation_note VARCHAR -- the complete sides, each as away-home
SELECT
    r.nba_game_id,
    g.game_code_id,
    g.game_date,
    g.season,
    g.game_type::VARCHAR AS game_type,
    g.away_team,
    g.home_team,
    r.chain,
    r.resolution::VARCHAR AS resolution,
    r.source_used,
    r.is_fallback,
    r.tried,
    r.on_all_fail::VARCHAR AS on_all_fail,
    r.score,
    r.impact,
    CASE WHEN h.is_box_score AND r.source_used IS NOT NULL THEN v.cross_validated END AS cross_validated,
    CASE WHEN h.is_box_score AND r.source_used IS NOT NULL THEN v.note END AS validation_note
FROM model.resolution AS r
JOIN model.game AS g ON g.nba_game_id = r.nba_game_id
JOIN reference.chains AS h ON h.chain = r.chain
LEFT JOIN model.validation AS v ON v.nba_game_id = r.nba_game_id
