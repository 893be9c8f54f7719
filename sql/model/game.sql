-- The games: what the latest valid schedule snapshot says of each, or the last one that held it (RULES.md, "Games").
-- grain: nba_game_id
-- reads: model.listed_game, reference.game_types, game_code, et_instant, threshold
-- column: nba_game_id VARCHAR -- 10-digit NBA game id
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- US Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: game_type game_type -- by the third digit of the id only; NULL for a digit that is not known
-- column: is_competitive BOOLEAN -- data is expected for such games
-- column: away_team VARCHAR -- tricode; NULL while not known
-- column: home_team VARCHAR -- tricode; NULL while not known
-- column: tipoff_at TIMESTAMPTZ -- tip-off (UTC); the latest usual one where none is set
-- column: is_final BOOLEAN -- the schedule calls it final, with both scores above 0
-- column: away_score INTEGER -- final score; NULL before
-- column: home_score INTEGER -- final score; NULL before
-- column: is_vanished BOOLEAN -- the latest valid snapshot of its season lacks it
-- column: first_listed_at TIMESTAMPTZ -- the first valid snapshot that held it (UTC)
-- column: listed_at TIMESTAMPTZ -- the snapshot that this row is from (UTC)
-- column: object VARCHAR -- that snapshot's object
-- column: generation BIGINT -- its generation
WITH last_seen AS (
    SELECT *, min(snapshot_at) OVER (PARTITION BY nba_game_id) AS first_listed_at
    FROM model.listed_game
    -- An id carries its season; in a snapshot of any other season it is a stray.
    QUALIFY row_number() OVER (
        PARTITION BY nba_game_id
        ORDER BY substr(nba_game_id, 4, 2) = substr(season, 3, 2) DESC, season DESC, nth DESC) = 1
)
SELECT
    g.nba_game_id,
    game_code(g.game_date, g.away_team, g.home_team) AS game_code_id,
    g.game_date,
    g.season,
    t.game_type,
    coalesce(t.is_competitive, false) AS is_competitive,
    g.away_team,
    g.home_team,
    coalesce(g.tipoff_at, et_instant(g.game_date, threshold('unknown_tipoff')::INTEGER)) AS tipoff_at,
    coalesce(g.game_status = 3 AND g.away_score > 0 AND g.home_score > 0, false) AS is_final,
    CASE WHEN g.game_status = 3 AND g.away_score > 0 AND g.home_score > 0 THEN g.away_score END AS away_score,
    CASE WHEN g.game_status = 3 AND g.away_score > 0 AND g.home_score > 0 THEN g.home_score END AS home_score,
    NOT g.is_latest_valid AS is_vanished,
    g.first_listed_at,
    g.snapshot_at AS listed_at,
    g.object,
    g.generation
FROM last_seen AS g
LEFT JOIN reference.game_types AS t ON t.digit = substr(g.nba_game_id, 3, 1)
