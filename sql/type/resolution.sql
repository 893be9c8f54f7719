-- How a chain was resolved for one game (RULES.md, "Resolving a chain").
SELECT unnest(['primary', 'fallback', 'reconstructed', 'partial', 'stale', 'none', 'pending', 'not_applicable'])
