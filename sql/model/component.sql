-- What the chains that a row of a player or a team uses are worth for a game (RULES.md, "Rows of a game").
-- grain: subject, nba_game_id
-- parts: season
-- reads: model.resolution, reference.subjects, reference.chain_uses
-- column: subject VARCHAR -- player or team
-- column: nba_game_id VARCHAR -- the game
-- column: component_scores STRUCT(chain VARCHAR, score DECIMAL(4,1))[] -- what each chain is worth: 100 its primary, 0 nothing
-- column: impact DECIMAL(4,1) -- points that those which failed take from the row
-- column: is_lacking BOOLEAN -- one that is required is worth nothing, and so is the row
-- column: issues VARCHAR[] -- missing_component of each that failed; NULL for none. That of the rows themselves is told otherwise
WITH used AS (
    SELECT
        s.subject,
        r.nba_game_id,
        r.chain,
        r.resolution,
        coalesce(r.score, 0) AS score,
        r.impact,
        r.chain = s.chain AS is_of_the_rows,
        u.is_required AND coalesce(r.score, 0) = 0 AS is_lacking
    FROM reference.subjects AS s
    JOIN reference.chain_uses AS u ON u.table_name = s.table_name
    JOIN model.resolution AS r ON r.chain = u.chain
)
SELECT
    subject,
    nba_game_id,
    list({'chain': chain, 'score': CASE WHEN resolution = 'primary' THEN 100 ELSE score END::DECIMAL(4,1)} ORDER BY chain) AS component_scores,
    sum(impact)::DECIMAL(4,1) AS impact,
    bool_or(is_lacking) AS is_lacking,
    list('missing_component:' || chain ORDER BY chain) FILTER (impact > 0 OR is_lacking AND NOT is_of_the_rows) AS issues
FROM used
GROUP BY subject, nba_game_id
