-- Other names under which a team arrives, all upper case; codes that are no NBA team have no tricode (FEEDS.md, "Teams").
-- grain: alias
-- column: alias VARCHAR -- upper-case code or name
-- column: tricode VARCHAR -- the NBA team meant; NULL for All-Star sides and foreign clubs, which are dropped without an alert
-- column: origin VARCHAR -- who writes it so
SELECT
    alias::VARCHAR AS alias,
    tricode::VARCHAR AS tricode,
    origin::VARCHAR AS origin
FROM (VALUES
    ('BRK', 'BKN', 'Basketball-Reference'),
    ('CHO', 'CHA', 'Basketball-Reference'),
    ('PHO', 'PHX', 'Basketball-Reference'),
    ('GS', 'GSW', 'ESPN'),
    ('NO', 'NOP', 'ESPN'),
    ('NY', 'NYK', 'ESPN'),
    ('SA', 'SAS', 'ESPN'),
    ('UTAH', 'UTA', 'ESPN'),
    ('WSH', 'WAS', 'ESPN'),
    -- A bare LOS ANGELES could be either team and is left out on purpose.
    ('LOS ANGELES CLIPPERS', 'LAC', 'odds feeds and gamebooks'),
    ('EAST', NULL, 'All-Star'),
    ('WEST', NULL, 'All-Star'),
    ('EST', NULL, 'All-Star'),
    ('WST', NULL, 'All-Star'),
    ('CHK', NULL, 'All-Star'),
    ('SHQ', NULL, 'All-Star'),
    ('KEN', NULL, 'All-Star'),
    ('CAN', NULL, 'All-Star'),
    ('DUR', NULL, 'All-Star'),
    ('LEB', NULL, 'All-Star'),
    ('GIA', NULL, 'All-Star'),
    ('ADL', NULL, 'preseason guest'),
    ('MRC', NULL, 'preseason guest'),
    ('NZL', NULL, 'preseason guest'),
    ('REAL', NULL, 'preseason guest'),
    ('CNS', NULL, 'preseason guest'),
    ('FLMG', NULL, 'preseason guest')
) AS v (alias, tricode, origin)
