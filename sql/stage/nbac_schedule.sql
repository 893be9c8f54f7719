-- NBA.com season schedules: every game of every snapshot (FEEDS.md, "nbac_schedule").
-- grain: object, generation, gameId
-- parts: pull
-- reads: landing, stage.content, json_text, nba_id, et_date, instant_of, storable_date, count_of
-- column: pull BIGINT -- the pull that brought the object
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: season VARCHAR -- season that the payload says, such as 2024-25
-- column: game_count INTEGER -- number of games that the payload claims
-- column: nba_game_id VARCHAR -- 10-digit id
-- column: game_code VARCHAR -- YYYYMMDD/AWYHOM as written
-- column: game_date DATE -- Eastern date of tip-off
-- column: tipoff_at TIMESTAMPTZ -- tip-off (UTC); NULL while not set
-- column: game_status INTEGER -- 1 scheduled, 2 live, 3 final
-- column: away_team VARCHAR -- tricode; NULL while not known
-- column: home_team VARCHAR -- tricode; NULL while not known
-- column: away_score INTEGER -- points; 0 before the game
-- column: home_score INTEGER -- points; 0 before the game
-- column: is_off BOOLEAN -- its status text says that it is not played on that date: postponed or canceled
-- column: was_postponed BOOLEAN -- its flag says postponed, on this date or an earlier one
-- column: is_if_necessary BOOLEAN -- its flag says that it is played only if need be
-- column: date_text VARCHAR -- the date as written, where that is no date of any calendar, or none that can be stored
-- column: overtimes INTEGER -- of a game whose status text says Final: 0, of Final/OT 1, of Final/OT2 or Final/2OT 2; else NULL
-- column: not_numbers STRUCT(field VARCHAR, said VARCHAR)[] -- numbers that are none, with what stands there; NULL for none
WITH doc AS (
    SELECT
        o.pull,
        o.object,
        o.generation,
        TRY(from_json(json_text(l.body), '{
            "season_nba_format": "VARCHAR", "game_count": "VARCHAR",
            "games": [{"gameId": "VARCHAR", "gameCode": "VARCHAR", "gameStatus": "VARCHAR",
                       "gameStatusText": "VARCHAR", "postponedStatus": "VARCHAR", "ifNecessary": "VARCHAR",
                       "gameDateEst": "VARCHAR", "gameDateTimeEst": "VARCHAR", "gameDateTimeUTC": "VARCHAR",
                       "awayTeam": {"teamTricode": "VARCHAR", "score": "VARCHAR"},
                       "homeTeam": {"teamTricode": "VARCHAR", "score": "VARCHAR"}}]}')) AS d
    FROM stage.content AS o
    JOIN landing AS l USING (pull, object, generation)
    WHERE o.feed = 'nbac_schedule' AND o.outcome = 'parsed'::outcome
),
game AS (
    SELECT pull, object, generation, d.season_nba_format AS season, d.game_count, unnest(d.games) AS g FROM doc
),
timed AS (
    SELECT
        *,
        -- Midnight in the East is how a time not set yet looks.
        nullif(instant_of(g.gameDateTimeUTC), timezone('America/New_York', est_date::TIMESTAMP)) AS tipoff_at
    FROM (SELECT *, storable_date(TRY_CAST(regexp_extract(g.gameDateEst, '^\d{4}-\d\d-\d\d') AS DATE)) AS est_date FROM game)
),
dated AS (
    SELECT *, coalesce(storable_date(et_date(tipoff_at)), est_date, storable_date(try_strptime(left(g.gameCode, 8), '%Y%m%d')::DATE)) AS game_date
    FROM timed
)
SELECT
    pull,
    object,
    generation,
    season,
    count_of(game_count) AS game_count,
    nba_id(g.gameId) AS nba_game_id,
    nullif(g.gameCode, '') AS game_code,
    game_date,
    tipoff_at,
    count_of(g.gameStatus) AS game_status,
    nullif(trim(g.awayTeam.teamTricode), '') AS away_team,
    nullif(trim(g.homeTeam.teamTricode), '') AS home_team,
    count_of(g.awayTeam.score) AS away_score,
    count_of(g.homeTeam.score) AS home_score,
    coalesce(regexp_matches(g.gameStatusText, '^\s*(ppd|postponed|cancell?ed)', 'i'), false) AS is_off,
    coalesce(upper(trim(g.postponedStatus)) = 'Y', false) AS was_postponed,
    coalesce(lower(g.ifNecessary) = 'true', false) AS is_if_necessary,
    CASE WHEN game_date IS NULL THEN coalesce(nullif(g.gameDateEst, ''), nullif(g.gameDateTimeUTC, ''), nullif(left(g.gameCode, 8), '')) END AS date_text,
    CASE
        WHEN regexp_matches(g.gameStatusText, '^\s*final\s*$', 'i') THEN 0
        WHEN regexp_matches(g.gameStatusText, '^\s*final\s*/\s*\d?OT\d?\s*$', 'i') THEN coalesce(TRY_CAST(nullif(regexp_extract(g.gameStatusText, '\d'), '') AS INTEGER), 1)
    END AS overtimes,
    nullif(list_filter([
        {'field': 'game_status', 'said': CASE WHEN game_status IS NULL THEN left(g.gameStatus, 40) END},
        {'field': 'away_score', 'said': CASE WHEN away_score IS NULL THEN left(g.awayTeam.score, 40) END},
        {'field': 'home_score', 'said': CASE WHEN home_score IS NULL THEN left(g.homeTeam.score, 40) END}],
        lambda x: trim(x.said) NOT IN ('', '-', '--')), []) AS not_numbers
FROM dated
