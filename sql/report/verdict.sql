-- The answer of a night in one sentence: whether all is well that is known, whatever the window (RULES.md, "Verdict").
-- grain: one row
-- reads: model.cell, model.gap, model.resolution, model.outage, model.event, model.new_event, model.decided_event, model.decided_gap, reference.chains
-- param: seen_as_of TIMESTAMPTZ -- the newest as-of that the state has seen, if this run looks back; else NULL
-- column: judgement VARCHAR -- ok, not_ok or not_judged
-- column: said VARCHAR -- why, for people, without the judgement
-- column: worst_open VARCHAR -- worst severity of an open gap that nobody has accepted, or an open event, on neither of which a person has decided: info, warning or critical; NULL if there is none, or if this run looks back
WITH closed AS (
    SELECT e.event_type, e.nba_game_id, e.chain, e.source, e.game_date, e.event_id
    FROM model.event AS e
    SEMI JOIN (FROM model.decided_event WHERE is_closed) AS d ON d.event_id = e.event_id
),
open_gap AS (
    SELECT p.*
    FROM model.gap AS p
    ANTI JOIN model.decided_gap AS d ON d.nba_game_id = p.nba_game_id AND d.source = p.source
    WHERE NOT p.is_accepted
),
fresh AS (
    SELECT e.*, n.event_id IS NOT NULL AS is_new
    FROM model.event AS e
    LEFT JOIN model.new_event AS n ON n.event_id = e.event_id
    ANTI JOIN closed AS d ON d.event_id = e.event_id
    WHERE e.is_open
),
unsupplied AS (
    SELECT
        chain,
        count(*) AS games,
        count(*) FILTER (n.is_new) AS new_games,
        max(r.severity) AS severity
    FROM model.resolution AS r
    ANTI JOIN closed AS d ON d.event_type = 'source_missing' AND d.nba_game_id = r.nba_game_id AND d.chain = r.chain
    LEFT JOIN (SELECT DISTINCT nba_game_id, chain, is_new FROM fresh WHERE event_type = 'source_missing' AND is_new) AS n USING (nba_game_id, chain)
    WHERE r.resolution = 'none' AND r.is_past_grace AND NOT r.is_accepted
    GROUP BY chain
),
covered AS (
    SELECT chain, count(*) AS games FROM model.resolution WHERE is_past_grace AND resolution <> 'not_applicable' GROUP BY chain
),
-- What is wrong, each in words: first what nothing supplies, then what is down, then the rest.
clause AS (
    SELECT
        u.severity,
        1 AS place,
        u.games,
        format('{:,} of {:,} game{} {} no {}', u.games, c.games, CASE WHEN c.games = 1 THEN '' ELSE 's' END, CASE WHEN u.games = 1 THEN 'has' ELSE 'have' END, h.noun)
            || CASE WHEN u.new_games > 0 THEN format(', {:,} new since the last night', u.new_games) ELSE '' END AS said
    FROM unsupplied AS u
    JOIN covered AS c USING (chain)
    JOIN reference.chains AS h USING (chain)
    UNION ALL
    SELECT
        max(severity),
        2,
        sum(cells)::BIGINT,
        format('{} down since {} ({:,} games)', source, min(first_date)::VARCHAR, sum(cells)::BIGINT)
    FROM model.outage AS o
    ANTI JOIN closed AS d ON d.event_type = 'source_outage' AND d.source = o.source AND d.game_date = o.first_date
    WHERE is_open
    GROUP BY source
    UNION ALL
    SELECT
        max(e.severity::severity),
        3,
        count(*),
        format('{:,} game{} only a part of {} {}', count(*), CASE WHEN count(*) = 1 THEN ' has' ELSE 's have' END,
            CASE WHEN count(*) = 1 THEN 'its' ELSE 'their' END, any_value(h.noun))
    FROM fresh AS e
    JOIN reference.chains AS h ON h.chain = e.chain
    WHERE e.event_type = 'source_degraded' AND e.severity <> 'info'
    GROUP BY e.chain
    UNION ALL
    SELECT
        max(severity::severity),
        4,
        count(*),
        CASE
            -- Nothing says it shorter.
            WHEN count(*) = 1 AND event_type = 'schedule_anomaly' THEN any_value(description)
            ELSE format('{}{}: {:,}{}, {} since {}', event_type, coalesce(' at ' || about, ''), count(*),
                CASE WHEN bool_and(nba_game_id IS NOT NULL) THEN CASE WHEN count(*) = 1 THEN ' game' ELSE ' games' END ELSE '' END,
                CASE WHEN count(*) FILTER (is_new) > 0 THEN format('{:,} new,', count(*) FILTER (is_new)) ELSE 'open' END, min(game_date)::VARCHAR)
        END
    FROM (SELECT *, coalesce(CASE WHEN is_synthetic THEN replace(table_name, '*', 'every table') END, source, chain, table_name) AS about FROM fresh)
    WHERE severity <> 'info' AND event_type NOT IN ('source_missing', 'source_degraded', 'source_outage')
    GROUP BY event_type, about
    UNION ALL
    SELECT
        max(severity),
        5,
        sum(gaps)::BIGINT,
        format('{:,} open gap{}{} at {} of {}', sum(gaps)::BIGINT, CASE WHEN sum(gaps) = 1 THEN '' ELSE 's' END,
            CASE WHEN count(*) > 1 THEN format(', {:,} of them', max(gaps)) ELSE '' END,
            arg_max(source, (gaps, source)), arg_max(dates, (gaps, source)))
    FROM (
        SELECT source, max(severity) AS severity, count(*) AS gaps,
            min(game_date)::VARCHAR || CASE WHEN max(game_date) > min(game_date) THEN '..' || max(game_date)::VARCHAR ELSE '' END AS dates
        FROM open_gap
        WHERE severity > 'info'::severity
        GROUP BY source
    )
    HAVING count(*) > 0
),
ranked AS (
    SELECT *, row_number() OVER (ORDER BY severity DESC, place, games DESC, said) AS nth FROM clause WHERE severity > 'info'::severity
),
counted AS (
    SELECT
        (SELECT count(DISTINCT nba_game_id) FROM model.cell WHERE is_due) AS games_due,
        (SELECT count(*) FROM model.gap WHERE is_accepted) AS accepted,
        (SELECT count(*) FROM model.decided_gap) AS decided,
        (SELECT count(*) FROM open_gap) AS open,
        greatest(
            (SELECT max(severity) FROM open_gap),
            (SELECT max(severity::severity) FROM fresh)) AS worst,
        (SELECT string_agg(said, '; ' ORDER BY nth) FROM ranked WHERE nth <= 3) AS wrong,
        (SELECT count(*) FROM ranked WHERE nth > 3) AS more
),
told AS (
    SELECT
        *,
        CASE
            WHEN games_due = 0 THEN 'not_judged'
            WHEN worst > 'info'::severity THEN 'not_ok'
            ELSE 'ok'
        END AS judgement,
        CASE
            WHEN wrong IS NOT NULL THEN CASE WHEN games_due = 0 THEN 'no game is due; ' ELSE '' END || wrong || CASE WHEN more > 0 THEN '; and ' || more || ' more' ELSE '' END
            WHEN games_due = 0 THEN 'no game is due: none is over in any schedule that this run saw'
            ELSE format('{:,} game{} due', games_due, CASE WHEN games_due = 1 THEN '' ELSE 's' END)
                || CASE WHEN open = 0 THEN ', no gap' ELSE format(', {:,} gap{} that may still close', open, CASE WHEN open = 1 THEN '' ELSE 's' END) END
                || CASE WHEN accepted > 0 THEN format(', {:,} accepted', accepted) ELSE '' END
                || CASE WHEN decided > 0 THEN format(', {:,} decided', decided) ELSE '' END
        END AS said
    FROM counted
)
SELECT
    CASE WHEN $seen_as_of::TIMESTAMPTZ IS NULL THEN judgement ELSE 'not_judged' END AS judgement,
    CASE
        WHEN $seen_as_of::TIMESTAMPTZ IS NULL THEN said
        -- Who looks back tells nobody and publishes nothing; what he sees is an answer all the same.
        ELSE 'this run looks back, for the state has seen ' || strftime($seen_as_of::TIMESTAMPTZ, '%Y-%m-%d %H:%MZ') || '; as of then: '
            || CASE judgement WHEN 'ok' THEN 'all was well, ' WHEN 'not_ok' THEN 'not all was well, ' ELSE '' END || said
    END AS said,
    CASE WHEN $seen_as_of::TIMESTAMPTZ IS NULL THEN worst END::VARCHAR AS worst_open
FROM told
