-- Whether a game is the one asked for: by its NBA id, with or without the leading zeros, or by its internal id, in capitals or not and in either order of the teams (FEEDS.md, "From a feed to the schedule"). NULL if none was asked for.
-- reads: nba_id
-- param: asked VARCHAR -- as it was typed
-- param: its_id VARCHAR -- NBA id of the game
-- param: its_code VARCHAR -- its internal id
SELECT nba_id(asked) = its_id
    OR upper(asked) = its_code
    OR regexp_replace(upper(asked), '^(\d{8})_([A-Z]{3})_([A-Z]{3})$', '\1_\3_\2') = its_code
