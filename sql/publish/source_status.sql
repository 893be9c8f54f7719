-- What each source had for every game, and why (06-tables).
-- grain: game, source
-- reads: model.cell, model.game, model.matched_line
-- key: nba_game_id, source
-- partition: game_date
-- cluster: source, status
-- column: nba_game_id VARCHAR -- 10-digit NBA game id
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- US Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: game_type VARCHAR -- preseason, regular, all_star, playoffs, play_in, cup_final; NULL if the id's digit is not known
-- column: away_team VARCHAR -- tricode; NULL while not known
-- column: home_team VARCHAR -- tricode; NULL while not known
-- column: source VARCHAR -- name of the feed
-- column: status VARCHAR -- not_expected, present, pending, partial, stale, invalid, empty, corrupt, unavailable, late or missing
-- column: reason VARCHAR -- why it is not present, in a sentence
-- column: is_expected BOOLEAN -- the source should have the game some day
-- column: is_accepted BOOLEAN -- a person has accepted that it is not there
-- column: due_at TIMESTAMPTZ -- when it is due (UTC), once the game is final
-- column: snapshot_at TIMESTAMPTZ -- time of the best snapshot (UTC)
-- column: object VARCHAR -- object of the best snapshot
-- column: object_crc32c BIGINT -- CRC32C (Castagnoli) of its stored bytes
-- column: snapshots_seen BIGINT -- snapshots of the game at this source
-- column: snapshots_refused BIGINT -- those that are invalid, empty or corrupt
-- column: rows_found BIGINT -- rows of the game in the best snapshot
-- column: rows_expected BIGINT -- rows it should hold; NULL where no number is right
-- column: id_match VARCHAR -- exact, home_away_reversed, date_shifted or postponed_date
-- column: lines_compared BIGINT -- stat lines that the first source of its chain has too; NULL unless both are whole, and for the first itself
-- column: lines_equal BIGINT -- those of which no number differs that both give
SELECT
    c.nba_game_id,
    g.game_code_id,
    g.game_date,
    g.season,
    g.game_type::VARCHAR AS game_type,
    g.away_team,
    g.home_team,
    c.source,
    c.status::VARCHAR AS status,
    c.reason,
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
JOIN model.game AS g USING (nba_game_id)
LEFT JOIN (
    SELECT nba_game_id, source, count(is_equal) AS lines_compared, count(*) FILTER (is_equal) AS lines_equal
    FROM model.matched_line
    GROUP BY nba_game_id, source
) AS a USING (nba_game_id, source)
