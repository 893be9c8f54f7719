-- The highest score of a tier: where a row that is capped to it ends (RULES.md, "Tiers and scores").
-- reads: reference.tiers
-- param: capped_to tier -- a tier
SELECT at_most FROM reference.tiers WHERE tier = capped_to
