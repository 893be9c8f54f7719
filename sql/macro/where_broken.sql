-- Where a body that is no JSON broke, as far as brackets, strings and what may follow what can tell (RULES.md, "Snapshots": quarantined).
-- reads: json_text
-- param: body BLOB -- decompressed bytes that are no JSON
SELECT CASE
    WHEN json_text(body) IS NULL THEN 'invalid UTF-8 at byte ' || format('{:,}', 1 + strlen(regexp_extract(hex(body),
        '^(?:[0-7].|(?:C[2-9A-F]|D.)[89AB].|E0[AB].[89AB].|E[1-9A-CEF][89AB].[89AB].|ED[89].[89AB].|F0[9AB].[89AB].[89AB].|F[1-3][89AB].[89AB].[89AB].|F48.[89AB].[89AB].)*')) // 2)
    ELSE list_transform([{
            'said': json_text(body),
            -- All up to the first thing that cannot stand where it stands.
            'good': regexp_extract(json_text(body), '(?s)^\s*(?:(?:(?:[\[{]\s*)+(?:(?:"(?:[^"\\\x00-\x1f]|\\.)*"|-?\d[-+.\deE]*|true|false|null)\s*)?|(?:"(?:[^"\\\x00-\x1f]|\\.)*"|-?\d[-+.\deE]*|true|false|null)\s*)(?:[\]}]\s*)*[,:]\s*)*(?:[\[{]\s*)*(?:(?:"(?:[^"\\\x00-\x1f]|\\.)*"|-?\d[-+.\deE]*|true|false|null)\s*)?(?:[\]}]\s*)*'),
            -- Brackets that are open at the end, once those that are closed are taken out, depth by depth.
            'open': list_reduce(list_prepend(
                regexp_replace(regexp_replace(json_text(body), '(?s)"(?:[^"\\]|\\.)*(?:"|\\?$)', '', 'g'), '[^\[\]{}]', '', 'g'),
                list_transform(range(64), lambda i: '')), lambda rest, i: replace(replace(rest, '{}', ''), '[]', ''))
        }], lambda t: CASE
            WHEN regexp_full_match(t.open, '[\[{]+')
                AND regexp_full_match(substr(t.said, length(t.good) + 1), '(?s)(?:"(?:[^"\\\x00-\x1f]|\\.)*\\?|-|t|tr|tru|f|fa|fal|fals|n|nu|nul)?')
                THEN 'cut off after ' || format('{:,}', octet_length(body)) || ' bytes'
            WHEN length(t.good) < length(t.said)
                THEN 'not JSON at byte ' || format('{:,}', octet_length(body) - strlen(t.said) + strlen(t.good) + 1) || ': '
                    || regexp_replace(substr(t.said, length(t.good) + 1, 24), '[\x00-\x1f]', ' ', 'g')
            ELSE 'not JSON in ' || format('{:,}', octet_length(body)) || ' bytes' || CASE WHEN t.open <> '' THEN ': brackets that do not match' ELSE '' END
        END)[1]
END
