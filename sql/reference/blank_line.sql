-- A line of a box score that says nothing: the columns of stage.box_lines, of which a member replaces those that its feed has.
-- grain: one row
-- column: pull BIGINT -- the pull that brought the object
-- column: source VARCHAR -- name of the feed
-- column: object VARCHAR -- object name
-- column: generation BIGINT -- object generation
-- column: entry INTEGER -- place of the game in the object, from 1
-- column: nba_game_id VARCHAR -- 10-digit id, where the feed has one
-- column: payload_date DATE -- game date that the payload says (Eastern)
-- column: is_utc_date BOOLEAN -- that date was worked out from a UTC time
-- column: away_code VARCHAR -- away team as the feed writes it; NULL if the feed does not mark it
-- column: home_code VARCHAR -- home team as the feed writes it; NULL if the feed does not mark it
-- column: game_state VARCHAR -- final, not final or postponed, where the feed says so
-- column: team_code VARCHAR -- team of this line as the feed writes it
-- column: player_id BIGINT -- NBA player id
-- column: source_player_id VARCHAR -- the feed's own player id
-- column: player_name VARCHAR -- as written; NULL in a line for a whole team
-- column: player_lookup VARCHAR -- normalised name
-- column: player_status player_status -- NULL in a line for a whole team
-- column: status_reason VARCHAR -- why he did not play
-- column: minutes DECIMAL(6,2) -- minutes
-- column: points INTEGER -- points
-- column: fg_makes INTEGER -- field goals made, three-pointers included
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
-- column: turnovers INTEGER -- turnovers; a team's include team turnovers
-- column: personal_fouls INTEGER -- personal fouls
-- column: plus_minus INTEGER -- point margin while on the floor
-- column: not_numbers STRUCT(field VARCHAR, said VARCHAR)[] -- numbers that are none, with what stands there; NULL for none
-- column: start_date DATE -- Eastern date of the start that the payload says beside its date
SELECT
    NULL::BIGINT AS pull,
    NULL::VARCHAR AS source,
    NULL::VARCHAR AS object,
    NULL::BIGINT AS generation,
    NULL::INTEGER AS entry,
    NULL::VARCHAR AS nba_game_id,
    NULL::DATE AS payload_date,
    NULL::BOOLEAN AS is_utc_date,
    NULL::VARCHAR AS away_code,
    NULL::VARCHAR AS home_code,
    NULL::VARCHAR AS game_state,
    NULL::VARCHAR AS team_code,
    NULL::BIGINT AS player_id,
    NULL::VARCHAR AS source_player_id,
    NULL::VARCHAR AS player_name,
    NULL::VARCHAR AS player_lookup,
    NULL::player_status AS player_status,
    NULL::VARCHAR AS status_reason,
    NULL::DECIMAL(6,2) AS minutes,
    NULL::INTEGER AS points,
    NULL::INTEGER AS fg_makes,
    NULL::INTEGER AS fg_attempts,
    NULL::INTEGER AS three_pt_makes,
    NULL::INTEGER AS three_pt_attempts,
    NULL::INTEGER AS ft_makes,
    NULL::INTEGER AS ft_attempts,
    NULL::INTEGER AS offensive_rebounds,
    NULL::INTEGER AS defensive_rebounds,
    NULL::INTEGER AS rebounds,
    NULL::INTEGER AS assists,
    NULL::INTEGER AS steals,
    NULL::INTEGER AS blocks,
    NULL::INTEGER AS turnovers,
    NULL::INTEGER AS personal_fouls,
    NULL::INTEGER AS plus_minus,
    NULL::STRUCT(field VARCHAR, said VARCHAR)[] AS not_numbers,
    NULL::DATE AS start_date
