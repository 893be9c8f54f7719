-- State: which messages were owed, and which of them arrived (HOUSE.md, "State").
-- grain: seq, number
-- param: segments VARCHAR[] -- Parquet files that the state's HEAD names
-- column: seq BIGINT -- number of the append that brought it
-- column: number BIGINT -- place in that append, from 1
-- column: as_of TIMESTAMPTZ -- instant of the run that owed it (UTC)
-- column: run_id VARCHAR -- that run
-- column: recorded_at TIMESTAMPTZ -- when, by the clock (UTC)
-- column: channel VARCHAR -- where somebody is told: slack, mail:ADDRESS or file:PATH
-- column: message_id VARCHAR -- as-of, kind and group: the same message has the same id
-- column: step VARCHAR -- baseline: never to be told; owed: about to be sent; sent; refused: not taken
-- column: kind VARCHAR -- baseline, alert, resolved, digest or blocked
-- column: batch_id VARCHAR -- the group; NULL of a digest and of a baseline
-- column: reason VARCHAR -- why it was sent
-- column: event_ids VARCHAR[] -- the events that it tells of, sorted
-- column: said VARCHAR -- of a refusal: what the channel said
SELECT
    seq::BIGINT AS seq,
    number::BIGINT AS number,
    as_of::TIMESTAMPTZ AS as_of,
    run_id::VARCHAR AS run_id,
    recorded_at::TIMESTAMPTZ AS recorded_at,
    channel::VARCHAR AS channel,
    message_id::VARCHAR AS message_id,
    step::VARCHAR AS step,
    kind::VARCHAR AS kind,
    batch_id::VARCHAR AS batch_id,
    reason::VARCHAR AS reason,
    event_ids::VARCHAR[] AS event_ids,
    said::VARCHAR AS said
FROM read_parquet($segments::VARCHAR[])
