-- What the third digit of a game id says, and whether data is expected for such a game (RULES.md, "Games").
-- grain: digit
-- column: digit VARCHAR -- third character of the NBA game id
-- column: game_type game_type -- the kind of game
-- column: is_competitive BOOLEAN -- false for exhibitions, for which nothing is expected
SELECT
    digit::VARCHAR AS digit,
    game_type::game_type AS game_type,
    is_competitive::BOOLEAN AS is_competitive
FROM (VALUES
    ('1', 'preseason', false),
    ('2', 'regular', true),
    ('3', 'all_star', false),
    ('4', 'playoffs', true),
    ('5', 'play_in', true),
    ('6', 'cup_final', true)
) AS v (digit, game_type, is_competitive)
