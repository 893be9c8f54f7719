-- Whether the line of a player who played has all that every row must have (RULES.md, "Rows of a game"; the required fields of reference/fields.sql).
-- param: minutes DECIMAL(6,2) -- minutes
-- param: points INTEGER -- points
-- param: fg_attempts INTEGER -- field goals attempted
-- param: ft_attempts INTEGER -- free throws attempted
SELECT minutes IS NOT NULL AND points IS NOT NULL AND fg_attempts IS NOT NULL AND ft_attempts IS NOT NULL
