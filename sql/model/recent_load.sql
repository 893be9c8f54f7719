-- How many loads of each table were intended within the last 24 hours, by the clock: what is used up of a warehouse's daily quota.
-- grain: table_name
-- reads: state.intents
-- param: target VARCHAR -- the warehouse that this run publishes to
-- param: clock VARCHAR -- what the clock says, RFC 3339: as-of is no measure of a quota
-- column: table_name VARCHAR -- published table
-- column: loads BIGINT -- different loads, whatever came of them: a failed one counts too
SELECT table_name, count(DISTINCT load_id) AS loads
FROM state.intents
WHERE target = $target::VARCHAR AND recorded_at > $clock::VARCHAR::TIMESTAMPTZ - INTERVAL 24 HOUR
GROUP BY table_name
