-- Every number of the rules that belongs to no single source, with its unit (01-semantics; figures for warnings: 05-needs).
-- grain: name
-- column: name VARCHAR -- what the number is called where it is used
-- column: value DECIMAL(10,3) -- the number
-- column: unit VARCHAR -- its unit
-- column: meaning VARCHAR -- what happens at it
SELECT
    name::VARCHAR AS name,
    value::DECIMAL(10,3) AS value,
    unit::VARCHAR AS unit,
    meaning::VARCHAR AS meaning
FROM (VALUES
    ('schedule_ids_kept', 0.98, 'share', 'a schedule snapshot that keeps fewer of the ids of the newest earlier valid one is not valid'),
    ('directory_snapshot', 2160, 'minutes after 00:00 ET of the date folder', 'a file in a directory whose name has no time is taken to be of then: noon of the next day'),
    ('overdue_after_tipoff', 12, 'hours', 'a game that the newest snapshot does not call final by then is overdue'),
    ('unknown_tipoff', 1350, 'minutes after 00:00 ET', 'a game without a tip-off time is taken to start then: 22:30 ET, the latest usual'),
    ('stage_dropped_objects', 10, 'objects', 'a feed of which so many hold items, and none gave a row, is read wrongly by us; fewer may be bad objects'),
    ('schedule_games', 1200, 'games', 'a snapshot of a started season with fewer is odd'),
    ('team_shots', 50, 'field goals attempted', 'a team box with fewer is odd'),
    ('gamebook_active_least', 5, 'players of a team', 'a gamebook with fewer active is odd'),
    ('gamebook_active_most', 15, 'players of a team', 'a gamebook with more active is odd'),
    ('box_players', 16, 'players of a game', 'a box score with fewer who played is odd')
) AS v (name, value, unit, meaning)
