-- A date, if the warehouse has a partition for it; any other is a slip of a pen or a clock and NULL (RULES.md, "Dates").
-- reads: threshold
-- param: day DATE -- a date
SELECT CASE WHEN year(day) BETWEEN threshold('first_year') AND threshold('last_year') THEN day END
