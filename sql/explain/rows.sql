-- How each row of the game came by its tier, and the object behind its numbers.
-- grain: table_name, team, subject
-- reads: model.player_game, model.team_game, model.cell, model.game, is_game
-- param: game VARCHAR -- NBA id or YYYYMMDD_AWY_HOM, as is_game takes them
-- column: table_name VARCHAR -- published table
-- column: team VARCHAR -- tricode
-- column: subject VARCHAR -- player or team
-- column: said VARCHAR -- points, or why there are none
-- column: source_score VARCHAR -- score of the source, as its row begins
-- column: before_caps VARCHAR -- score after what is missing was taken off
-- column: score DECIMAL(4,1) -- the row's score
-- column: tier VARCHAR -- the row's tier
-- column: issues VARCHAR -- what keeps it from 100
-- column: object VARCHAR -- object that the numbers are from
-- column: generation BIGINT -- its generation
WITH row AS (
    SELECT
        'team_offense_game_summary' AS table_name, nba_game_id, team, team AS subject,
        coalesce(points || ' points', 'nothing') AS said, quality_metadata, quality_score, quality_tier, quality_issues, data_sources
    FROM model.team_game
    UNION ALL
    SELECT
        'player_game_summary', nba_game_id, team, player_lookup,
        CASE WHEN player_status = 'played'::player_status THEN coalesce(points || ' points', 'played') ELSE player_status::VARCHAR END,
        quality_metadata, quality_score, quality_tier, quality_issues, data_sources
    FROM model.player_game
)
SELECT
    p.table_name,
    p.team,
    p.subject,
    p.said,
    p.quality_metadata ->> '$.source_score' AS source_score,
    p.quality_metadata ->> '$.before_caps' AS before_caps,
    p.quality_score AS score,
    p.quality_tier::VARCHAR AS tier,
    array_to_string(p.quality_issues, ', ') AS issues,
    c.object,
    c.generation
FROM row AS p
JOIN model.game AS g ON g.nba_game_id = p.nba_game_id
-- The last is where the numbers are from: a line that is borrowed is its lender's, a sum its players'.
LEFT JOIN model.cell AS c ON c.nba_game_id = p.nba_game_id AND c.source = p.data_sources[-1]
WHERE is_game($game::VARCHAR, g.nba_game_id, g.game_code_id)
ORDER BY p.table_name DESC, p.team, p.subject
