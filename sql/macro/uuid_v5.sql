-- The UUID of a name in a namespace, version 5: by SHA-1 (RFC 9562, 5.5).
-- param: uuid_namespace VARCHAR -- a UUID with hyphens
-- param: uuid_name VARCHAR -- any text
SELECT substr(sha1(unhex(replace(uuid_namespace, '-', '')) || encode(uuid_name)), 1, 8)
    || '-' || substr(sha1(unhex(replace(uuid_namespace, '-', '')) || encode(uuid_name)), 9, 4)
    || '-5' || substr(sha1(unhex(replace(uuid_namespace, '-', '')) || encode(uuid_name)), 14, 3)
    -- The variant takes the two upper bits of this digit.
    || '-' || translate(substr(sha1(unhex(replace(uuid_namespace, '-', '')) || encode(uuid_name)), 17, 1), '0123456789abcdef', '89ab89ab89ab89ab')
    || substr(sha1(unhex(replace(uuid_namespace, '-', '')) || encode(uuid_name)), 18, 3)
    || '-' || substr(sha1(unhex(replace(uuid_namespace, '-', '')) || encode(uuid_name)), 21, 12)
