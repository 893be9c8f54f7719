-- The kinds of events, where in the pipeline they arise and how bad they are (RULES.md, "Event kinds").
-- grain: event_type
-- column: event_type VARCHAR -- the kind
-- column: phase INTEGER -- 2 raw, 3 analytics, 4 rolling windows
-- column: severity severity -- how bad it is; NULL where that depends on the case
-- column: rank INTEGER -- of several facts about one chain and game the one with the lowest is the event; NULL for events of another kind
SELECT
    event_type::VARCHAR AS event_type,
    phase::INTEGER AS phase,
    severity::severity AS severity,
    rank::INTEGER AS rank
FROM (VALUES
    ('source_missing', 2, NULL, 1),
    ('source_degraded', 2, 'warning', 2),
    ('source_timeout', 2, 'warning', 3),
    ('source_error', 2, 'warning', 3),
    ('fallback_failed', 2, 'warning', 4),
    ('reconstruction_failed', 2, 'warning', 5),
    ('reconstruction', 2, 'info', 6),
    ('fallback_used', 2, 'info', 7),
    ('source_outage', 2, NULL, NULL),
    ('schedule_anomaly', 2, NULL, NULL),
    ('silent_failure', 2, NULL, NULL),
    ('data_corrected', 2, 'info', NULL),
    ('validation_failure', 3, 'warning', NULL),
    ('insufficient_sample', 4, 'warning', NULL),
    ('thin_sample', 4, 'info', NULL),
    ('traded_player_context', 4, 'info', NULL),
    ('quality_below_tolerance', 4, 'warning', NULL)
) AS v (event_type, phase, severity, rank)
