-- Who streams rows into which of the platform's tables, the oldest first: on these rows no UPDATE, DELETE or MERGE is allowed for up to 90 minutes (RULES.md, "Audit").
-- grain: audited_table
-- reads: audited, reference.audited_tables
-- column: audited_table VARCHAR -- dataset and table
-- column: loaded_by VARCHAR -- the processor that loads it; NULL where none is named
-- column: streaming_rows BIGINT -- rows in the streaming buffer, as BigQuery estimates
-- column: streaming_since TIMESTAMPTZ -- since when the oldest of them waits; NULL where nobody knows
-- column: said VARCHAR -- what that means
SELECT
    t.dataset_name || '.' || t.table_name AS audited_table,
    t.loaded_by,
    a.streaming_rows,
    a.streaming_since,
    coalesce(t.loaded_by, 'the processor of ' || t.source, 'a processor of chain ' || t.chain)
        || ' streams into it: UPDATE, DELETE and MERGE of these rows are refused for up to 90 minutes' AS said
FROM audited AS a
JOIN reference.audited_tables AS t ON t.dataset_name = a.dataset_name AND t.table_name = a.table_name
WHERE a.streaming_rows IS NOT NULL
ORDER BY a.streaming_since NULLS LAST, audited_table
