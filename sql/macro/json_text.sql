-- A landed body as text, without its byte order mark; NULL if it is not valid UTF-8 (FEEDS.md, "Shapes").
-- param: body BLOB -- decompressed bytes
SELECT ltrim(TRY(decode(body)), chr(65279))
