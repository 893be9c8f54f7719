-- How bad a finding is; the worst is the maximum (RULES.md, "Event kinds").
SELECT unnest(['info', 'warning', 'critical'])
