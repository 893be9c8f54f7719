-- The dates on which more windows are bronze or worse for want of inputs than is tolerated (RULES.md, "Tolerance").
-- grain: game_date
-- parts: season
-- reads: model.player_window, model.game, reference.tolerances
-- column: game_date DATE -- Eastern date of the games that the windows precede
-- column: windows BIGINT -- windows of players before that date's games, opening nights left out
-- column: low_windows BIGINT -- those that are bronze or worse with a slot not covered or an input below silver
-- column: share DECIMAL(4,3) -- tolerated share
-- column: event_timestamp TIMESTAMPTZ -- first tip-off of the date (UTC)
WITH dated AS (
    SELECT
        w.game_date,
        bool_or(g.game_type IN ('playoffs', 'play_in')) AS is_playoffs,
        median(w.team_games) AS team_games,
        count(*) AS windows,
        count(*) FILTER (
            w.quality_tier <= 'bronze'::tier
            AND (w.games_not_covered > 0 OR w.bronze_games > 0 OR w.poor_games > 0)) AS low_windows,
        min(g.tipoff_at) AS event_timestamp
    FROM model.player_window AS w
    JOIN model.game AS g ON g.nba_game_id = w.nba_game_id
    WHERE w.expected_games > 0
    GROUP BY w.game_date
)
SELECT d.game_date, d.windows, d.low_windows, t.share, d.event_timestamp
FROM dated AS d
JOIN reference.tolerances AS t ON t.is_playoffs = d.is_playoffs AND (t.team_games_below IS NULL OR d.team_games < t.team_games_below)
-- The narrowest bound that holds.
QUALIFY row_number() OVER (PARTITION BY d.game_date ORDER BY t.team_games_below NULLS LAST) = 1
    AND d.low_windows > t.share * d.windows
