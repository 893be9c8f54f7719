-- A text from outside as it may be shown: what is no letter, sign or space, such as a line break or what speaks to a terminal, stands as \u and its code (RULES.md, "Text from outside").
-- param: said VARCHAR -- a name, a reason, the tail of an object
SELECT CASE
    WHEN NOT regexp_matches(said, '[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]') THEN said
    ELSE array_to_string(list_transform(regexp_extract_all(said, '(?s).'), lambda letter: CASE
        WHEN NOT regexp_matches(letter, '[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]') THEN letter
        WHEN unicode(letter) < 65536 THEN format('\u{:04x}', unicode(letter))
        -- Two halves, as JSON writes it.
        ELSE format('\u{:04x}\u{:04x}', 55232 + unicode(letter) // 1024, 56320 + unicode(letter) % 1024)
    END), '')
END
