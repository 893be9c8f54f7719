-- Every number of the rules that belongs to no single source, with its unit (RULES.md, where each is named; figures for warnings: RULES.md, "Warnings").
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
    ('first_year', 1960, 'year', 'a date before it is none: BigQuery has no partition by day for it'),
    ('last_year', 2159, 'year', 'a date after it is none, for the same reason'),
    ('schedule_ids_kept', 0.98, 'share', 'a schedule snapshot that keeps fewer of the ids of the newest earlier valid one is not valid'),
    ('directory_snapshot', 2160, 'minutes after 00:00 ET of the date folder', 'a file in a directory whose name has no time is taken to be of then: noon of the next day'),
    ('overdue_after_tipoff', 12, 'hours', 'a game that the newest snapshot does not call final by then is overdue'),
    ('unknown_tipoff', 1350, 'minutes after 00:00 ET', 'a game without a tip-off time is taken to start then: 22:30 ET, the latest usual'),
    ('series_wins', 4, 'games', 'a playoff series in which a team has won so many is decided'),
    ('score_witnesses', 2, 'box scores', 'so many that agree with each other outvote a scoreboard'),
    ('number_witnesses', 2, 'sources', 'so many whole ones that agree on a number of a player outvote the one used'),
    ('stage_dropped_objects', 10, 'objects', 'a feed of which so many hold items, and none gave a row, is read wrongly by us; fewer may be bad objects'),
    ('most_items', 10000, 'items', 'an object whose list has more is none of a scrape: a season has 1,400 games'),
    ('most_nested', 100, 'brackets', 'an object in which so many lists begin right one in the other is none of a scrape'),
    ('schedule_games', 1200, 'games', 'a snapshot of a started season with fewer is odd'),
    ('team_shots', 50, 'field goals attempted', 'a team box with fewer is odd'),
    ('active_least', 5, 'players of a team', 'a box score that names all, fewer of them active, is odd'),
    ('active_most', 15, 'players of a team', 'a box score that names all, more of them active, is odd'),
    ('box_players', 16, 'players of a game', 'a box score with fewer who played is odd'),
    ('game_minutes', 48, 'minutes', 'a game without overtime'),
    ('overtime_minutes', 5, 'minutes', 'each overtime'),
    ('most_overtimes', 6, 'overtimes', 'more there never were: so many may be where the schedule says nothing of it'),
    ('optional_fields', 20, 'points', 'what a row loses if every optional field is NULL; of some their share by weight'),
    ('high_null_rate', 0.10, 'share of rows that played', 'a field that is NULL in more of them is told'),
    ('historical_score', 80, 'points', 'a row whose object is no longer in the bucket scores no higher'),
    ('early_season_games', 5, 'games', 'a window that expects fewer is capped to silver: early season'),
    ('thin_share', 0.5, 'share of the expected games', 'a window with fewer usable ones is capped to bronze'),
    ('thin_share_early', 0.3, 'share of the expected games', 'the same while the team has played few games'),
    ('young_season_games', 15, 'games', 'a team that has played fewer has played few'),
    ('least_sample', 2, 'games', 'a window with fewer usable games, where as many are expected, is capped to poor'),
    ('uncovered_share', 0.5, 'share of the slots', 'a window with more games not covered is capped to bronze'),
    ('outage_cells', 5, 'cells in due order', 'a source that failed so often in a row has an outage'),
    ('unchanged_scrapes', 3, 'scrapes', 'a partial or invalid cell that so many have not changed is listed last'),
    ('longest_ack', 30, 'days', 'nobody takes a group on for longer: who will not mend it decides so'),
    ('objects_kept', 0.5, 'share of the objects listed before', 'a bucket that lists fewer was emptied, or is another one: nothing is published'),
    ('schedule_stale', 48, 'hours', 'between 1 October and 30 June a season without a valid schedule snapshot for so long is an anomaly'),
    ('schedule_stale_summer', 336, 'hours', 'the same from July to September')
) AS v (name, value, unit, meaning)
