-- What the best snapshot of a cell says of each team or player, once each (RULES.md, "Best snapshot" and "Players").
-- grain: nba_game_id, source, team, player
-- parts: season
-- reads: model.cell, model.box_line, model.side
-- column: nba_game_id VARCHAR -- the game
-- column: source VARCHAR -- name of the feed
-- column: team VARCHAR -- tricode
-- column: player VARCHAR -- player_lookup, else the name as written; '' for the line of the whole team
-- column: player_lookup VARCHAR -- normalised name, with -<nba_player_id> where two men of the team have it; NULL where only a last name is given
-- column: nba_player_id BIGINT -- NBA player id, where the feed has it
-- column: player_name VARCHAR -- as written
-- column: player_status player_status -- NULL in a line of the whole team
-- column: status_reason VARCHAR -- why he did not play, or why nobody knows
-- column: is_whole BOOLEAN -- nothing is wrong with this side of the snapshot
-- column: minutes DECIMAL(6,2) -- minutes
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
-- column: not_numbers STRUCT(field VARCHAR, said VARCHAR)[] -- numbers that are none, with what stands there; NULL for none
WITH line AS (
    SELECT
        c.nba_game_id,
        c.source,
        s.fault IS NULL AS is_whole,
        -- Two men of one name in one team are told apart by their ids, or neither could be a row.
        CASE WHEN min(b.nba_player_id) OVER namesakes < max(b.nba_player_id) OVER namesakes
            THEN coalesce(b.player_lookup || '-' || b.nba_player_id, b.player_lookup)
            ELSE b.player_lookup
        END AS player_lookup,
        b.* EXCLUDE (nba_game_id, source, player_lookup)
    FROM model.cell AS c
    JOIN model.box_line AS b USING (source, object, generation, nba_game_id)
    JOIN model.side AS s USING (source, object, generation, nba_game_id, team)
    WHERE c.status IN ('present', 'partial', 'stale')
    WINDOW namesakes AS (PARTITION BY c.nba_game_id, c.source, b.team, b.player_lookup)
),
-- Two different lines of one who played: nobody knows which is true, so neither is taken.
counted AS (
    SELECT
        *,
        coalesce(player_lookup, subject) AS player,
        count(*) FILTER (is_playing) OVER one AS playing,
        row_number() OVER (
            PARTITION BY nba_game_id, source, team, coalesce(player_lookup, subject)
            -- Listed as not playing beats listed as active without any number.
            ORDER BY is_playing DESC, player_status = 'played'::player_status, player_status, subject, status_reason, player_name) AS nth
    FROM line
    WINDOW one AS (PARTITION BY nba_game_id, source, team, coalesce(player_lookup, subject))
)
SELECT
    nba_game_id,
    source,
    team,
    player,
    player_lookup,
    nba_player_id,
    player_name,
    CASE
        WHEN player_status IS NULL THEN NULL
        WHEN playing = 1 THEN 'played'::player_status
        WHEN playing > 1 OR player_status = 'played'::player_status THEN 'unknown'::player_status
        ELSE player_status
    END AS player_status,
    CASE
        WHEN playing = 1 THEN NULL
        WHEN playing > 1 THEN 'two different rows'
        WHEN player_status = 'played'::player_status THEN 'listed as active, without numbers'
        ELSE status_reason
    END AS status_reason,
    is_whole,
    CASE WHEN playing = 1 THEN minutes END AS minutes,
    CASE WHEN playing = 1 THEN points END AS points,
    CASE WHEN playing = 1 THEN fg_makes END AS fg_makes,
    CASE WHEN playing = 1 THEN fg_attempts END AS fg_attempts,
    CASE WHEN playing = 1 THEN three_pt_makes END AS three_pt_makes,
    CASE WHEN playing = 1 THEN three_pt_attempts END AS three_pt_attempts,
    CASE WHEN playing = 1 THEN ft_makes END AS ft_makes,
    CASE WHEN playing = 1 THEN ft_attempts END AS ft_attempts,
    CASE WHEN playing = 1 THEN offensive_rebounds END AS offensive_rebounds,
    CASE WHEN playing = 1 THEN defensive_rebounds END AS defensive_rebounds,
    CASE WHEN playing = 1 THEN coalesce(rebounds, TRY(offensive_rebounds + defensive_rebounds)) END AS rebounds,
    CASE WHEN playing = 1 THEN assists END AS assists,
    CASE WHEN playing = 1 THEN steals END AS steals,
    CASE WHEN playing = 1 THEN blocks END AS blocks,
    CASE WHEN playing = 1 THEN turnovers END AS turnovers,
    CASE WHEN playing = 1 THEN personal_fouls END AS personal_fouls,
    CASE WHEN playing = 1 THEN plus_minus END AS plus_minus,
    CASE WHEN playing = 1 THEN not_numbers END AS not_numbers
FROM counted
WHERE nth = 1
