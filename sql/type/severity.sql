-- How bad a finding is; the worst is the maximum (01-semantics, "Events").
SELECT unnest(['info', 'warning', 'critical'])
