-- Minutes in any feed's form as a decimal; no value is NULL, which is neither 0 nor 0:30 (FEEDS.md, "Minutes").
-- param: minutes_text VARCHAR -- 35:42, 35, 05, 240:00, 34.000000:12, - or blank
SELECT CASE
    WHEN trim(minutes_text) IN ('', '-', '--') THEN NULL
    WHEN contains(minutes_text, ':') THEN try_cast(round(
        try_cast(split_part(minutes_text, ':', 1) AS DECIMAL(12,6))
        + try_cast(split_part(minutes_text, ':', 2) AS DECIMAL(12,6)) / 60, 2) AS DECIMAL(6,2))
    ELSE try_cast(minutes_text AS DECIMAL(6,2))
END
