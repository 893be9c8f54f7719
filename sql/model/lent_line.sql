-- The lines that are borrowed from a later member: of who lacks what every row must have, of who is not in the source used at all, of whom two others say something else (RULES.md, "Rows of a game": borrowed, and "Disputed lines").
-- grain: nba_game_id, source, team, player
-- parts: season
-- reads: model.resolution, model.supply, model.best_line, model.man_of_line, model.disputed_number, model.inactive, reference.subjects, is_complete_line
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
    SELECT
        b.*,
        m.man,
        b.player_status = 'played'::player_status AS is_playing,
        is_complete_line(b.minutes, b.points, b.fg_attempts, b.ft_attempts) AS is_complete
    FROM model.best_line AS b
    JOIN model.man_of_line AS m ON m.nba_game_id = b.nba_game_id AND m.source = b.source AND m.team = b.team AND m.player = b.player
),
-- Before a chain is due only its primary may supply, and nobody lends.
used AS (
    SELECT r.nba_game_id, r.chain, r.rows_from AS source, u.place
    FROM reference.subjects AS s
    JOIN model.resolution AS r ON r.chain = s.chain AND r.is_due
    JOIN model.supply AS u ON u.nba_game_id = r.nba_game_id AND u.chain = r.chain AND u.source = r.rows_from
    WHERE s.subject = 'player'
),
own AS (
    SELECT l.*, u.chain
    FROM used AS u
    JOIN line AS l ON l.nba_game_id = u.nba_game_id AND l.source = u.source
),
offered AS (
    SELECT u.source AS borrower, m.place, l.*
    FROM used AS u
    JOIN model.supply AS m
        ON m.nba_game_id = u.nba_game_id AND m.chain = u.chain AND m.place > u.place AND m.can_supply AND m.kind <> 'virtual'::source_kind
    JOIN line AS l ON l.nba_game_id = m.nba_game_id AND l.source = m.source AND l.is_whole AND l.is_playing AND l.is_complete
),
needy AS (
    SELECT o.nba_game_id, o.source, o.team, o.player, o.man, any_value(d.taken_from) AS taken_from
    FROM own AS o
    LEFT JOIN model.disputed_number AS d
        ON d.nba_game_id = o.nba_game_id AND d.chain = o.chain AND d.source = o.source AND d.team = o.team AND d.player = o.player
    WHERE o.is_playing AND (NOT o.is_complete OR d.taken_from IS NOT NULL)
    GROUP BY o.nba_game_id, o.source, o.team, o.player, o.man
),
-- Whom the source used does not have: points alone never miss one who made none.
absent AS (
    SELECT f.*
    FROM offered AS f
    SEMI JOIN own AS w ON w.nba_game_id = f.nba_game_id AND w.source = f.borrower AND w.team = f.team AND w.is_whole
    ANTI JOIN own AS o ON o.nba_game_id = f.nba_game_id AND o.source = f.borrower AND o.team = f.team AND o.man = f.man
    ANTI JOIN own AS p ON p.nba_game_id = f.nba_game_id AND p.source = f.borrower AND p.team = f.team AND p.player = f.player
    ANTI JOIN model.inactive AS i
        ON i.nba_game_id = f.nba_game_id AND i.source = f.borrower AND i.team = f.team AND i.player_lookup = f.player_lookup
    -- One whom this lender does not know, with the very same numbers, may be he under another name.
    ANTI JOIN (
        SELECT o.nba_game_id, o.source, o.team, o.points, o.assists, o.steals, o.blocks, o.turnovers, t.lender
        FROM own AS o
        JOIN (SELECT DISTINCT nba_game_id, borrower, team, source AS lender FROM offered) AS t
            ON t.nba_game_id = o.nba_game_id AND t.borrower = o.source AND t.team = o.team
        -- Man against man of a game would be a hundred rows a team, of which this needs none.
        ANTI JOIN offered AS x
            ON x.nba_game_id = o.nba_game_id AND x.borrower = o.source AND x.team = o.team AND x.source = t.lender AND x.man = o.man
        WHERE o.is_playing
    ) AS n
        ON n.nba_game_id = f.nba_game_id AND n.source = f.borrower AND n.lender = f.source AND n.team = f.team AND n.points = f.points
        AND n.assists = f.assists AND n.steals = f.steals AND n.blocks = f.blocks AND n.turnovers = f.turnovers
),
lent AS (
    FROM (
        SELECT f.*, n.player AS borrowed_as
        FROM needy AS n
        JOIN offered AS f
            ON f.nba_game_id = n.nba_game_id AND f.borrower = n.source AND f.team = n.team AND f.man = n.man
            AND coalesce(n.taken_from, f.source) = f.source
        UNION ALL
        SELECT *, player FROM absent
    )
    QUALIFY row_number() OVER (PARTITION BY nba_game_id, borrower, team, man ORDER BY place, player) = 1
)
-- The whole row, and never numbers of two sources in one; his name stays as the source used has it.
SELECT
    l.* EXCLUDE (borrower, place, man, is_playing, is_complete, borrowed_as) REPLACE (
        l.borrower AS source,
        l.borrowed_as AS player,
        CASE WHEN o.player IS NULL THEN l.player_lookup ELSE o.player_lookup END AS player_lookup,
        coalesce(o.nba_player_id, l.nba_player_id) AS nba_player_id,
        CASE WHEN o.player IS NULL THEN l.player_name ELSE o.player_name END AS player_name,
        coalesce(o.is_whole, true) AS is_whole),
    l.source AS lent_by
FROM lent AS l
LEFT JOIN own AS o ON o.nba_game_id = l.nba_game_id AND o.source = l.borrower AND o.team = l.team AND o.player = l.borrowed_as
