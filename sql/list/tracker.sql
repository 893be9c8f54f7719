-- The coverage tracker: of each source and season how many of the games that are due are there, and on which dates some are not (RULES.md, "Decisions").
-- grain: source, season
-- reads: model.cell, model.game, model.gap, model.decided_gap, reference.sources
-- column: source VARCHAR -- name of the feed
-- column: season VARCHAR -- such as 2024-25
-- column: first_date DATE -- Eastern date of the first game that is due
-- column: last_date DATE -- that of the last
-- column: dates BIGINT -- dates with a game that is due
-- column: whole_dates BIGINT -- those of which every game is present
-- column: due BIGINT -- games that are due
-- column: present BIGINT -- those that are present
-- column: borne BIGINT -- those that are not, and that a person accepted or decided
-- column: open BIGINT -- those that are not, and open
-- column: present_pct DECIMAL(5,1) -- present of due, in percent, rounded down
-- column: open_dates VARCHAR -- dates with an open one, as ranges over the dates on which the source is due, the first ten
WITH cell AS (
    SELECT
        c.source, g.season, g.game_date, c.status,
        p.source IS NOT NULL AND (p.is_accepted OR d.source IS NOT NULL) AS is_borne,
        p.source IS NOT NULL AND NOT is_borne AS is_open
    FROM model.cell AS c
    JOIN model.game AS g ON g.nba_game_id = c.nba_game_id
    JOIN reference.sources AS r ON r.source = c.source AND r.due_from <> 'never'
    LEFT JOIN model.gap AS p ON p.nba_game_id = c.nba_game_id AND p.source = c.source
    LEFT JOIN model.decided_gap AS d ON d.nba_game_id = c.nba_game_id AND d.source = c.source
    WHERE c.is_due
),
day AS (
    SELECT
        source, season, game_date,
        count(*) AS due,
        count(*) FILTER (status = 'present') AS present,
        count(*) FILTER (is_borne) AS borne,
        count(*) FILTER (is_open) AS open,
        row_number() OVER (PARTITION BY source, season ORDER BY game_date) AS nth
    FROM cell
    GROUP BY source, season, game_date
),
open_range AS (
    SELECT source, season, min(game_date) AS first_date, max(game_date) AS last_date
    FROM (SELECT *, nth - row_number() OVER (PARTITION BY source, season ORDER BY game_date) AS island FROM day WHERE open > 0)
    GROUP BY source, season, island
),
ranges AS (
    SELECT
        source, season,
        string_agg(first_date || CASE WHEN last_date > first_date THEN '..' || last_date ELSE '' END, ', ' ORDER BY first_date) FILTER (nth <= 10)
            || CASE WHEN count(*) > 10 THEN ' and ' || (count(*) - 10) || ' more' ELSE '' END AS open_dates
    FROM (SELECT *, row_number() OVER (PARTITION BY source, season ORDER BY first_date) AS nth FROM open_range)
    GROUP BY source, season
)
SELECT
    d.source,
    d.season,
    min(d.game_date) AS first_date,
    max(d.game_date) AS last_date,
    count(*) AS dates,
    count(*) FILTER (d.present = d.due) AS whole_dates,
    sum(d.due)::BIGINT AS due,
    sum(d.present)::BIGINT AS present,
    sum(d.borne)::BIGINT AS borne,
    sum(d.open)::BIGINT AS open,
    ((1000 * sum(d.present)::BIGINT // sum(d.due)::BIGINT) / 10)::DECIMAL(5,1) AS present_pct,
    any_value(r.open_dates) AS open_dates
FROM day AS d
LEFT JOIN ranges AS r ON r.source = d.source AND r.season = d.season
GROUP BY d.source, d.season
ORDER BY d.season DESC, d.source
