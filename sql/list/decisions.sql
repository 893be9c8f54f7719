-- What people decided, newest first, and how it stands (RULES.md, "Decisions").
-- grain: decision_id
-- reads: model.decision, model.recorded_event, printable
-- param: as_of TIMESTAMPTZ -- now
-- column: decision_id VARCHAR -- by which it is taken back
-- column: decided_at TIMESTAMPTZ -- when (UTC)
-- column: decision VARCHAR -- accepted_gap, manual_entry, wont_fix or acknowledged
-- column: state VARCHAR -- in force, undone, over (the event has ended, or the time of an acknowledgement is up) or replaced (by a later one of the same group)
-- column: until TIMESTAMPTZ -- end of an acknowledgement (UTC)
-- column: about VARCHAR -- the event's group and date, or the group
-- column: game_code_id VARCHAR -- the game; NULL without one
-- column: event_id VARCHAR -- the event; NULL of a group
-- column: acted_by VARCHAR -- who decided
-- column: why VARCHAR -- why
-- column: undone_at TIMESTAMPTZ -- when it was taken back (UTC)
-- column: undone_by VARCHAR -- by whom
-- column: undone_because VARCHAR -- and why
SELECT
    d.decision_id,
    d.decided_at,
    coalesce(d.method, 'acknowledged') AS decision,
    CASE
        WHEN d.undone_at IS NOT NULL THEN 'undone'
        WHEN r.is_over OR d.until <= $as_of::TIMESTAMPTZ THEN 'over'
        WHEN d.is_in_force THEN 'in force'
        ELSE 'replaced'
    END AS state,
    d.until,
    coalesce(r.batch_id, d.batch_id) || coalesce(' ' || r.game_date, '') AS about,
    r.game_code_id,
    d.event_id,
    printable(d.acted_by) AS acted_by,
    printable(d.why) AS why,
    d.undone_at,
    printable(d.undone_by) AS undone_by,
    printable(d.undone_because) AS undone_because
FROM model.decision AS d
LEFT JOIN model.recorded_event AS r ON r.event_id = d.event_id
ORDER BY d.seq DESC, d.number DESC
