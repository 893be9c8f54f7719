-- What people have decided by as-of, what was taken back since, and which of it is in force (RULES.md, "Decisions").
-- grain: decision_id
-- reads: state.decisions
-- param: as_of TIMESTAMPTZ -- the instant that the run answers for; what was decided later does not exist
-- column: seq BIGINT -- number of the append that brought it
-- column: number BIGINT -- place among those that were decided at once, from 1
-- column: decided_at TIMESTAMPTZ -- when, by the clock (UTC)
-- column: decision VARCHAR -- resolve or acknowledge
-- column: event_id VARCHAR -- of resolve: the event
-- column: batch_id VARCHAR -- of acknowledge: the group in which events are told
-- column: method VARCHAR -- of resolve: accepted_gap, manual_entry or wont_fix
-- column: until TIMESTAMPTZ -- of acknowledge: the end of it (UTC)
-- column: decision_id VARCHAR -- the name by which people take it back: seq, a dot and number
-- column: acted_by VARCHAR -- who decided
-- column: why VARCHAR -- why
-- column: undone_at TIMESTAMPTZ -- when it was taken back (UTC); NULL if it was not
-- column: undone_by VARCHAR -- who took it back
-- column: undone_because VARCHAR -- why
-- column: is_in_force BOOLEAN -- it counts at as-of: not taken back, not run out, and the last of its event or group
WITH known AS (
    SELECT * FROM state.decisions WHERE decided_at <= $as_of::TIMESTAMPTZ
),
undone AS (
    -- Taken back twice, the first counts.
    SELECT undoes, decided_at AS undone_at, acted_by AS undone_by, why AS undone_because
    FROM known
    WHERE decision = 'undo'
    QUALIFY row_number() OVER (PARTITION BY undoes ORDER BY seq, number) = 1
),
taken AS (
    SELECT k.* EXCLUDE (undoes), u.* EXCLUDE (undoes)
    FROM known AS k
    LEFT JOIN undone AS u ON u.undoes = k.decision_id
    WHERE k.decision <> 'undo'
),
-- In the order of the state: the clocks of two people need not agree.
last AS (
    SELECT decision_id
    FROM taken
    WHERE undone_at IS NULL
    QUALIFY row_number() OVER (PARTITION BY decision, event_id, batch_id ORDER BY seq DESC, number DESC) = 1
)
SELECT
    t.*,
    l.decision_id IS NOT NULL AND coalesce(t.until > $as_of::TIMESTAMPTZ, true) AS is_in_force
FROM taken AS t
LEFT JOIN last AS l ON l.decision_id = t.decision_id
