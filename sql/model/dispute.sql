-- Games in which whole sources of a chain differ in numbers of players, told once (RULES.md, "Disputed lines").
-- grain: nba_game_id, chain
-- parts: season
-- reads: model.disputed_number
-- column: nba_game_id VARCHAR -- the game
-- column: chain VARCHAR -- the chain
-- column: known_at TIMESTAMPTZ -- since when they differ (UTC)
-- column: description VARCHAR -- the players, what each source says of them, and what becomes of it; of the first ten
WITH man AS (
    SELECT
        nba_game_id,
        chain,
        team,
        player,
        any_value(known_at) AS known_at,
        row_number() OVER (PARTITION BY nba_game_id, chain ORDER BY team, player) AS nth,
        team || ' ' || any_value(coalesce(player_name, player)) || ': '
            || string_agg(field || ' ' || array_to_string(list_transform(numbers, lambda x: x.number || ' by ' || x.source), ', '), '; ' ORDER BY field)
            || CASE
                WHEN any_value(taken_from) IS NOT NULL THEN '; the line of ' || any_value(taken_from) || ' is taken'
                ELSE '; the line of ' || any_value(source) || ' stays, silver at most'
            END AS said
    FROM model.disputed_number
    GROUP BY nba_game_id, chain, team, player
)
SELECT
    nba_game_id,
    chain,
    max(known_at) AS known_at,
    'whole sources differ on ' || count(*) || CASE WHEN count(*) = 1 THEN ' player' ELSE ' players' END || ': '
        || string_agg(said, '. ' ORDER BY nth) FILTER (nth <= 10) || CASE WHEN count(*) > 10 THEN '. And ' || count(*) - 10 || ' more' ELSE '' END AS description
FROM man
GROUP BY nba_game_id, chain
