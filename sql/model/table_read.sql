-- The audited tables, and which of them could be read: of the others nobody knows what they hold (RULES.md, "Audit").
-- grain: dataset_name, table_name
-- reads: audited, reference.audited_tables
-- column: dataset_name VARCHAR -- its dataset
-- column: table_name VARCHAR -- the table
-- column: fault VARCHAR -- why it could not be read; NULL if it was
SELECT
    t.dataset_name,
    t.table_name,
    CASE WHEN count(a.table_name) = 0 THEN 'nobody has read it' ELSE min(a.fault) END AS fault
FROM reference.audited_tables AS t
LEFT JOIN audited AS a USING (dataset_name, table_name)
GROUP BY t.dataset_name, t.table_name
