-- The tier of a score, and of nothing else (RULES.md, "Tiers and scores").
-- reads: reference.tiers
-- param: tier_score DECIMAL(4,1) -- a score that is rounded already; NULL gives unusable, for no evidence is unusable
SELECT coalesce(max(tier), 'unusable'::tier) FROM reference.tiers WHERE at_least <= tier_score
