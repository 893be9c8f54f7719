-- How many loads of each table were intended within the 24 hours before as-of: what is used up of a warehouse's daily quota.
-- grain: table_name
-- reads: state.intents
-- param: target VARCHAR -- the warehouse that this run publishes to
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- column: table_name VARCHAR -- published table
-- column: loads BIGINT -- different loads, whatever came of them: a failed one counts too
SELECT table_name, count(DISTINCT load_id) AS loads
FROM state.intents
WHERE target = $target::VARCHAR AND as_of > $as_of::TIMESTAMPTZ - INTERVAL 24 HOUR AND as_of <= $as_of::TIMESTAMPTZ
GROUP BY table_name
