-- The newest earlier run that recorded events, if it ran other SQL files than this one: no row where the rules are as they were (RULES.md, "Actions").
-- grain: one row
-- reads: state.runs
-- param: as_of TIMESTAMPTZ -- only what runs before it recorded exists
-- param: sql_h1 VARCHAR -- hash of the SQL files of this run
-- column: as_of TIMESTAMPTZ -- instant that it answered for (UTC)
SELECT as_of
FROM state.runs
-- One that was blocked or failed recorded no event. What is recorded is one log for every warehouse and environment, so
-- that any of their runs counts.
WHERE as_of < $as_of::TIMESTAMPTZ AND exit_code IN (0, 4)
GROUP BY as_of
-- Of several runs of one as-of each added what its own rules make.
QUALIFY row_number() OVER (ORDER BY as_of DESC) = 1 AND bool_or(sql_h1 <> $sql_h1::VARCHAR)
