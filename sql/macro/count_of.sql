-- A count in any feed's form; NULL where the text is no whole number, or one beyond any count (RULES.md, "Snapshots": numbers).
-- reads: whole_of
-- param: count_text VARCHAR -- 23, 23.0 or -4, as a number or as text
SELECT CASE
    -- A text that the number is written as again is one, and that costs less than a pattern.
    WHEN TRY_CAST(count_text AS INTEGER)::VARCHAR = count_text THEN TRY_CAST(count_text AS INTEGER)
    ELSE TRY_CAST(whole_of(count_text) AS INTEGER)
END
