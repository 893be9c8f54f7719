-- Minutes in any feed's form as a decimal; no value is NULL, which is neither 0 nor 0:30, and so is what no clock shows (FEEDS.md, "Minutes").
-- param: minutes_text VARCHAR -- 35:42, 35, 05, 240:00, 34.000000:12, 0:35:42, PT35M42.00S, - or blank
SELECT CASE
    WHEN regexp_full_match(trim(minutes_text), '\d+(?:\.\d+)?') THEN TRY_CAST(trim(minutes_text) AS DECIMAL(6,2))
    -- Minutes and seconds, of which there are never 60.
    WHEN regexp_full_match(trim(minutes_text), '\d+(?:\.\d+)?:[0-5]?\d(?:\.\d+)?') THEN TRY_CAST(round(
        TRY_CAST(split_part(trim(minutes_text), ':', 1) AS DECIMAL(12,6))
        + TRY_CAST(split_part(trim(minutes_text), ':', 2) AS DECIMAL(12,6)) / 60, 2) AS DECIMAL(6,2))
    -- Hours before them.
    WHEN regexp_full_match(trim(minutes_text), '\d{1,2}:[0-5]?\d:[0-5]?\d(?:\.\d+)?') THEN TRY_CAST(round(
        60 * TRY_CAST(split_part(trim(minutes_text), ':', 1) AS DECIMAL(12,6))
        + TRY_CAST(split_part(trim(minutes_text), ':', 2) AS DECIMAL(12,6))
        + TRY_CAST(split_part(trim(minutes_text), ':', 3) AS DECIMAL(12,6)) / 60, 2) AS DECIMAL(6,2))
    -- A duration of ISO 8601, whose minutes may be more than an hour's.
    WHEN regexp_full_match(trim(minutes_text), 'PT(?:\d{1,2}H)?(?:\d{1,4}M)?(?:[0-5]?\d(?:\.\d+)?S)?') AND trim(minutes_text) <> 'PT' THEN TRY_CAST(round(
        60 * coalesce(TRY_CAST(nullif(regexp_extract(minutes_text, '(\d+)H', 1), '') AS DECIMAL(12,6)), 0)
        + coalesce(TRY_CAST(nullif(regexp_extract(minutes_text, '(\d+)M', 1), '') AS DECIMAL(12,6)), 0)
        + coalesce(TRY_CAST(nullif(regexp_extract(minutes_text, '(\d+(?:\.\d+)?)S', 1), '') AS DECIMAL(12,6)), 0) / 60, 2) AS DECIMAL(6,2))
END
