-- What is known of a player in a game; the four are never mixed (01-semantics, "Resolving a chain").
SELECT unnest(['played', 'dnp', 'inactive', 'unknown'])
