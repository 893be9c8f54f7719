-- Whether anybody looked into the platform's tables, and how many of them could be read (RULES.md, "Audit of a night").
-- grain: one row
-- reads: audited, model.table_read
-- column: is_looked BOOLEAN -- a table was read, or it was tried
-- column: tables BIGINT -- audited tables
-- column: tables_read BIGINT -- those that could be read
SELECT
    EXISTS (FROM audited) AS is_looked,
    count(*) AS tables,
    count(*) FILTER (fault IS NULL) AS tables_read
FROM model.table_read
