-- The games: what the latest valid schedule snapshot says of each, or the last one that held it (RULES.md, "Games").
-- grain: nba_game_id
-- reads: model.listed_game, model.schedule_snapshot, stage.nbac_schedule, reference.game_types, game_code, et_instant, threshold
-- column: nba_game_id VARCHAR -- 10-digit NBA game id
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- US Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: game_type game_type -- by the third digit of the id only; NULL for a digit that is not known
-- column: is_competitive BOOLEAN -- data is expected for such games
-- column: away_team VARCHAR -- tricode; NULL while not known
-- column: home_team VARCHAR -- tricode; NULL while not known
-- column: tipoff_at TIMESTAMPTZ -- tip-off (UTC); the latest usual one where none is set
-- column: is_final BOOLEAN -- the schedule calls it final, with both scores above 0, in a snapshot that was not taken before tip-off
-- column: away_score INTEGER -- final score; NULL before
-- column: home_score INTEGER -- final score; NULL before
-- column: is_vanished BOOLEAN -- the latest valid snapshot of its season lacks it; not one that it holds under a date that cannot be one
-- column: is_postponed BOOLEAN -- the schedule calls it postponed, gives it no later date, and it is not final
-- column: is_if_necessary BOOLEAN -- the schedule's flag says that it is played only if need be
-- column: first_listed_at TIMESTAMPTZ -- the first valid snapshot that held it (UTC)
-- column: listed_at TIMESTAMPTZ -- the snapshot that this row is from (UTC)
-- column: object VARCHAR -- that snapshot's object
-- column: generation BIGINT -- its generation
WITH last_seen AS (
    SELECT
        *,
        min(snapshot_at) OVER of_game AS first_listed_at,
        min(game_date) OVER of_game <> max(game_date) OVER of_game AS has_moved
    FROM model.listed_game
    WINDOW of_game AS (PARTITION BY nba_game_id)
    -- An id carries its season; in a snapshot of any other season it is a stray.
    QUALIFY row_number() OVER (
        PARTITION BY nba_game_id
        ORDER BY substr(nba_game_id, 4, 2) = substr(season, 3, 2) DESC, season DESC, nth DESC) = 1
),
ended AS (
    SELECT
        *,
        -- Nobody knows before tip-off how a game ends.
        coalesce(game_status = 3 AND away_score > 0 AND home_score > 0 AND snapshot_at >= starts_at, false) AS has_ended
    FROM (SELECT *, coalesce(tipoff_at, et_instant(game_date, threshold('unknown_tipoff')::INTEGER)) AS starts_at FROM last_seen)
),
undated AS (
    SELECT DISTINCT s.season, g.nba_game_id
    FROM model.schedule_snapshot AS s
    JOIN stage.nbac_schedule AS g USING (object, generation)
    WHERE s.is_latest_valid AND g.game_date IS NULL
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
    g.starts_at AS tipoff_at,
    g.has_ended AS is_final,
    CASE WHEN g.has_ended THEN g.away_score END AS away_score,
    CASE WHEN g.has_ended THEN g.home_score END AS home_score,
    NOT g.is_latest_valid AND u.nba_game_id IS NULL AS is_vanished,
    -- The flag alone may still speak of the date that it had.
    (coalesce(g.is_off, false) OR coalesce(g.was_postponed, false) AND NOT g.has_moved) AND NOT g.has_ended AND NOT is_vanished AS is_postponed,
    coalesce(g.is_if_necessary, false) AS is_if_necessary,
    g.first_listed_at,
    g.snapshot_at AS listed_at,
    g.object,
    g.generation
FROM ended AS g
LEFT JOIN undated AS u ON u.season = g.season AND u.nba_game_id = g.nba_game_id
LEFT JOIN reference.game_types AS t ON t.digit = substr(g.nba_game_id, 3, 1)
