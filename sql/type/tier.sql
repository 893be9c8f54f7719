-- How good a row is; the worst is the minimum, and no evidence is unusable (RULES.md, "Tiers and scores").
SELECT unnest(['unusable', 'poor', 'bronze', 'silver', 'gold'])
