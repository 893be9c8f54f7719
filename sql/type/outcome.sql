-- What became of a landed object (RULES.md, "Snapshots").
SELECT unnest(['parsed', 'quarantined', 'ignored'])
