-- What a night would make of one object that a person wrote, asked of a database in which it is landed (RULES.md, "Manual data").
-- grain: object, generation
-- reads: stage.content, stage.box_lines, model.snapshot, model.cell, model.resolution, model.game, reference.chain_sources
-- param: object VARCHAR -- its name in the bucket
-- param: generation BIGINT -- and the generation that is meant
-- param: as_of TIMESTAMPTZ -- now
-- column: nba_game_id VARCHAR -- its game; NULL if no schedule holds the game of its path
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: chain VARCHAR -- the chain that it is for
-- column: lines BIGINT -- lines that it gave
-- column: snapshot_at TIMESTAMPTZ -- its time (UTC)
-- column: refused VARCHAR -- why a night could not use it; NULL if it could
-- column: not_numbers VARCHAR -- what should be a number and is none, with its line
-- column: supplies BOOLEAN -- a night would use it
-- column: supplied_by VARCHAR -- what supplies the chain of the game
WITH line AS (
    SELECT
        object,
        count(*) FILTER (team_code IS NOT NULL) AS lines,
        string_agg(concat_ws(' ', team_code, player_name) || ': '
            || array_to_string(list_transform(not_numbers, lambda n: n.field || ' is ' || n.said), ', '), '; ' ORDER BY team_code, player_name) FILTER (len(not_numbers) > 0) AS not_numbers
    FROM stage.box_lines
    WHERE object = $object::VARCHAR AND generation = $generation::BIGINT
    GROUP BY object
)
SELECT
    g.nba_game_id,
    g.game_code_id,
    m.chain,
    coalesce(l.lines, 0) AS lines,
    o.snapshot_at,
    CASE
        WHEN o.outcome <> 'parsed' THEN o.reason
        WHEN o.snapshot_at > $as_of::TIMESTAMPTZ THEN 'its name says a time that is still to come'
        WHEN g.nba_game_id IS NULL THEN 'no schedule holds the game ' || o.path_game
        WHEN s.status IS NULL THEN 'it says nothing of the game ' || o.path_game
        WHEN s.status <> 'present' THEN s.status::VARCHAR || ': ' || s.reason
        WHEN c.status = 'not_expected' THEN 'what a person enters covers no such game'
        WHEN (c.object, c.generation) <> (o.object, o.generation) THEN 'a later one that is whole is there, ' || c.object
    END AS refused,
    l.not_numbers,
    coalesce(r.object = o.object AND r.generation = o.generation, false) AS supplies,
    r.source_used AS supplied_by
FROM stage.content AS o
LEFT JOIN model.game AS g ON g.nba_game_id = o.path_game
LEFT JOIN reference.chain_sources AS m ON m.source = o.feed
LEFT JOIN line AS l ON l.object = o.object
LEFT JOIN model.snapshot AS s ON s.object = o.object AND s.generation = o.generation AND s.nba_game_id = g.nba_game_id
LEFT JOIN model.cell AS c ON c.nba_game_id = g.nba_game_id AND c.source = o.feed
LEFT JOIN model.resolution AS r ON r.nba_game_id = g.nba_game_id AND r.chain = m.chain
WHERE o.object = $object::VARCHAR AND o.generation = $generation::BIGINT
