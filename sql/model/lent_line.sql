-- The lines that are borrowed: where one who played lacks in the source used what every row must have, his line in the first later member that has it complete (RULES.md, "Rows of a game": borrowed).
-- grain: nba_game_id, source, team, player
-- reads: model.resolution, model.supply, model.best_line, model.name_of_game, reference.subjects
-- column: nba_game_id VARCHAR -- the game
-- column: source VARCHAR -- the source used, which borrows
-- column: team VARCHAR -- tricode
-- column: player VARCHAR -- player_lookup, else the name as written; '' for the line of the whole team
-- column: player_lookup VARCHAR -- normalised name; NULL where only a last name is given
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
-- column: lent_by VARCHAR -- the later member whose numbers these are
WITH line AS (
    SELECT *, minutes IS NOT NULL AND points IS NOT NULL AND fg_attempts IS NOT NULL AND ft_attempts IS NOT NULL AS is_complete
    FROM model.best_line
),
own AS (
    SELECT b.*, r.chain
    FROM reference.subjects AS s
    JOIN model.resolution AS r ON r.chain = s.chain
    JOIN line AS b ON b.nba_game_id = r.nba_game_id AND b.source = r.rows_from
    WHERE s.subject = 'player' AND b.player <> ''
),
-- Before a chain is due only its primary may supply, and nobody lends.
due AS (
    SELECT nba_game_id, chain
    FROM model.supply
    WHERE kind = 'real'::source_kind
    GROUP BY nba_game_id, chain
    HAVING bool_and(is_due)
),
needy AS (
    SELECT o.chain, o.nba_game_id, o.source, o.team, o.player, o.player_lookup, coalesce(o.nba_player_id, n.nba_player_id) AS known_id
    FROM own AS o
    SEMI JOIN due AS d ON d.nba_game_id = o.nba_game_id AND d.chain = o.chain
    LEFT JOIN model.name_of_game AS n ON n.nba_game_id = o.nba_game_id AND n.team = o.team AND n.player_lookup = o.player_lookup
    WHERE o.player_status = 'played'::player_status
        AND NOT o.is_complete
),
lent AS (
    SELECT n.source AS borrower, n.player AS borrowed_as, b.*
    FROM needy AS n
    JOIN model.supply AS u ON u.nba_game_id = n.nba_game_id AND u.chain = n.chain AND u.source = n.source
    JOIN model.supply AS l
        ON l.nba_game_id = n.nba_game_id AND l.chain = n.chain AND l.place > u.place AND l.can_supply AND l.kind <> 'virtual'::source_kind
    JOIN line AS b
        ON b.nba_game_id = n.nba_game_id AND b.source = l.source AND b.team = n.team
        AND (b.nba_player_id = n.known_id OR b.player_lookup = n.player_lookup)
    WHERE b.is_whole AND b.player_status = 'played'::player_status AND b.is_complete
    QUALIFY row_number() OVER (
        PARTITION BY n.nba_game_id, n.source, n.team, n.player
        ORDER BY l.place, coalesce(b.nba_player_id = n.known_id, false) DESC, b.player) = 1
)
-- The whole row, and never numbers of two sources in one; his name stays as the source used has it.
SELECT
    l.* EXCLUDE (borrower, borrowed_as, is_complete) REPLACE (
        o.source AS source,
        o.player AS player,
        o.player_lookup AS player_lookup,
        coalesce(o.nba_player_id, l.nba_player_id) AS nba_player_id,
        o.player_name AS player_name,
        o.is_whole AS is_whole),
    l.source AS lent_by
FROM own AS o
JOIN lent AS l ON l.nba_game_id = o.nba_game_id AND l.borrower = o.source AND l.team = o.team AND l.borrowed_as = o.player
