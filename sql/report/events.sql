-- The events that hold and that nobody closed, by group, worst first; those that are only info come as one count per type.
-- grain: severity, event_type, about
-- reads: model.event, model.decided_event, is_game
-- param: window_from DATE -- first game date listed
-- param: window_to DATE -- last game date listed
-- param: game VARCHAR -- list this one game only, by any of its ids (is_game); NULL for all
-- column: severity VARCHAR -- info, warning or critical
-- column: event_type VARCHAR -- kind of event
-- column: about VARCHAR -- source, chain or table, as in the group's name; NULL where it names none, and of info
-- column: batch_id VARCHAR -- the group, as `ack` takes it; NULL of info
-- column: in_window BIGINT -- events about games or dates in the window
-- column: elsewhere BIGINT -- the others
-- column: oldest DATE -- date of the oldest
-- column: newest DATE -- date of the newest
-- column: first_said VARCHAR -- description of the oldest
WITH shown AS (
    SELECT
        *,
        CASE WHEN severity <> 'info' THEN nullif(split_part(batch_id, ':', 2), '') END AS about,
        game_date BETWEEN $window_from::DATE AND $window_to::DATE
            AND ($game::VARCHAR IS NULL OR coalesce(is_game($game::VARCHAR, nba_game_id, game_code_id), false)) AS is_in_window
    FROM model.event
    ANTI JOIN (FROM model.decided_event WHERE is_closed) AS d USING (event_id)
    WHERE is_open
)
SELECT
    severity,
    event_type,
    about,
    any_value(batch_id) FILTER (severity <> 'info') AS batch_id,
    count(*) FILTER (is_in_window) AS in_window,
    count(*) FILTER (NOT is_in_window) AS elsewhere,
    min(game_date) AS oldest,
    max(game_date) AS newest,
    arg_min(description, (NOT is_in_window, game_date, event_id)) AS first_said
FROM shown
GROUP BY severity, event_type, about
ORDER BY severity::severity DESC, event_type, about
