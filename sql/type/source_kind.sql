-- What kind of member of a chain a source is: scraped, computed from another chain, or entered by a person (RULES.md, "Chains").
SELECT unnest(['real', 'virtual', 'manual'])
