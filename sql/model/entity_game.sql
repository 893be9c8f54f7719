-- A player or a team in one game as the windows see it: what is known of the game, and whose it is (RULES.md, "Windows").
-- grain: subject, nba_game_id, team, player_lookup
-- parts: season
-- reads: model.player_game, model.team_game
-- column: subject VARCHAR -- player or team
-- column: entity VARCHAR -- whose it is: the NBA id of a player or else his name; the team
-- column: nba_game_id VARCHAR -- the game
-- column: game_date DATE -- Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: team VARCHAR -- tricode
-- column: player_lookup VARCHAR -- normalised name; NULL for a team
-- column: nba_player_id BIGINT -- NBA player id
-- column: player_status player_status -- played, dnp, inactive or unknown; NULL for a team
-- column: is_placeholder BOOLEAN -- it stands for no row at all
-- column: is_usable BOOLEAN -- it may be counted in a window
-- column: minutes DECIMAL(6,2) -- minutes
-- column: points INTEGER -- points
-- column: points_allowed INTEGER -- points of the opponent, where its row is usable
-- column: assists INTEGER -- assists
-- column: rebounds INTEGER -- offensive and defensive rebounds
-- column: steals INTEGER -- steals
-- column: blocks INTEGER -- blocks
-- column: turnovers INTEGER -- turnovers
-- column: fg_makes INTEGER -- field goals made
-- column: fg_attempts INTEGER -- field goals attempted
-- column: three_pt_makes INTEGER -- three-pointers made
-- column: three_pt_attempts INTEGER -- three-pointers attempted
-- column: ft_makes INTEGER -- free throws made
-- column: ft_attempts INTEGER -- free throws attempted
-- column: quality_tier tier -- follows from the score alone
-- column: quality_score DECIMAL(4,1) -- 0 to 100
-- column: quality_issues VARCHAR[] -- what keeps it from 100
-- column: data_sources VARCHAR[] -- the sources it is from
-- column: quality_used_fallback BOOLEAN -- another than the primary supplied it
-- column: quality_reconstructed BOOLEAN -- it was computed from the rows of players
-- column: quality_calculated_at TIMESTAMPTZ -- the newest instant in its lineage (UTC)
-- column: input_fingerprint VARCHAR -- SHA-256 over what it was made from
WITH row AS (
    SELECT
        'player' AS subject,
        -- One man is one NBA id, where his team or else the season knows just one for his name; else one name.
        coalesce(
            nba_player_id::VARCHAR,
            CASE WHEN min(nba_player_id) OVER listed = max(nba_player_id) OVER listed THEN (min(nba_player_id) OVER listed)::VARCHAR END,
            CASE WHEN min(nba_player_id) OVER named = max(nba_player_id) OVER named THEN (min(nba_player_id) OVER named)::VARCHAR END,
            player_lookup) AS entity,
        player_status = 'played'::player_status AS has_played,
        *
    FROM model.player_game
    WINDOW named AS (PARTITION BY season, player_lookup), listed AS (PARTITION BY season, team, player_lookup)
    UNION ALL BY NAME
    SELECT
        'team' AS subject,
        t.team AS entity,
        true AS has_played,
        CASE WHEN o.quality_tier <> 'unusable'::tier THEN o.points END AS points_allowed,
        t.*
    FROM model.team_game AS t
    LEFT JOIN model.team_game AS o ON o.nba_game_id = t.nba_game_id AND o.team = t.opponent
)
SELECT
    subject,
    -- Two rows of a game are never one man.
    CASE WHEN nba_player_id IS NULL AND count(*) OVER (PARTITION BY subject, nba_game_id, entity) > 1
        THEN coalesce(player_lookup, entity) ELSE entity END AS entity,
    nba_game_id,
    game_date,
    season,
    team,
    player_lookup,
    nba_player_id,
    player_status,
    list_contains(quality_issues, 'no_source') AS is_placeholder,
    has_played AND quality_tier <> 'unusable'::tier AS is_usable,
    minutes,
    points,
    points_allowed,
    assists,
    offensive_rebounds + defensive_rebounds AS rebounds,
    steals,
    blocks,
    turnovers,
    fg_makes,
    fg_attempts,
    three_pt_makes,
    three_pt_attempts,
    ft_makes,
    ft_attempts,
    quality_tier,
    quality_score,
    quality_issues,
    data_sources,
    quality_used_fallback,
    quality_reconstructed,
    quality_calculated_at,
    input_fingerprint
FROM row
