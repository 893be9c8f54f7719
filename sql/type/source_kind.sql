-- What kind of member of a chain a source is: scraped, computed from another chain, or entered by a person (01-semantics, "Resolving a chain").
SELECT unnest(['real', 'virtual', 'manual'])
