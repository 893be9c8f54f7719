-- One row for every competitive game: how bad its worst event is, how good its rows are, which sources stood behind it.
-- grain: competitive game
-- parts: season
-- reads: reference.chains, model.game, model.game_identity, model.event, model.resolution, model.cell, model.player_game, model.team_game
-- key: nba_game_id
-- partition: game_date
-- cluster: overall_quality_tier
-- empty: no schedule holds a competitive game
-- columns: nba_game_id, game_code_id, game_date, season from model.game_identity
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- columns: away_team, home_team from model.game_identity
-- column: worst_severity VARCHAR -- of the events that hold: info, warning or critical; NULL if there is none
-- column: overall_quality_tier VARCHAR -- worst tier of its rows of phase 3; NULL while there are none
-- column: min_quality_score DECIMAL(4,1) -- worst score of its rows of phase 3
-- column: avg_quality_score DECIMAL(4,1) -- mean of those scores, rounded half away from zero
-- column: max_quality_score DECIMAL(4,1) -- best of those scores
-- column: event_types VARCHAR[] -- kinds of events that hold, sorted
-- column: total_events BIGINT -- events that hold
-- column: info_events BIGINT -- those that are info
-- column: warning_events BIGINT -- those that are warnings
-- column: critical_events BIGINT -- those that are critical
-- column: accepted_gaps BIGINT -- cells whose absence a person has accepted
-- column: players_affected BIGINT -- players whom an event is about; all who are listed, if one is about the chain of players
-- column: sources_used VARCHAR[] -- members that supply a chain, sorted
-- column: primary_sources_checked VARCHAR[] -- primaries of its chains, sorted
-- column: fallback_sources_used VARCHAR[] -- members that supply a chain in the place of its primary, sorted
-- column: has_reconstruction BOOLEAN -- its team rows were computed from players
-- column: has_synthetic_events BOOLEAN -- an event was found by the audit
-- column: first_event_at TIMESTAMPTZ -- when the first of its events became true (UTC)
-- column: last_event_at TIMESTAMPTZ -- when the last did (UTC)
WITH told AS (
    SELECT
        nba_game_id,
        max(severity::severity) AS worst_severity,
        list(DISTINCT event_type ORDER BY event_type) AS event_types,
        count(*) AS total_events,
        count(*) FILTER (severity = 'info') AS info_events,
        count(*) FILTER (severity = 'warning') AS warning_events,
        count(*) FILTER (severity = 'critical') AS critical_events,
        count(DISTINCT player_lookup) AS players,
        bool_or(chain IN (SELECT chain FROM reference.chains WHERE subject = 'player')) AS is_about_players,
        bool_or(is_synthetic) AS has_synthetic_events,
        min(event_timestamp) AS first_event_at,
        max(event_timestamp) AS last_event_at
    FROM model.event
    WHERE nba_game_id IS NOT NULL
    GROUP BY nba_game_id
),
scored AS (
    SELECT
        nba_game_id,
        min(quality_tier) AS overall_quality_tier,
        min(quality_score) AS min_quality_score,
        ((20 * sum(quality_score) + count(*))::BIGINT // (2 * count(*)) * 0.1)::DECIMAL(4,1) AS avg_quality_score,
        max(quality_score) AS max_quality_score,
        count(*) FILTER (is_player) AS players
    FROM (
        SELECT nba_game_id, quality_tier, quality_score, true AS is_player FROM model.player_game
        UNION ALL
        SELECT nba_game_id, quality_tier, quality_score, false FROM model.team_game
    )
    GROUP BY nba_game_id
),
supplied AS (
    SELECT
        nba_game_id,
        list(DISTINCT source_used ORDER BY source_used) FILTER (source_used IS NOT NULL) AS sources_used,
        list(DISTINCT primary_source ORDER BY primary_source) FILTER (primary_source IS NOT NULL) AS primary_sources_checked,
        list(DISTINCT source_used ORDER BY source_used) FILTER (is_fallback) AS fallback_sources_used,
        bool_or(resolution = 'reconstructed') AS has_reconstruction
    FROM model.resolution
    GROUP BY nba_game_id
),
accepted AS (
    SELECT nba_game_id, count(*) FILTER (is_accepted) AS accepted_gaps FROM model.cell GROUP BY nba_game_id
)
SELECT
    g.*,
    t.worst_severity::VARCHAR AS worst_severity,
    q.overall_quality_tier::VARCHAR AS overall_quality_tier,
    q.min_quality_score,
    q.avg_quality_score,
    q.max_quality_score,
    coalesce(t.event_types, []) AS event_types,
    coalesce(t.total_events, 0) AS total_events,
    coalesce(t.info_events, 0) AS info_events,
    coalesce(t.warning_events, 0) AS warning_events,
    coalesce(t.critical_events, 0) AS critical_events,
    a.accepted_gaps,
    CASE WHEN t.is_about_players THEN coalesce(q.players, 0) ELSE coalesce(t.players, 0) END AS players_affected,
    coalesce(s.sources_used, []) AS sources_used,
    coalesce(s.primary_sources_checked, []) AS primary_sources_checked,
    coalesce(s.fallback_sources_used, []) AS fallback_sources_used,
    coalesce(s.has_reconstruction, false) AS has_reconstruction,
    coalesce(t.has_synthetic_events, false) AS has_synthetic_events,
    t.first_event_at,
    t.last_event_at
FROM model.game_identity AS g
JOIN model.game AS c ON c.nba_game_id = g.nba_game_id AND c.is_competitive
JOIN accepted AS a ON a.nba_game_id = g.nba_game_id
LEFT JOIN told AS t ON t.nba_game_id = g.nba_game_id
LEFT JOIN scored AS q ON q.nba_game_id = g.nba_game_id
LEFT JOIN supplied AS s ON s.nba_game_id = g.nba_game_id
