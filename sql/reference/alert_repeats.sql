-- When a group that goes on is told again, counted from its first message (RULES.md, "Alerts").
-- grain: from_hours
-- column: from_hours BIGINT -- hours after the first message from which this row counts
-- column: every_hours BIGINT -- hours from one message to the next from then on; NULL until the next row: once
SELECT
    from_hours::BIGINT AS from_hours,
    every_hours::BIGINT AS every_hours
FROM (VALUES
    (4, NULL),
    (8, NULL),
    (16, NULL),
    (24, 24),
    (168, 168)
) AS v (from_hours, every_hours)
