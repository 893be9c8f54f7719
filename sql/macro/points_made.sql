-- The points that makes give; NULL where one of them is not known (RULES.md, "Validity").
-- param: makes BIGINT -- field goals made, threes among them
-- param: threes BIGINT -- three-pointers made
-- param: free_throws BIGINT -- free throws made
SELECT 2 * (makes::BIGINT - threes) + 3 * threes::BIGINT + free_throws
