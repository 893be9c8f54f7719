-- Every readable schedule snapshot and whether it may be believed (RULES.md, "Schedule snapshots").
-- grain: object, generation
-- reads: stage.object, stage.nbac_schedule, reference.sources, threshold
-- column: season VARCHAR -- season of the folder
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: snapshot_at TIMESTAMPTZ -- when it was taken (UTC)
-- column: nth BIGINT -- its place among the season's snapshots, from 1
-- column: games BIGINT -- games in it, each counted once; those whose date cannot be one are left out
-- column: fault VARCHAR -- why it is not valid; NULL if it is
-- column: is_latest_valid BOOLEAN -- the one that counts for its season
WITH RECURSIVE snapshot AS (
    SELECT
        o.folder AS season,
        o.object,
        o.generation,
        o.snapshot_at,
        row_number() OVER (PARTITION BY o.folder ORDER BY o.snapshot_at, o.is_listed, o.object, o.generation) AS nth,
        count(DISTINCT s.nba_game_id) FILTER (s.game_date IS NOT NULL) AS games,
        list(DISTINCT s.nba_game_id ORDER BY s.nba_game_id) FILTER (s.nba_game_id IS NOT NULL) AS ids,
        CASE
            WHEN count(s.object) = 0 THEN 'it lists no games'
            WHEN any_value(s.season) IS DISTINCT FROM o.folder
                THEN 'its season ' || coalesce(any_value(s.season), 'NULL') || ' is not the folder''s ' || o.folder
            WHEN count(*) FILTER (s.nba_game_id IS NULL OR s.game_code IS NULL OR s.game_date IS NULL AND s.date_text IS NULL) > 0
                THEN count(*) FILTER (s.nba_game_id IS NULL OR s.game_code IS NULL OR s.game_date IS NULL AND s.date_text IS NULL)
                    || ' games lack id, code or date'
            WHEN count(s.game_date) = 0 THEN 'none of its ' || count(s.object) || ' games has a date that can be one'
            -- It may count repeats or not, and a game that is left out or not.
            WHEN coalesce(any_value(s.game_count) NOT BETWEEN count(DISTINCT s.nba_game_id) FILTER (s.game_date IS NOT NULL) AND count(s.object), true)
                THEN 'game_count says ' || coalesce(any_value(s.game_count)::VARCHAR, 'nothing') || ', the list holds ' || count(s.object)
        END AS own_fault
    FROM stage.object AS o
    JOIN reference.sources AS r ON r.source = o.feed AND r.is_schedule
    LEFT JOIN stage.nbac_schedule AS s USING (object, generation)
    WHERE o.outcome = 'parsed'::outcome
    GROUP BY o.folder, o.object, o.generation, o.snapshot_at, o.is_listed
),
-- One step a snapshot, in time: each is compared with the newest valid one before it.
walk AS (
    SELECT DISTINCT season, 0::BIGINT AS nth, NULL::VARCHAR AS fault, []::VARCHAR[] AS valid_ids
    FROM snapshot
    UNION ALL
    SELECT
        s.season,
        s.nth,
        CASE
            WHEN s.own_fault IS NOT NULL THEN s.own_fault
            WHEN len(list_intersect(s.ids, w.valid_ids)) < threshold('schedule_ids_kept') * len(w.valid_ids)
                THEN 'only ' || len(list_intersect(s.ids, w.valid_ids)) || ' of the ' || len(w.valid_ids)
                    || ' games of the valid snapshot before it are there'
        END AS fault_now,
        CASE
            WHEN s.own_fault IS NULL
                AND len(list_intersect(s.ids, w.valid_ids)) >= threshold('schedule_ids_kept') * len(w.valid_ids) THEN s.ids
            ELSE w.valid_ids
        END
    FROM walk AS w
    JOIN snapshot AS s ON s.season = w.season AND s.nth = w.nth + 1
)
SELECT
    s.season,
    s.object,
    s.generation,
    s.snapshot_at,
    s.nth,
    s.games,
    w.fault,
    w.fault IS NULL AND s.nth = max(s.nth) FILTER (w.fault IS NULL) OVER (PARTITION BY s.season) AS is_latest_valid
FROM snapshot AS s
JOIN walk AS w USING (season, nth)
