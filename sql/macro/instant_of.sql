-- The instant that a feed writes, with seconds or without; NULL for what is none, and for one of no storable date (RULES.md, "Dates"; FEEDS.md, "Time").
-- reads: storable_date
-- param: said VARCHAR -- such as 2025-01-10T03:30:00Z or 2025-01-10T03:30Z
SELECT CASE
    -- Words that a cast takes for an instant, as infinity, are none; without seconds it takes none.
    WHEN regexp_matches(said, '^\d{4}-')
        AND storable_date(timezone('UTC', TRY_CAST(regexp_replace(said, '([T ]\d\d:\d\d)(Z|[+-]\d\d(?::?\d\d)?)?$', '\1:00\2') AS TIMESTAMPTZ))::DATE) IS NOT NULL
        THEN TRY_CAST(regexp_replace(said, '([T ]\d\d:\d\d)(Z|[+-]\d\d(?::?\d\d)?)?$', '\1:00\2') AS TIMESTAMPTZ)
END
