-- Events that go on no longer: how each ended, and why (RULES.md, "Actions").
-- grain: event_id
-- reads: model.event, model.event_to_record, model.recorded_event, model.news, model.cell, model.slot, model.entity_game, model.resolution, model.game, model.listed_game, model.unneeded_game, model.decision, reference.subjects, et_instant, threshold
-- param: rules_changed_since TIMESTAMPTZ -- as-of of the newest earlier run that recorded events, if it ran other SQL files; else NULL
-- column: event_id VARCHAR -- the event
-- column: event_type VARCHAR -- kind of event
-- column: method VARCHAR -- source_recovered, backfill, manual_entry or withdrawn
-- column: acted_by VARCHAR -- sourcecov, or the person who entered what supplies now
-- column: why VARCHAR -- what was seen
-- column: is_by_rules BOOLEAN -- nothing but the rules is other than it was
WITH going_on AS (
    -- What the record still takes to go on.
    SELECT event_id, event_type, nba_game_id, game_date, chain, source, table_name, team_abbr, player_lookup
    FROM model.recorded_event
    WHERE NOT is_over
    UNION
    SELECT event_id, event_type, nba_game_id, game_date, chain, source, table_name, team_abbr, player_lookup
    FROM model.event_to_record
),
over AS (
    -- What is over and a fact all the same is still made, whatever the rules.
    SELECT r.*, e.event_id IS NOT NULL AS is_made
    FROM going_on AS r
    LEFT JOIN model.event AS e ON e.event_id = r.event_id
    WHERE e.is_open IS NOT TRUE
),
-- The first game with news among those that a walk over a season takes in.
walk AS (
    SELECT s.subject, s.entity, s.season, min(s.game_date) AS first_date
    FROM model.slot AS s
    SEMI JOIN model.news AS n ON n.nba_game_id = s.nba_game_id
    GROUP BY s.subject, s.entity, s.season
),
-- Rows whose window the news may have changed, or that are news themselves.
stirred_row AS (
    SELECT s.window_table, e.nba_game_id, e.game_date, e.team, e.player_lookup
    FROM model.entity_game AS e
    JOIN reference.subjects AS s ON s.subject = e.subject
    JOIN walk AS w ON w.subject = e.subject AND w.entity = e.entity AND w.season = e.season AND w.first_date <= e.game_date
),
-- Events of which something that they are about is new.
stirred AS (
    SELECT r.event_id
    FROM over AS r
    JOIN model.news AS n ON n.nba_game_id = r.nba_game_id
    UNION
    SELECT r.event_id
    FROM over AS r
    JOIN stirred_row AS s
        ON s.window_table = r.table_name AND s.nba_game_id = r.nba_game_id AND s.team = r.team_abbr
        AND s.player_lookup IS NOT DISTINCT FROM r.player_lookup
    UNION
    -- Of a date all windows before its games.
    SELECT r.event_id
    FROM over AS r
    JOIN stirred_row AS s ON s.window_table = r.table_name AND s.game_date = r.game_date
    WHERE r.nba_game_id IS NULL
    UNION
    -- An outage ends with the first game since it began of which its source has something: one that it had before is no news.
    SELECT r.event_id
    FROM over AS r
    JOIN model.cell AS c ON c.source = r.source AND c.status IN ('present', 'partial')
    JOIN model.game AS g ON g.nba_game_id = c.nba_game_id AND g.game_date >= r.game_date
    JOIN model.news AS n ON n.nba_game_id = c.nba_game_id
    WHERE r.event_type = 'source_outage'
    UNION
    -- The overdue games of a date.
    SELECT r.event_id
    FROM over AS r
    JOIN model.listed_game AS l ON l.game_date = r.game_date
    JOIN model.news AS n ON n.nba_game_id = l.nba_game_id
    WHERE r.event_type = 'schedule_anomaly' AND r.nba_game_id IS NULL AND r.source IS NULL
    UNION
    -- A season's silence.
    SELECT r.event_id
    FROM over AS r
    JOIN model.news AS n ON n.nba_game_id IS NULL AND n.source = r.source
    WHERE r.event_type = 'schedule_anomaly' AND r.nba_game_id IS NULL
    UNION
    -- What a table holds now is known, for it was read again: else its event would stand.
    SELECT event_id FROM over WHERE event_type = 'silent_failure'
),
-- Dates of whose games some were overdue once, of which none was played on that date after all.
left_date AS (
    SELECT l.game_date
    FROM model.listed_game AS l
    JOIN model.game AS g ON g.nba_game_id = l.nba_game_id AND g.is_competitive
    LEFT JOIN model.unneeded_game AS u ON u.nba_game_id = l.nba_game_id
    WHERE l.game_status IS DISTINCT FROM 3
        AND l.snapshot_at >= coalesce(l.tipoff_at, et_instant(l.game_date, threshold('unknown_tipoff')::INTEGER))
            + to_hours(threshold('overdue_after_tipoff')::BIGINT)
    GROUP BY l.game_date
    HAVING bool_and(g.game_date <> l.game_date OR g.is_vanished OR u.nba_game_id IS NOT NULL)
),
judged AS (
    SELECT
        r.event_id,
        r.event_type,
        r.chain,
        $rules_changed_since::TIMESTAMPTZ IS NOT NULL AND NOT r.is_made AND s.event_id IS NULL AS is_unmade,
        CASE
            -- It may have been played since, on a date that the event is not about.
            WHEN g.game_date <> r.game_date THEN 'the game was moved to ' || g.game_date
            -- The game is not played, or its source ended: nothing is expected any more.
            WHEN r.nba_game_id IS NOT NULL
                AND (g.is_vanished OR g.nba_game_id IS NULL
                    OR n.resolution IN ('pending', 'not_applicable') AND (u.nba_game_id IS NOT NULL OR NOT is_unmade))
                THEN 'nothing is expected of the game any more'
            WHEN r.event_type = 'schedule_anomaly' AND r.nba_game_id IS NULL AND r.source IS NULL AND d.game_date IS NOT NULL
                THEN 'its games were moved to other dates, or are not needed'
        END AS needless,
        needless IS NULL AND is_unmade AS is_by_rules,
        -- What supplies a chain now has put nothing into a table.
        r.event_type = 'silent_failure' AS is_audited,
        CASE WHEN NOT is_audited THEN n.kind_used END AS kind_used,
        n.source_used,
        CASE WHEN NOT is_audited THEN n.object END AS object,
        p.acted_by AS promised_by
    FROM over AS r
    LEFT JOIN stirred AS s ON s.event_id = r.event_id
    LEFT JOIN model.game AS g ON g.nba_game_id = r.nba_game_id
    LEFT JOIN model.unneeded_game AS u ON u.nba_game_id = r.nba_game_id
    LEFT JOIN model.resolution AS n ON n.nba_game_id = r.nba_game_id AND n.chain = r.chain
    LEFT JOIN left_date AS d ON d.game_date = r.game_date
    LEFT JOIN model.decision AS p ON p.event_id = r.event_id AND p.is_in_force AND p.method = 'manual_entry'
)
SELECT
    event_id,
    event_type,
    CASE
        WHEN needless IS NOT NULL OR is_by_rules THEN 'withdrawn'
        WHEN kind_used = 'manual' AND promised_by IS NOT NULL THEN 'manual_entry'
        WHEN object LIKE '%_backfill%' OR kind_used = 'manual' THEN 'backfill'
        ELSE 'source_recovered'
    END AS method,
    CASE WHEN needless IS NULL AND NOT is_by_rules AND kind_used = 'manual' AND promised_by IS NOT NULL THEN promised_by ELSE 'sourcecov' END AS acted_by,
    CASE
        WHEN needless IS NOT NULL THEN needless
        WHEN is_by_rules THEN 'the rules changed, and no longer make it'
        WHEN is_audited THEN 'the audit finds it no longer'
        WHEN object IS NOT NULL THEN chain || ' is supplied by ' || source_used || ', ' || object
        ELSE 'its cause is gone'
    END AS why,
    is_by_rules
FROM judged
