-- What is known of a player in a game; the four are never mixed (RULES.md, "Players").
SELECT unnest(['played', 'dnp', 'inactive', 'unknown'])
