-- State: what happened to events: seen, told, acknowledged, ended (HOUSE.md, "State").
-- grain: as_of, event_id, action
-- param: segments VARCHAR[] -- Parquet files that the state's HEAD names
-- column: as_of TIMESTAMPTZ -- instant of the run that recorded it (UTC)
-- column: event_id VARCHAR -- the event
-- column: action VARCHAR -- detected, alerted, acknowledged or resolved
-- column: acted_at TIMESTAMPTZ -- when (UTC); as-of of the run that saw it or missed it
-- column: channel VARCHAR -- where somebody was told
-- column: method VARCHAR -- how it was resolved: source_recovered, backfill or withdrawn by itself; manual_entry, accepted_gap or wont_fix by a person
-- column: acted_by VARCHAR -- sourcecov, or the person
-- column: why VARCHAR -- what was seen
SELECT
    as_of::TIMESTAMPTZ AS as_of,
    event_id::VARCHAR AS event_id,
    action::VARCHAR AS action,
    acted_at::TIMESTAMPTZ AS acted_at,
    channel::VARCHAR AS channel,
    method::VARCHAR AS method,
    acted_by::VARCHAR AS acted_by,
    why::VARCHAR AS why
FROM read_parquet($segments::VARCHAR[])
