-- The scraped feeds: what each covers, when it is due and how it is judged (RULES.md, "Sources" and "Due and grace").
-- grain: source
-- column: source VARCHAR -- name of the feed
-- column: addresses VARCHAR -- what one object is about: game, date or season
-- column: game_types game_type[] -- the competitive game types it covers
-- column: covers_from DATE -- first game date it covers
-- column: covers_to DATE -- last game date it covers; NULL while it goes on
-- column: due_from VARCHAR -- tipoff, next_day (00:00 ET of the day after the game), listing (at once), or never: a person enters it if need be
-- column: due_minutes INTEGER -- minutes from there until it is due; NULL if never
-- column: grace_hours INTEGER -- hours from due until an absence is missing instead of late; NULL if never
-- column: has_shooting BOOLEAN -- it is a box score: makes are there, and points must follow from them
-- column: rows_expected INTEGER -- rows of one game; NULL where no number is right
-- column: is_schedule BOOLEAN -- the games are those that it lists; one source is the schedule
-- column: proves_final BOOLEAN -- where the schedule does not, it says that a game is over, and its score
-- column: names_all BOOLEAN -- of each team it names all who were there, those included who sat it out
-- column: minutes_tolerance DECIMAL(4,1) -- minutes by which those of a team may differ from the game's; NULL where they are not judged
SELECT
    source::VARCHAR AS source,
    addresses::VARCHAR AS addresses,
    game_types::game_type[] AS game_types,
    covers_from::DATE AS covers_from,
    covers_to::DATE AS covers_to,
    due_from::VARCHAR AS due_from,
    due_minutes::INTEGER AS due_minutes,
    grace_hours::INTEGER AS grace_hours,
    has_shooting::BOOLEAN AS has_shooting,
    rows_expected::INTEGER AS rows_expected,
    is_schedule::BOOLEAN AS is_schedule,
    proves_final::BOOLEAN AS proves_final,
    names_all::BOOLEAN AS names_all,
    minutes_tolerance::DECIMAL(4,1) AS minutes_tolerance
FROM (VALUES
    ('nbac_schedule', 'season', ['regular', 'playoffs', 'play_in', 'cup_final'], '2021-10-01', NULL, 'listing', 0, 0, false, 1, true, false, false, NULL),
    -- No player feed and no team box covers the Cup final, whose ids nobody scrapes.
    ('nbac_team_boxscore', 'game', ['regular', 'playoffs', 'play_in'], '2021-10-01', NULL, 'tipoff', 210, 6, true, 2, false, false, false, 0.2),
    ('nbac_gamebook_player_stats', 'game', ['regular', 'playoffs', 'play_in'], '2021-10-01', NULL, 'next_day', 480, 6, true, NULL, false, false, true, 0.2),
    ('nbac_player_boxscore', 'date', ['regular', 'playoffs', 'play_in'], '2021-10-01', NULL, 'next_day', 360, 6, true, NULL, false, false, false, 6),
    ('bdl_player_boxscores', 'date', ['regular', 'playoffs', 'play_in'], '2021-10-01', NULL, 'tipoff', 210, 6, true, NULL, false, false, false, 6),
    ('espn_scoreboard', 'date', ['regular', 'playoffs', 'play_in', 'cup_final'], '2021-10-01', NULL, 'tipoff', 210, 6, false, 2, false, true, false, NULL),
    -- What a person entered: a cell only where an object is.
    ('manual_player_boxscores', 'game', ['regular', 'playoffs', 'play_in'], '2021-10-01', NULL, 'never', NULL, NULL, true, NULL, false, false, false, 6),
    ('manual_team_boxscores', 'game', ['regular', 'playoffs', 'play_in'], '2021-10-01', NULL, 'never', NULL, NULL, true, 2, false, false, false, NULL)
) AS v (source, addresses, game_types, covers_from, covers_to, due_from, due_minutes, grace_hours, has_shooting, rows_expected, is_schedule, proves_final, names_all, minutes_tolerance)
