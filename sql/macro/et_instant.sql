-- The instant of a US Eastern wall-clock time, given as a date and minutes after its midnight (FEEDS.md, "Time").
-- param: et_day DATE -- calendar date in the East
-- param: clock_minutes INTEGER -- minutes on the wall clock after 00:00; 1440 and more is the next day
SELECT timezone('America/New_York', et_day::TIMESTAMP + to_minutes(clock_minutes::BIGINT))
