-- State: what people decided about events and groups of events, and took back (HOUSE.md, "State").
-- grain: seq, number
-- param: segments VARCHAR[] -- Parquet files that the state's HEAD names
-- column: seq BIGINT -- number of the append that brought it
-- column: number BIGINT -- place among those that were decided at once, from 1
-- column: decided_at TIMESTAMPTZ -- when, by the clock (UTC)
-- column: decision VARCHAR -- resolve, acknowledge or undo
-- column: event_id VARCHAR -- of resolve: the event
-- column: batch_id VARCHAR -- of acknowledge: the group in which events are told
-- column: method VARCHAR -- of resolve: accepted_gap, manual_entry or wont_fix
-- column: until TIMESTAMPTZ -- of acknowledge: the end of it (UTC)
-- column: undoes VARCHAR -- of undo: the decision that is taken back
-- column: decision_id VARCHAR -- the name by which people take it back: seq, a dot and number
-- column: acted_by VARCHAR -- who decided
-- column: why VARCHAR -- why
SELECT
    seq::BIGINT AS seq,
    number::BIGINT AS number,
    decided_at::TIMESTAMPTZ AS decided_at,
    decision::VARCHAR AS decision,
    event_id::VARCHAR AS event_id,
    batch_id::VARCHAR AS batch_id,
    method::VARCHAR AS method,
    until::TIMESTAMPTZ AS until,
    undoes::VARCHAR AS undoes,
    decision_id::VARCHAR AS decision_id,
    acted_by::VARCHAR AS acted_by,
    why::VARCHAR AS why
FROM read_parquet($segments::VARCHAR[])
