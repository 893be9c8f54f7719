-- The platform's tables that an audit counts, each with the dates between which it does: a table may refuse whoever names none (RULES.md, "Audit").
-- grain: dataset_name, table_name
-- reads: reference.audited_tables, reference.sources
-- param: as_of TIMESTAMPTZ -- instant that the run answered for
-- column: dataset_name VARCHAR -- dataset
-- column: table_name VARCHAR -- the table
-- column: id_column VARCHAR -- column with the id of the game
-- column: date_column VARCHAR -- column with the game date
-- column: row_key VARCHAR -- column that tells the rows of one game apart; NULL where a game has one row
-- column: first_date DATE -- the first that is counted: no source covers an earlier game
-- column: last_date DATE -- the last: a schedule is out for a season at most
SELECT
    dataset_name,
    table_name,
    id_column,
    date_column,
    row_key,
    (SELECT min(covers_from) FROM reference.sources) AS first_date,
    ($as_of::TIMESTAMPTZ + INTERVAL 1 YEAR)::DATE AS last_date
FROM reference.audited_tables
ORDER BY dataset_name, table_name
