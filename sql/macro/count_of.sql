-- A count in any feed's form; NULL where the text is no whole number, or one beyond any count (RULES.md, "Snapshots": numbers).
-- reads: whole_of
-- param: count_text VARCHAR -- 23, 23.0 or -4, as a number or as text
SELECT TRY_CAST(whole_of(count_text) AS INTEGER)
