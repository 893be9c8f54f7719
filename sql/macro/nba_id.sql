-- An NBA game id with the leading zeros that it loses where it is kept as a number (FEEDS.md, "Game ids").
-- param: id_text VARCHAR -- as any feed writes it
SELECT CASE WHEN regexp_full_match(id_text, '\d{1,10}') THEN lpad(id_text, 10, '0') ELSE nullif(id_text, '') END
