-- The objects of which nothing or not everything could be used, and why; those that are merely empty stand among the gaps.
-- grain: object, generation
-- reads: model.landed_object
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: outcome VARCHAR -- parsed, quarantined or ignored
-- column: reason VARCHAR -- why
SELECT o.object, o.generation, o.outcome::VARCHAR AS outcome, o.reason
FROM model.landed_object AS o
WHERE o.outcome <> 'parsed' OR o.rows_parsed > 0 AND o.reason IS NOT NULL
ORDER BY o.outcome DESC, o.object, o.generation
