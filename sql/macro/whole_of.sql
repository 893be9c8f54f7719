-- A whole number in any feed's form; NULL where the text is none, for a cast makes 4 of 4.5, 1 of true and 10 of 1_0 (RULES.md, "Snapshots": numbers).
-- param: number_text VARCHAR -- 23, 23.0 or -4, as a number or as text
SELECT TRY_CAST(regexp_extract(number_text, '^ *([+-]?\d+)(?:\.0*)? *$', 1) AS BIGINT)
