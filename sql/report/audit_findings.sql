-- What the audit of the platform's tables found, a line for each table and kind, worst first (RULES.md, "Audit of a night").
-- grain: audited_table, audit_status, severity
-- reads: model.audit_finding
-- column: severity VARCHAR -- info, warning or critical
-- column: audit_status VARCHAR -- what is wrong
-- column: audited_table VARCHAR -- dataset and table; * for all of them
-- column: games BIGINT -- games of which that is so; 0 of a table that could not be read
-- column: first_date DATE -- game date of the oldest
-- column: last_date DATE -- game date of the newest
-- column: game VARCHAR -- the oldest
-- column: reason VARCHAR -- what is wrong with it
SELECT
    severity::VARCHAR AS severity,
    audit_status,
    audited_table,
    count(game_date) AS games,
    min(game_date) AS first_date,
    max(game_date) AS last_date,
    arg_min(game, (game_date, game)) AS game,
    coalesce(arg_min(reason, (game_date, game)), any_value(reason)) AS reason
FROM model.audit_finding AS f
GROUP BY f.severity, audit_status, audited_table
ORDER BY f.severity DESC, audit_status, audited_table
