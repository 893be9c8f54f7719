-- A landed body as text, without its byte order mark, and with the replacement character for an escape that is half of a surrogate pair; NULL if it is not valid UTF-8 (FEEDS.md, "Shapes").
-- param: body BLOB -- decompressed bytes
SELECT list_transform([ltrim(TRY(decode(body)), chr(65279))], lambda said: CASE
    -- A whole document must not go for one letter. Control characters stand for what must stay: a backslash that is
    -- one, and whole pairs; no valid document holds them.
    WHEN (contains(said, '\ud') OR contains(said, '\uD')) AND NOT regexp_matches(said, '[\x01\x02]')
        THEN replace(replace(
            regexp_replace(
                regexp_replace(replace(said, '\\', chr(1)),
                    '\\(u[dD][89abAB][0-9a-fA-F]{2})\\(u[dD][c-fC-F][0-9a-fA-F]{2})', chr(2) || '\1' || chr(2) || '\2', 'g'),
                '\\u[dD][89a-fA-F][0-9a-fA-F]{2}', '\\ufffd', 'g'),
            chr(2), '\'), chr(1), '\\')
    ELSE said
END)[1]
