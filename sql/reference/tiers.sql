-- The tiers and the scores between which they lie; capping a tier caps the score (RULES.md, "Tiers and scores").
-- grain: tier
-- column: tier tier -- the tier
-- column: at_least DECIMAL(4,1) -- lowest score of it
-- column: at_most DECIMAL(4,1) -- highest score of it: where a row capped to this tier ends
SELECT
    tier::tier AS tier,
    at_least::DECIMAL(4,1) AS at_least,
    at_most::DECIMAL(4,1) AS at_most
FROM (VALUES
    ('gold', 95.0, 100.0),
    ('silver', 75.0, 94.9),
    ('bronze', 50.0, 74.9),
    ('poor', 25.0, 49.9),
    ('unusable', 0.0, 24.9)
) AS v (tier, at_least, at_most)
