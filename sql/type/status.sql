-- What one source had for one game at as-of, from best told to worst (RULES.md, "Status").
SELECT unnest(['not_expected', 'present', 'pending', 'partial', 'stale', 'invalid', 'empty', 'corrupt', 'unavailable',
               'late', 'missing'])
