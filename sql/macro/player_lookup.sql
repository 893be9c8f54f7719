-- The one name normaliser: a player's name as a key (FEEDS.md, "Player names").
-- param: player_name VARCHAR -- as any feed writes it; NULL and blank give ''
SELECT regexp_replace(
    -- A trailing Junior or Senior becomes jr or sr; every other generational suffix is kept.
    regexp_replace(
        -- Letters lose their marks here; those that are no letter with a mark (đ ø ł ß æ) are deleted below.
        lower(strip_accents(nfc_normalize(replace(replace(coalesce(player_name, ''), 'ı', 'i'), 'İ', 'I')))),
        ' (?:(j)unior|(s)enior)$', '\1\2r'),
    '[^a-z0-9]', '', 'g')
