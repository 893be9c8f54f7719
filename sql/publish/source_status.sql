-- What each source had for every game, and why.
-- grain: game, source
-- parts: season
-- reads: model.cell, model.game_identity, model.matched_line, printable
-- key: nba_game_id, source
-- partition: game_date
-- cluster: source, status
-- columns: nba_game_id, game_code_id, game_date, season, game_type, away_team, home_team from model.game_identity
-- columns: source from model.cell
-- column: status VARCHAR -- not_expected, present, pending, partial, stale, invalid, empty, corrupt, unavailable, late or missing
-- columns: reason, is_expected, is_accepted, due_at, snapshot_at, object, object_crc32c, snapshots_seen, snapshots_refused, rows_found from model.cell
-- column: rows_expected BIGINT -- rows it should hold; NULL where no number is right
-- column: id_match VARCHAR -- exact, home_away_reversed, date_shifted or postponed_date
-- column: lines_compared BIGINT -- stat lines that the first source of its chain has too; NULL unless both are whole, and for the first itself
-- column: lines_equal BIGINT -- those of which no number differs that both give
SELECT
    g.*,
    c.source,
    c.status::VARCHAR AS status,
    printable(c.reason) AS reason,
    c.is_expected,
    c.is_accepted,
    c.due_at,
    c.snapshot_at,
    c.object,
    c.object_crc32c,
    c.snapshots_seen,
    c.snapshots_refused,
    c.rows_found,
    c.rows_expected::BIGINT AS rows_expected,
    c.id_match::VARCHAR AS id_match,
    a.lines_compared,
    a.lines_equal
FROM model.cell AS c
JOIN model.game_identity AS g USING (nba_game_id)
LEFT JOIN (
    SELECT nba_game_id, source, count(is_equal) AS lines_compared, count(*) FILTER (is_equal) AS lines_equal
    FROM model.matched_line
    GROUP BY nba_game_id, source
) AS a USING (nba_game_id, source)
