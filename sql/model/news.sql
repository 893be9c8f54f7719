-- What has come of each game, and from where, since a run that had other rules; nothing where the rules are as they were (RULES.md, "Actions").
-- grain: nba_game_id, source
-- reads: model.snapshot, model.cell, model.schedule_snapshot, model.listed_game, stage.object, reference.sources, et_date
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for
-- param: rules_changed_since TIMESTAMPTZ -- as-of of the newest earlier run that recorded events, if it ran other SQL files; else NULL
-- column: nba_game_id VARCHAR -- the game; NULL for the schedule as a whole
-- column: source VARCHAR -- the source that says something new of it
WITH new_object AS (
    SELECT object, generation
    FROM stage.object
    WHERE snapshot_at > $rules_changed_since::TIMESTAMPTZ
        -- An older one that came late. In a bucket that was copied later than as-of all of them did, which says nothing.
        OR created_at > $rules_changed_since::TIMESTAMPTZ AND created_at <= $as_of::TIMESTAMPTZ
),
schedule AS (
    SELECT s.season, s.nth, n.object IS NOT NULL AS is_new
    FROM model.schedule_snapshot AS s
    LEFT JOIN new_object AS n USING (object, generation)
    WHERE s.fault IS NULL
),
-- The snapshot of each season that counted then, and the one that counts now.
counts AS (
    SELECT season, max(nth) FILTER (NOT is_new) AS nth_then, max(nth) AS nth_now
    FROM schedule
    GROUP BY season
    HAVING nth_then IS DISTINCT FROM nth_now
),
listed AS (
    SELECT l.* EXCLUDE (snapshot_at, nth, is_latest_valid, object, generation)
    FROM model.listed_game AS l
    JOIN counts AS c ON c.season = l.season AND l.nth IN (c.nth_then, c.nth_now)
)
SELECT s.nba_game_id, s.source
FROM model.snapshot AS s
JOIN new_object AS n USING (object, generation)
-- A schedule that is scraped daily is news only of the games of which it says something else than before.
ANTI JOIN (FROM reference.sources WHERE is_schedule) AS r ON r.source = s.source
UNION
SELECT g.nba_game_id, r.source
FROM (SELECT *, count(*) AS times FROM listed GROUP BY ALL) AS g
JOIN reference.sources AS r ON r.is_schedule
WHERE g.times = 1
UNION
-- Time is news too: the grace is over. So is what a scraper logs.
SELECT nba_game_id, source
FROM model.cell
WHERE is_due AND late_until > $rules_changed_since::TIMESTAMPTZ AND late_until <= $as_of::TIMESTAMPTZ
    OR logged_at > $rules_changed_since::TIMESTAMPTZ
UNION
-- A season's silence ends with a valid snapshot, and with the quarter: from July on it is borne longer, from October on
-- another season is asked for.
SELECT NULL, source
FROM reference.sources
WHERE is_schedule
    AND (EXISTS (FROM schedule WHERE is_new)
        OR date_trunc('quarter', et_date($rules_changed_since::TIMESTAMPTZ)) <> date_trunc('quarter', et_date($as_of::TIMESTAMPTZ)))
