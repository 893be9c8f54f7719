-- The US Eastern calendar date of an instant (FEEDS.md, "Time").
-- param: instant TIMESTAMPTZ -- an instant
SELECT timezone('America/New_York', instant)::DATE
