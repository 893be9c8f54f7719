-- The findings of the audit that are asked for, whatever the run's window, each with the dates beside it on which its table has the same (RULES.md, "Audit").
-- grain: audited_table, game
-- reads: model.audit_finding, model.game, is_game
-- param: audit_from DATE -- first game date that is listed; NULL for no first
-- param: audit_to DATE -- last game date that is listed; NULL for no last
-- param: game VARCHAR -- the one game that is listed, by any of its ids (is_game); NULL for all
-- column: severity VARCHAR -- info, warning or critical; info where a person has accepted that the source has nothing
-- column: audit_status VARCHAR -- unknown, unexpected, no_evidence, row_mismatch, no_source, completely_missing, logged_but_no_data, never_processed or not_published
-- column: audited_table VARCHAR -- dataset and table; * for all of them
-- column: game VARCHAR -- 10-digit id; of an unexpected game its id as the table has it; NULL of a table that could not be read
-- column: game_date DATE -- Eastern date of tip-off; of an unexpected game that of its rows
-- column: teams VARCHAR -- away@home
-- column: rows_found BIGINT -- rows of the game under its date
-- column: rows_expected BIGINT -- rows that there should be; NULL where nobody knows
-- column: reason VARCHAR -- what is wrong
-- column: first_date DATE -- first of the consecutive dates on which the table has the same finding
-- column: last_date DATE -- the last of them
-- column: games BIGINT -- games of these dates that have it
-- column: next VARCHAR -- what to type
WITH asked AS (
    SELECT *
    FROM model.audit_finding
    WHERE audit_status = 'unknown'
        OR ($game::VARCHAR IS NULL OR is_game($game::VARCHAR, game, game_code_id))
        AND ($audit_from::DATE IS NULL OR game_date >= $audit_from::DATE)
        AND ($audit_to::DATE IS NULL OR game_date <= $audit_to::DATE)
),
-- Consecutive are dates between which no date of any game lies.
day AS (
    SELECT game_date, dense_rank() OVER (ORDER BY game_date) AS nth
    FROM (SELECT game_date FROM model.game WHERE is_competitive UNION SELECT game_date FROM asked)
),
placed AS (
    SELECT
        a.*,
        d.nth - dense_rank() OVER (PARTITION BY a.audited_table, a.audit_status, a.severity ORDER BY a.game_date) AS island
    FROM asked AS a
    LEFT JOIN day AS d ON d.game_date = a.game_date
)
SELECT
    severity::VARCHAR AS severity,
    audit_status,
    audited_table,
    game,
    game_date,
    teams,
    rows_found,
    rows_expected,
    reason,
    min(game_date) OVER hole AS first_date,
    max(game_date) OVER hole AS last_date,
    count(*) OVER hole AS games,
    CASE
        WHEN audit_status = 'unknown' THEN 'see to what its reason says, then sourcecov audit again'
        WHEN audit_status IN ('no_source', 'completely_missing', 'no_evidence') AND game IS NOT NULL THEN 'sourcecov explain ' || game
        WHEN audit_status = 'not_published' THEN 'the next night loads it again'
        WHEN audit_status = 'unexpected' THEN 'sourcecov query "FROM stage.nbac_schedule WHERE game_date = ''' || coalesce(game_date::VARCHAR, '…') || '''"'
        ELSE 'load ' || first_date || '..' || last_date || ' of the table again, then sourcecov audit again'
    END AS next
FROM placed
WINDOW hole AS (PARTITION BY audited_table, audit_status, placed.severity, island)
ORDER BY placed.severity DESC, audit_status, audited_table, game_date, game
