-- The fields that are NULL in a row which played, and what that costs (RULES.md, "Rows of a game").
-- grain: subject, nba_game_id, team, player_lookup
-- parts: season
-- reads: model.player_line, model.team_line, reference.fields, threshold
-- column: subject VARCHAR -- player or team
-- column: nba_game_id VARCHAR -- the game
-- column: team VARCHAR -- tricode
-- column: player_lookup VARCHAR -- normalised name; '' for a team
-- column: is_lacking BOOLEAN -- a required one is NULL
-- column: null_weight BIGINT -- weight of the optional ones that are NULL
-- column: all_weight BIGINT -- weight of all optional ones
-- column: issues VARCHAR[] -- what is NULL here, what is NULL in too many rows of the game, what is there and no number
WITH line AS (
    SELECT 'player' AS subject, * EXCLUDE (lent_by) FROM model.player_line WHERE player_status = 'played'::player_status
    UNION ALL BY NAME
    SELECT 'team' AS subject, '' AS player_lookup, * FROM model.team_line WHERE is_there
),
-- Each column of a line is a row here; reference.fields says which of them count.
asked AS (
    SELECT subject, nba_game_id, team, player_lookup, not_numbers, COLUMNS(* EXCLUDE (subject, nba_game_id, team, player_lookup, not_numbers)) IS NULL
    FROM line
),
field AS (
    SELECT
        a.subject,
        a.nba_game_id,
        a.team,
        a.player_lookup,
        a.not_numbers,
        a.field,
        f.is_required,
        f.weight,
        a.is_null,
        count(*) FILTER (a.is_null) OVER one AS null_rows,
        count(*) OVER one AS all_rows
    FROM asked UNPIVOT (is_null FOR field IN (COLUMNS(* EXCLUDE (subject, nba_game_id, team, player_lookup, not_numbers)))) AS a
    JOIN reference.fields AS f ON f.subject = a.subject AND f.field = a.field
    WINDOW one AS (PARTITION BY a.subject, a.nba_game_id, a.field)
)
SELECT
    subject,
    nba_game_id,
    team,
    player_lookup,
    bool_or(is_null AND is_required) AS is_lacking,
    coalesce(sum(weight) FILTER (is_null), 0)::BIGINT AS null_weight,
    sum(weight)::BIGINT AS all_weight,
    coalesce(list(CASE WHEN is_required THEN 'missing_required:' ELSE 'missing_optional:' END || field ORDER BY field) FILTER (is_null), [])
    || coalesce(list('high_null_rate:' || field || ':' || (200 * null_rows + all_rows) // (2 * all_rows) ORDER BY field)
        FILTER (null_rows > threshold('high_null_rate') * all_rows), [])
    || coalesce(list_transform(any_value(not_numbers), lambda x: 'not_a_number:' || x.field), []) AS issues
FROM field
GROUP BY subject, nba_game_id, team, player_lookup
