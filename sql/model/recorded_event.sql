-- The events that earlier runs recorded, each as it was first, and whether it has ended (RULES.md, "Events").
-- grain: event_id
-- reads: state.events, state.actions, model.decision, event_id, storable_date
-- param: as_of TIMESTAMPTZ -- only what runs before it recorded exists
-- column: nba_game_id VARCHAR -- 10-digit NBA game id; NULL for an event without a game
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- US Eastern date of tip-off; of an event without a game the date that it is about; of one that cannot be stored that of the run that recorded it
-- column: season VARCHAR -- such as 2024-25; NULL without a game, as the next three
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- column: event_id VARCHAR -- UUID, version 5, over what the event is about and its occurrence
-- column: occurrence BIGINT -- 1 for the first time, 2 when it came back after it was resolved
-- column: batch_id VARCHAR -- the group in which it is told: event type and source or chain
-- column: event_timestamp TIMESTAMPTZ -- when it became true (UTC)
-- column: event_type VARCHAR -- kind of event
-- column: severity VARCHAR -- info, warning or critical
-- column: is_synthetic BOOLEAN -- found by the audit
-- column: phase BIGINT -- 2 raw, 3 analytics, 4 rolling windows
-- column: table_name VARCHAR -- published table that it is about; NULL for raw data
-- column: processor_name VARCHAR -- the SQL file that found it
-- column: chain VARCHAR -- the chain; NULL for a window
-- column: source VARCHAR -- the source that it is about
-- column: player_lookup VARCHAR -- normalised name, where it is about a player
-- column: nba_player_id BIGINT -- NBA player id
-- column: team_abbr VARCHAR -- tricode, where it is about a team or a player
-- column: description VARCHAR -- what happened and why
-- column: primary_source VARCHAR -- the chain's primary for this game
-- column: primary_source_status VARCHAR -- what it had
-- column: fallback_sources_tried VARCHAR[] -- the other members that were asked, in order
-- column: resolution VARCHAR -- how the chain was resolved
-- column: resolution_source VARCHAR -- what supplies it
-- column: resolution_details VARCHAR -- what is done where nothing does: placeholder, skip, continue_without or fail
-- column: quality_tier_before VARCHAR -- what the primary would have given
-- column: quality_tier_after VARCHAR -- what there is
-- column: quality_score_before DECIMAL(4,1) -- as a score
-- column: quality_score_after DECIMAL(4,1) -- as a score
-- column: downstream_impact VARCHAR[] -- published tables that the chain feeds
-- column: requires_alert BOOLEAN -- somebody must be told: not info, not accepted and not inside an open outage
-- column: environment VARCHAR -- name given with --environment
-- column: event_key VARCHAR -- the id under which all occurrences are counted
-- column: is_resolved BOOLEAN -- it has ended, or a person has decided
-- column: is_over BOOLEAN -- its cause was gone: what comes after is another occurrence
WITH ended AS (
    SELECT
        event_id,
        bool_or(coalesce(method IN ('source_recovered', 'backfill', 'manual_entry', 'withdrawn'), false)) AS is_over
    FROM state.actions
    WHERE action = 'resolved' AND as_of < $as_of::TIMESTAMPTZ
    GROUP BY event_id
),
-- What a person will enter is promised, and no more.
decided AS (
    SELECT event_id FROM model.decision WHERE is_in_force AND method IN ('accepted_gap', 'wont_fix')
)
SELECT
    -- Rules before these recorded events of any date.
    e.* EXCLUDE (as_of) REPLACE (coalesce(storable_date(e.game_date), e.as_of::DATE) AS game_date),
    event_id(e.event_type, e.nba_game_id, e.chain, e.source, e.table_name, e.team_abbr, e.player_lookup, e.game_date, 0) AS event_key,
    r.event_id IS NOT NULL OR d.event_id IS NOT NULL AS is_resolved,
    coalesce(r.is_over, false) AS is_over
FROM state.events AS e
LEFT JOIN ended AS r ON r.event_id = e.event_id
LEFT JOIN decided AS d ON d.event_id = e.event_id
WHERE e.as_of < $as_of::TIMESTAMPTZ
-- Two runs of one as-of record the same events twice.
QUALIFY row_number() OVER (PARTITION BY e.event_id ORDER BY e.as_of) = 1
