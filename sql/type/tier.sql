-- How good a row is; the worst is the minimum, and no evidence is unusable (01-semantics, "Events" and "Quality").
SELECT unnest(['unusable', 'poor', 'bronze', 'silver', 'gold'])
