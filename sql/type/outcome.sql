-- What became of a landed object (06-tables, landed_objects).
SELECT unnest(['parsed', 'quarantined', 'ignored'])
