-- The fields that a row of a player or a team must have, and those that it should have, with their weights (RULES.md, "Rows of a game").
-- grain: subject, field
-- column: subject VARCHAR -- player or team
-- column: field VARCHAR -- column of the row
-- column: is_required BOOLEAN -- a row that played is worth nothing without it
-- column: weight INTEGER -- of an optional field: its share in what a row loses; 0 for a required one
SELECT
    subject::VARCHAR AS subject,
    field::VARCHAR AS field,
    is_required::BOOLEAN AS is_required,
    weight::INTEGER AS weight
FROM (VALUES
    ('player', 'minutes', true, 0),
    ('player', 'points', true, 0),
    ('player', 'fg_attempts', true, 0),
    ('player', 'ft_attempts', true, 0),
    ('player', 'offensive_rebounds', false, 5),
    ('player', 'defensive_rebounds', false, 5),
    ('player', 'assists', false, 5),
    ('player', 'plus_minus', false, 3),
    ('player', 'steals', false, 2),
    ('player', 'blocks', false, 2),
    ('player', 'turnovers', false, 2),
    ('player', 'personal_fouls', false, 2),
    ('team', 'points', true, 0),
    ('team', 'fg_attempts', true, 0),
    ('team', 'ft_attempts', true, 0),
    ('team', 'offensive_rebounds', false, 5),
    ('team', 'defensive_rebounds', false, 5),
    ('team', 'assists', false, 5),
    ('team', 'steals', false, 2),
    ('team', 'blocks', false, 2),
    ('team', 'turnovers', false, 2),
    ('team', 'personal_fouls', false, 2)
) AS v (subject, field, is_required, weight)
