-- The internal game id YYYYMMDD_AWY_HOM; a team not known yet is TBD (FEEDS.md, "Game ids").
-- param: code_date DATE -- game date, Eastern
-- param: code_away VARCHAR -- away tricode; NULL if not known
-- param: code_home VARCHAR -- home tricode; NULL if not known
SELECT strftime(code_date, '%Y%m%d') || '_' || coalesce(code_away, 'TBD') || '_' || coalesce(code_home, 'TBD')
