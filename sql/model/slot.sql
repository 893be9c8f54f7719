-- Every game of a season that a player or a team may have been in, and what is known of it: a window walks back over these (RULES.md, "Windows").
-- grain: subject, entity, nba_game_id
-- parts: season
-- reads: model.entity_game, model.walk_game, model.best_line, model.known_name
-- column: subject VARCHAR -- player or team
-- column: entity VARCHAR -- whose walk it is
-- column: season VARCHAR -- such as 2024-25
-- column: nba_game_id VARCHAR -- the game
-- column: game_date DATE -- Eastern date of tip-off
-- column: team VARCHAR -- the team he belonged to on that date
-- column: is_out BOOLEAN -- he is known not to have played, and no whole source says otherwise: the game takes no slot
-- column: is_usable BOOLEAN -- there is a row that may be counted
-- column: is_low BOOLEAN -- there is a row, and it is worth nothing
-- column: is_missing BOOLEAN -- a usable row should be there by now and is not, and nobody has accepted that
-- column: points INTEGER -- points
-- column: points_allowed INTEGER -- points of the opponent, where its row is usable
-- column: minutes DECIMAL(6,2) -- minutes
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
-- column: quality_tier tier -- of the row, as the next five
-- column: quality_score DECIMAL(4,1) -- 0 to 100
-- column: quality_issues VARCHAR[] -- what keeps it from 100
-- column: data_sources VARCHAR[] -- the sources it is from
-- column: quality_used_fallback BOOLEAN -- another than the primary supplied it
-- column: quality_reconstructed BOOLEAN -- it was computed from the rows of players
-- column: known_at TIMESTAMPTZ -- the newest instant in the lineage of the row, or of its absence (UTC); NULL while it may still come
-- column: fingerprint VARCHAR -- the game with what its row was made from, or how the chain was resolved where there is no row; and that another source says that he played
WITH moved AS (
    SELECT subject, entity, season, team, game_date, row_number() OVER mine AS nth
    FROM model.entity_game
    -- Listed by two teams on one date he belongs to the one that he played for.
    WINDOW mine AS (PARTITION BY subject, entity, season ORDER BY game_date, player_status DESC, nba_game_id, team)
    QUALIFY lag(team) OVER mine IS DISTINCT FROM team
),
-- Which team he belonged to, from when: that of his nearest row at or before a date; before his first row, that of his first.
spell AS (
    SELECT
        subject,
        entity,
        season,
        team,
        lag(game_date) OVER mine IS NULL AS is_first,
        game_date AS from_date,
        lead(game_date) OVER mine AS to_date
    FROM moved
    WINDOW mine AS (PARTITION BY subject, entity, season ORDER BY nth)
),
-- Who played, by any source that is whole for his team; its id, or that of the name in the same game, says who it is.
line AS (
    SELECT
        b.nba_game_id,
        b.team,
        w.season,
        w.game_date,
        split_part(b.player, '-', 1) AS name,
        coalesce(
            b.nba_player_id,
            CASE WHEN min(b.nba_player_id) OVER named = max(b.nba_player_id) OVER named THEN min(b.nba_player_id) OVER named END) AS id
    FROM model.best_line AS b
    JOIN model.walk_game AS w ON w.subject = 'player' AND w.nba_game_id = b.nba_game_id AND w.team = b.team
    WHERE b.player_status = 'played'::player_status AND b.is_whole
    WINDOW named AS (PARTITION BY b.nba_game_id, b.team, split_part(b.player, '-', 1))
),
seen AS (
    SELECT 'player' AS subject, nba_game_id, team, name AS entity FROM line
    UNION
    SELECT 'player', nba_game_id, team, id::VARCHAR FROM line WHERE id IS NOT NULL
    UNION
    -- Under any name that this id had by then: what came later is not known of a past game.
    SELECT 'player', l.nba_game_id, l.team, k.nba_player_id::VARCHAR
    FROM line AS l
    JOIN model.known_name AS k ON k.season = l.season AND k.player_lookup = l.name AND k.from_date <= l.game_date
    WHERE l.id IS NULL
)
SELECT
    s.subject,
    s.entity,
    s.season,
    w.nba_game_id,
    w.game_date,
    s.team,
    p.entity IS NULL AND coalesce(e.player_status IN ('dnp', 'inactive'), e.entity IS NULL AND w.is_whole) AS is_out,
    coalesce(e.is_usable, false) AS is_usable,
    -- A placeholder stands for no row at all; a row that is there and worth nothing is told.
    coalesce(e.quality_tier = 'unusable'::tier AND NOT e.is_placeholder, false) AS is_low,
    NOT is_out AND NOT coalesce(e.is_usable, false) AND w.may_be_missed AS is_missing,
    e.points,
    e.points_allowed,
    e.minutes,
    e.assists,
    e.rebounds,
    e.steals,
    e.blocks,
    e.turnovers,
    e.fg_makes,
    e.fg_attempts,
    e.three_pt_makes,
    e.three_pt_attempts,
    e.ft_makes,
    e.ft_attempts,
    e.quality_tier,
    e.quality_score,
    e.quality_issues,
    e.data_sources,
    e.quality_used_fallback,
    e.quality_reconstructed,
    coalesce(e.quality_calculated_at, w.answered_at) AS known_at,
    w.nba_game_id || ' ' || coalesce(e.input_fingerprint, w.resolution::VARCHAR)
        || CASE WHEN p.entity IS NOT NULL AND coalesce(e.player_status IN ('dnp', 'inactive'), e.entity IS NULL AND w.is_whole) THEN ' played' ELSE '' END AS fingerprint
FROM spell AS s
JOIN model.walk_game AS w
    ON w.subject = s.subject AND w.season = s.season AND w.team = s.team
    AND (s.is_first OR w.game_date >= s.from_date)
    AND (s.to_date IS NULL OR w.game_date < s.to_date)
LEFT JOIN model.entity_game AS e
    ON e.subject = s.subject AND e.entity = s.entity AND e.nba_game_id = w.nba_game_id AND e.team = s.team
LEFT JOIN seen AS p ON p.subject = s.subject AND p.entity = s.entity AND p.nba_game_id = w.nba_game_id AND p.team = s.team
