-- What is new since the last night, and what of that before has ended and by what, in groups, worst first.
-- grain: change, severity, event_type, about, how
-- reads: model.event, model.new_event, model.recorded_event, model.ended_event
-- column: change VARCHAR -- new or ended
-- column: severity VARCHAR -- info, warning or critical
-- column: event_type VARCHAR -- kind of event
-- column: about VARCHAR -- source, chain or table, as in the group's name, else the published table; NULL where there is none
-- column: how VARCHAR -- of what ended: source_recovered, backfill or withdrawn; else NULL
-- column: events BIGINT -- how many
-- column: oldest DATE -- date of the oldest
-- column: newest DATE -- date of the newest
-- column: game VARCHAR -- the newest game, YYYYMMDD_AWY_HOM; NULL where none has one
-- column: said VARCHAR -- what happened there, and how it ended
WITH change AS (
    SELECT
        'new' AS change, e.severity, e.event_type, coalesce(nullif(split_part(e.batch_id, ':', 2), ''), e.table_name) AS about, NULL::VARCHAR AS how,
        e.event_id, e.game_date, e.game_code_id, e.description AS said
    FROM model.event AS e
    SEMI JOIN model.new_event AS n ON n.event_id = e.event_id
    UNION ALL
    SELECT
        'ended', k.severity, k.event_type, coalesce(nullif(split_part(k.batch_id, ':', 2), ''), k.table_name), d.method,
        k.event_id, k.game_date, k.game_code_id, d.why
    FROM model.ended_event AS d
    JOIN model.recorded_event AS k ON k.event_id = d.event_id
)
SELECT
    change,
    severity,
    event_type,
    about,
    how,
    count(*) AS events,
    min(game_date) AS oldest,
    max(game_date) AS newest,
    arg_max(game_code_id, (game_date, event_id)) AS game,
    arg_max(said, (game_code_id IS NOT NULL, game_date, event_id)) AS said
FROM change
GROUP BY change, severity, event_type, about, how
ORDER BY change DESC, severity::severity DESC, event_type, about, how
