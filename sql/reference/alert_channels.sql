-- What each kind of channel is told (RULES.md, "Alerts").
-- grain: kind
-- column: kind VARCHAR -- what --alert begins with
-- column: at_once BOOLEAN -- critical groups, each as soon as it is seen; else they stand in the digest
SELECT
    kind::VARCHAR AS kind,
    at_once::BOOLEAN AS at_once
FROM (VALUES
    ('slack', true),
    ('mail', false),
    ('file', true)
) AS v (kind, at_once)
