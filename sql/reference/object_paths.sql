-- Where each feed's objects lie: prefixes to list and what a name says (FEEDS.md, the path of each feed).
-- grain: layout
-- column: layout VARCHAR -- name of this form of path
-- column: feed VARCHAR -- the source, or scraper_failures
-- column: prefix VARCHAR -- what is listed in the bucket; several layouts may share one
-- column: pattern VARCHAR -- the whole name, with four groups: folder (season or source), date, game, time stamp; an empty group where a path has none
-- column: items_path VARCHAR -- JSON path of the list without which an object of this feed is not what it should be
-- column: items_are_games BOOLEAN -- an item of that list is a game, which holds its rows and may have none; else an item is a row
-- column: text_paths VARCHAR[] -- JSON paths of the texts that it must hold besides
SELECT
    layout::VARCHAR AS layout,
    feed::VARCHAR AS feed,
    prefix::VARCHAR AS prefix,
    pattern::VARCHAR AS pattern,
    items_path::VARCHAR AS items_path,
    items_are_games::BOOLEAN AS items_are_games,
    text_paths::VARCHAR[] AS text_paths
FROM (VALUES
    ('schedule', 'nbac_schedule', 'nba-com/schedule/',
     '^nba-com/schedule/(\d{4}-\d\d)/()()([^/]+)\.json$', '$.games', false, []),
    ('schedule_cdn', 'nbac_schedule', 'nba-com/schedule-cdn/',
     '^nba-com/schedule-cdn/(\d{4}-\d\d)/()()([^/]+)\.json$', '$.games', false, []),
    ('team_boxscore', 'nbac_team_boxscore', 'nba-com/team-boxscore/',
     '^nba-com/team-boxscore/()([^/]+)/(\d{10})/([^/]+)\.json$', '$.teams', false, []),
    ('player_boxscores', 'nbac_player_boxscore', 'nba-com/player-boxscores/',
     '^nba-com/player-boxscores/()([^/]+)/()([^/]+)\.json$', '$.resultSets[0].rowSet', false, []),
    ('gamebook', 'nbac_gamebook_player_stats', 'nba-com/gamebooks-data/',
     '^nba-com/gamebooks-data/()([^/]+)/(\d{8}-[A-Z]{6})/([^/]+)\.json$', '$.active_players', false, []),
    -- The older layout has no folder for the game.
    ('gamebook_of_date', 'nbac_gamebook_player_stats', 'nba-com/gamebooks-data/',
     '^nba-com/gamebooks-data/()([^/]+)/()([^/]+)\.json$', '$.active_players', false, []),
    ('bdl_boxscores', 'bdl_player_boxscores', 'ball-dont-lie/boxscores/',
     '^ball-dont-lie/boxscores/()([^/]+)/()([^/]+)\.json$', '$.boxScores', true, []),
    ('espn_scoreboard', 'espn_scoreboard', 'espn/scoreboard/',
     '^espn/scoreboard/()([^/]+)/()([^/]+)\.json$', '$.games', true, []),
    -- Whoever enters data says who he is and why.
    ('manual_players', 'manual_player_boxscores', 'manual/player_boxscores/',
     '^manual/player_boxscores/()()(\d{10})/([^/]+)\.json$', '$.rows', false, ['$.owner', '$.why']),
    ('manual_teams', 'manual_team_boxscores', 'manual/team_boxscores/',
     '^manual/team_boxscores/()()(\d{10})/([^/]+)\.json$', '$.rows', false, ['$.owner', '$.why']),
    ('failed_games', 'scraper_failures', 'failures/',
     '^failures/([^/]+)/()()failed_(?:games|dates)_([^/]+)\.json$', '$.failed_games', false, [])
) AS v (layout, feed, prefix, pattern, items_path, items_are_games, text_paths)
