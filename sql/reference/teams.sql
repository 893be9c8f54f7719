-- The thirty teams and what each feed calls them (FEEDS.md, "Teams").
-- grain: tricode
-- column: tricode VARCHAR -- the NBA's tricode, canonical here
-- column: nba_team_id BIGINT -- NBA.com id
-- column: espn_id INTEGER -- ESPN id
-- column: bdl_id INTEGER -- Ball Don't Lie id
-- column: full_name VARCHAR -- as gamebooks and odds write it
-- column: nickname VARCHAR -- as team box scores write it
SELECT
    tricode::VARCHAR AS tricode,
    nba_team_id::BIGINT AS nba_team_id,
    espn_id::INTEGER AS espn_id,
    bdl_id::INTEGER AS bdl_id,
    full_name::VARCHAR AS full_name,
    nickname::VARCHAR AS nickname
FROM (VALUES
    ('ATL', 1610612737, 1, 1, 'Atlanta Hawks', 'Hawks'),
    ('BOS', 1610612738, 2, 2, 'Boston Celtics', 'Celtics'),
    ('BKN', 1610612751, 17, 3, 'Brooklyn Nets', 'Nets'),
    ('CHA', 1610612766, 30, 4, 'Charlotte Hornets', 'Hornets'),
    ('CHI', 1610612741, 4, 5, 'Chicago Bulls', 'Bulls'),
    ('CLE', 1610612739, 5, 6, 'Cleveland Cavaliers', 'Cavaliers'),
    ('DAL', 1610612742, 6, 7, 'Dallas Mavericks', 'Mavericks'),
    ('DEN', 1610612743, 7, 8, 'Denver Nuggets', 'Nuggets'),
    ('DET', 1610612765, 8, 9, 'Detroit Pistons', 'Pistons'),
    ('GSW', 1610612744, 9, 10, 'Golden State Warriors', 'Warriors'),
    ('HOU', 1610612745, 10, 11, 'Houston Rockets', 'Rockets'),
    ('IND', 1610612754, 11, 12, 'Indiana Pacers', 'Pacers'),
    ('LAC', 1610612746, 12, 13, 'LA Clippers', 'Clippers'),
    ('LAL', 1610612747, 13, 14, 'Los Angeles Lakers', 'Lakers'),
    ('MEM', 1610612763, 29, 15, 'Memphis Grizzlies', 'Grizzlies'),
    ('MIA', 1610612748, 14, 16, 'Miami Heat', 'Heat'),
    ('MIL', 1610612749, 15, 17, 'Milwaukee Bucks', 'Bucks'),
    ('MIN', 1610612750, 16, 18, 'Minnesota Timberwolves', 'Timberwolves'),
    ('NOP', 1610612740, 3, 19, 'New Orleans Pelicans', 'Pelicans'),
    ('NYK', 1610612752, 18, 20, 'New York Knicks', 'Knicks'),
    ('OKC', 1610612760, 25, 21, 'Oklahoma City Thunder', 'Thunder'),
    ('ORL', 1610612753, 19, 22, 'Orlando Magic', 'Magic'),
    ('PHI', 1610612755, 20, 23, 'Philadelphia 76ers', '76ers'),
    ('PHX', 1610612756, 21, 24, 'Phoenix Suns', 'Suns'),
    ('POR', 1610612757, 22, 25, 'Portland Trail Blazers', 'Trail Blazers'),
    ('SAC', 1610612758, 23, 26, 'Sacramento Kings', 'Kings'),
    ('SAS', 1610612759, 24, 27, 'San Antonio Spurs', 'Spurs'),
    ('TOR', 1610612761, 28, 28, 'Toronto Raptors', 'Raptors'),
    ('UTA', 1610612762, 26, 29, 'Utah Jazz', 'Jazz'),
    ('WAS', 1610612764, 27, 30, 'Washington Wizards', 'Wizards')
) AS v (tricode, nba_team_id, espn_id, bdl_id, full_name, nickname)
