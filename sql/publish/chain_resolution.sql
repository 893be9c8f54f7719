-- Which source was used for every competitive game, what was tried, and what nobody had.
-- grain: competitive game, chain
-- parts: season
-- reads: model.resolution, model.game_identity, model.validation, reference.chains
-- key: nba_game_id, chain
-- partition: game_date
-- cluster: chain, resolution
-- columns: nba_game_id, game_code_id, game_date, season from model.game_identity
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- columns: away_team, home_team from model.game_identity
-- columns: chain from reference.chains
-- column: resolution VARCHAR -- primary, fallback, reconstructed, partial, stale, none, pending or not_applicable
-- columns: source_used, is_fallback, tried from model.resolution
-- column: on_all_fail VARCHAR -- what is done when all fail: fail, placeholder, skip or continue_without
-- columns: score, impact from model.resolution
-- column: cross_validated BOOLEAN -- team points, the players' sum and the final score: at least two are complete and none disagrees; NULL for a chain without points or an answer
-- column: validation_note VARCHAR -- the complete sides, each as away-home
SELECT
    g.*,
    h.chain,
    r.resolution::VARCHAR AS resolution,
    r.source_used,
    r.is_fallback,
    r.tried,
    r.on_all_fail::VARCHAR AS on_all_fail,
    r.score,
    r.impact,
    CASE WHEN h.subject IS NOT NULL AND r.source_used IS NOT NULL THEN v.cross_validated END AS cross_validated,
    CASE WHEN h.subject IS NOT NULL AND r.source_used IS NOT NULL THEN v.note END AS validation_note
FROM model.resolution AS r
JOIN model.game_identity AS g ON g.nba_game_id = r.nba_game_id
JOIN reference.chains AS h ON h.chain = r.chain
LEFT JOIN model.validation AS v ON v.nba_game_id = r.nba_game_id
