-- How a chain was resolved for one game (06-tables, chain_resolution).
SELECT unnest(['primary', 'fallback', 'reconstructed', 'partial', 'stale', 'none', 'pending', 'not_applicable'])
