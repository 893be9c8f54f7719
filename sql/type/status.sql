-- What one source had for one game at as-of, from best told to worst (01-semantics, "The grid").
SELECT unnest(['not_expected', 'present', 'pending', 'partial', 'stale', 'invalid', 'empty', 'corrupt', 'unavailable',
               'late', 'missing'])
