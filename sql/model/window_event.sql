-- What the windows before a game tell: too few games because some are not covered, and players who came to another team (RULES.md, "Event kinds": insufficient_sample, thin_sample, traded_player_context).
-- grain: event_type, nba_game_id, table_name, team, player_lookup
-- parts: season
-- reads: model.look_back, model.entity_game, model.game, reference.subjects, top_of, threshold
-- column: event_type VARCHAR -- insufficient_sample, thin_sample or traded_player_context
-- column: nba_game_id VARCHAR -- the game that the window precedes
-- column: table_name VARCHAR -- the published table of the window
-- column: team VARCHAR -- tricode
-- column: player_lookup VARCHAR -- normalised name; NULL for a team
-- column: nba_player_id BIGINT -- NBA player id
-- column: quality_tier tier -- of the window
-- column: quality_score DECIMAL(4,1) -- of the window
-- column: event_timestamp TIMESTAMPTZ -- tip-off (UTC)
-- column: description VARCHAR -- what is thin
WITH bound AS (
    SELECT threshold('least_sample') AS least_sample
),
-- Somebody who never plays has no window that anybody misses.
played AS (
    SELECT nba_game_id, team, player_lookup, bool_or(player_status = 'played'::player_status) OVER (PARTITION BY entity, season) AS has_played
    FROM model.entity_game
    WHERE subject = 'player'
),
listed AS (
    SELECT entity, season, game_date, nba_game_id, team, player_lookup
    FROM model.entity_game
    WHERE subject = 'player'
    -- Listed by two teams on one date he belongs to the one that he played for.
    QUALIFY row_number() OVER (PARTITION BY entity, season, game_date ORDER BY player_status, nba_game_id DESC, team DESC) = 1
),
-- His first game with another team than before: the windows after it would say the same again.
moved AS (
    SELECT nba_game_id, team, player_lookup
    FROM listed
    QUALIFY lag(team) OVER (PARTITION BY entity, season ORDER BY game_date) <> team
),
told AS (
    SELECT
        -- What is accepted or may still come is no alarm.
        CASE WHEN w.games_in_window < least(b.least_sample, w.expected_games) AND w.games_missing > 0
            THEN 'insufficient_sample' ELSE 'thin_sample' END AS event_type,
        coalesce(w.player_lookup, w.team) || ' has ' || w.games_in_window || ' usable games of ' || w.expected_games || ' before ' || g.game_code_id
            || '; ' || w.games_not_covered || ' of ' || w.slots || ' are not covered' AS description,
        w.*
    FROM model.look_back AS w
    JOIN model.game AS g ON g.nba_game_id = w.nba_game_id
    CROSS JOIN bound AS b
    -- A player who simply had not played is no event.
    WHERE w.games_not_covered > 0 AND w.expected_games > 0
        -- A window that is bronze for what is in it is not thin.
        AND w.size_cap <= top_of('bronze'::tier) AND w.games_in_window < w.expected_games
    UNION ALL
    SELECT
        'traded_player_context',
        w.player_lookup || ' belonged to ' || array_to_string(list_sort(list_distinct(list_append(w.teams, w.team))), ' and ')
            || ' in ' || g.game_code_id || ' and the games before it',
        w.*
    FROM model.look_back AS w
    JOIN moved AS m ON m.nba_game_id = w.nba_game_id AND m.team = w.team AND m.player_lookup = w.player_lookup
    JOIN model.game AS g ON g.nba_game_id = w.nba_game_id
    WHERE len(list_distinct(list_append(w.teams, w.team))) > 1
)
SELECT
    t.event_type,
    t.nba_game_id,
    s.window_table AS table_name,
    t.team,
    t.player_lookup,
    t.nba_player_id,
    t.quality_tier,
    t.quality_score,
    t.tipoff_at AS event_timestamp,
    t.description
FROM told AS t
JOIN reference.subjects AS s ON s.subject = t.subject
LEFT JOIN played AS p ON p.nba_game_id = t.nba_game_id AND p.team = t.team AND p.player_lookup = t.player_lookup
WHERE coalesce(p.has_played, true)
