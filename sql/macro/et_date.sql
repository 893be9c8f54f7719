-- The US Eastern calendar date of an instant (02-sources, 1.5).
-- param: instant TIMESTAMPTZ -- an instant
SELECT timezone('America/New_York', instant)::DATE
