-- Every name under which a team may arrive, and whose it is (FEEDS.md, "Teams").
-- grain: name
-- reads: reference.teams, reference.team_aliases
-- column: name VARCHAR -- upper-case code or name
-- column: tricode VARCHAR -- NBA tricode; NULL for a name that is known to be no NBA team
SELECT tricode AS name, tricode FROM reference.teams
UNION
SELECT upper(full_name), tricode FROM reference.teams
UNION
SELECT upper(nickname), tricode FROM reference.teams
UNION
SELECT alias, tricode FROM reference.team_aliases
