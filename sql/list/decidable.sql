-- The recorded events that are meant by what was typed after `resolve`, and why one cannot be decided; where none is, the games and events nearest to it (RULES.md, "Decisions").
-- grain: event_id
-- reads: model.recorded_event, model.decision, reference.chain_sources, is_game, nba_id, printable
-- param: asked VARCHAR -- the beginning of an event id, or a game by any of its ids (is_game)
-- param: method VARCHAR -- what is to be decided: accepted_gap, manual_entry or wont_fix
-- column: found VARCHAR -- game, event (by the beginning of its id), or near: nothing is meant by what was typed
-- column: event_id VARCHAR -- the event
-- column: typed VARCHAR -- what finds it, and it alone if it is an event
-- column: event_type VARCHAR -- kind of event
-- column: severity VARCHAR -- info, warning or critical
-- column: batch_id VARCHAR -- its group
-- column: game_code_id VARCHAR -- its game; NULL without one
-- column: game_date DATE -- the date that it is about
-- column: description VARCHAR -- what happened
-- column: refused VARCHAR -- why it cannot be decided; NULL if it can
-- column: decision_id VARCHAR -- the decision that is in force
WITH named AS (
    SELECT
        r.*,
        CASE
            WHEN is_game($asked::VARCHAR, r.nba_game_id, r.game_code_id) THEN 'game'
            WHEN starts_with(r.event_id, lower(trim($asked::VARCHAR))) AND length(trim($asked::VARCHAR)) >= 4 THEN 'event'
            ELSE 'near'
        END AS found,
        least(
            levenshtein(upper(trim($asked::VARCHAR)), r.game_code_id),
            levenshtein(nba_id(trim($asked::VARCHAR)), r.nba_game_id)) AS distance
    FROM model.recorded_event AS r
),
-- A game id may be the beginning of an event's id, and then the game is meant; of what is meant nothing is near.
meant AS (
    SELECT *
    FROM named
    WHERE found <> 'near' OR distance <= 3
    QUALIFY list_position(['game', 'event', 'near'], found) = min(list_position(['game', 'event', 'near'], found)) OVER ()
)
SELECT
    m.found,
    m.event_id,
    CASE WHEN m.found = 'event' THEN m.event_id ELSE m.game_code_id END AS typed,
    m.event_type,
    m.severity,
    m.batch_id,
    m.game_code_id,
    m.game_date,
    m.description,
    CASE
        WHEN m.is_over THEN 'it has ended'
        WHEN d.decision_id IS NOT NULL THEN 'it was decided: ' || d.method || ' by ' || printable(d.acted_by) || ' at ' || strftime(d.decided_at, '%Y-%m-%d %H:%MZ')
            || ', decision ' || d.decision_id || coalesce(': ' || printable(d.why), '')
        WHEN $method::VARCHAR = 'manual_entry'
            AND (m.nba_game_id IS NULL OR m.chain IS NULL OR m.chain NOT IN (SELECT chain FROM reference.chain_sources WHERE kind = 'manual'::source_kind))
            THEN 'nothing that a person can enter for one game ends it'
    END AS refused,
    d.decision_id
FROM meant AS m
LEFT JOIN model.decision AS d ON d.event_id = m.event_id AND d.is_in_force
ORDER BY m.found = 'near' AND m.is_over, CASE WHEN m.found = 'near' THEN m.distance END, m.game_date, m.event_type, m.event_id
