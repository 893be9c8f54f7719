-- The lines of every matched game, each once: what one object says of one team or player (RULES.md, "Validity" and "Players").
-- grain: object, generation, nba_game_id, team, subject, and the stats where two lines of one subject differ
-- parts: season
-- reads: stage.box_lines, model.entry, model.team_name, model.overtime, threshold
-- column: source VARCHAR -- name of the feed
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: nba_game_id VARCHAR -- the game
-- column: team VARCHAR -- tricode
-- column: subject VARCHAR -- the player's id or normalised name; '' for a line of the whole team
-- column: is_playing BOOLEAN -- the team, or a player who played
-- column: nba_player_id BIGINT -- NBA player id
-- column: player_lookup VARCHAR -- normalised name; NULL in a line of the whole team and where only a last name is given
-- column: player_name VARCHAR -- name as written
-- column: player_status player_status -- as listed; NULL in a line of the whole team
-- column: status_reason VARCHAR -- why he did not play
-- column: repeats BIGINT -- how often the object holds the very same line
-- column: points INTEGER -- points
-- column: fg_makes INTEGER -- field goals made
-- column: fg_attempts INTEGER -- field goals attempted
-- column: three_pt_makes INTEGER -- three-pointers made
-- column: three_pt_attempts INTEGER -- three-pointers attempted
-- column: ft_makes INTEGER -- free throws made
-- column: ft_attempts INTEGER -- free throws attempted
-- column: offensive_rebounds INTEGER -- offensive rebounds
-- column: defensive_rebounds INTEGER -- defensive rebounds
-- column: rebounds INTEGER -- rebounds
-- column: assists INTEGER -- assists
-- column: steals INTEGER -- steals
-- column: blocks INTEGER -- blocks
-- column: turnovers INTEGER -- turnovers
-- column: personal_fouls INTEGER -- personal fouls
-- column: plus_minus INTEGER -- point margin while on the floor
-- column: minutes DECIMAL(6,2) -- minutes; NULL if nobody can have played so long
-- column: not_numbers STRUCT(field VARCHAR, said VARCHAR)[] -- numbers that are none, with what stands there; NULL for none
WITH longest AS (
    SELECT
        nba_game_id,
        threshold('game_minutes') + threshold('overtime_minutes') * coalesce(overtimes, threshold('most_overtimes')) AS longest
    FROM model.overtime
),
line AS (
    SELECT
        b.* REPLACE (
            -- Nobody played longer than the game: not his minutes, whatever they are.
            CASE WHEN b.player_status IS NOT NULL AND b.minutes > o.longest THEN NULL ELSE b.minutes END AS minutes,
            CASE
                WHEN b.player_status IS NOT NULL AND b.minutes > o.longest THEN list_append(b.not_numbers, {'field': 'minutes', 'said': b.minutes::VARCHAR})
                ELSE b.not_numbers
            END AS not_numbers),
        e.nba_game_id AS game,
        t.tricode AS team,
        coalesce(b.player_id::VARCHAR, b.source_player_id, nullif(b.player_lookup, ''), b.player_name, '') AS subject
    FROM stage.box_lines AS b
    JOIN model.entry AS e USING (source, object, generation, entry)
    JOIN model.team_name AS t ON t.name = upper(trim(b.team_code))
    LEFT JOIN longest AS o ON o.nba_game_id = e.nba_game_id
    WHERE e.nba_game_id IS NOT NULL
),
-- Listed as active and as not playing is played if any required field is there.
known AS (
    SELECT
        *,
        player_status IS NULL
        -- Numbers of a player whom neither an id nor a name tells are nobody's.
        OR player_status = 'played'::player_status AND subject <> ''
            AND (minutes IS NOT NULL OR points IS NOT NULL OR fg_attempts IS NOT NULL OR ft_attempts IS NOT NULL
                -- What is there and no number says as much; a word for his minutes may say that he sat.
                OR coalesce(len(list_filter(not_numbers, lambda x: x.field <> 'minutes')), 0) > 0) AS is_playing
    FROM line
)
SELECT
    source,
    object,
    generation,
    game AS nba_game_id,
    team,
    subject,
    is_playing,
    min(player_id) AS nba_player_id,
    min(nullif(player_lookup, '')) AS player_lookup,
    min(player_name) AS player_name,
    -- Listed as not playing beats listed as active without any number.
    coalesce(min(player_status) FILTER (player_status <> 'played'::player_status), min(player_status)) AS player_status,
    min(status_reason) AS status_reason,
    count(*) AS repeats,
    points,
    fg_makes,
    fg_attempts,
    three_pt_makes,
    three_pt_attempts,
    ft_makes,
    ft_attempts,
    offensive_rebounds,
    defensive_rebounds,
    rebounds,
    assists,
    steals,
    blocks,
    turnovers,
    personal_fouls,
    plus_minus,
    minutes,
    not_numbers
FROM known
GROUP BY ALL
