-- One player in one game as the chosen source lists him, before anything is judged (RULES.md, "Players").
-- grain: nba_game_id, team, player_lookup
-- parts: season
-- reads: model.game, model.resolution, model.best_line, model.lent_line, model.inactive, model.suffix_name, model.known_name, model.name_of_game, reference.subjects
-- column: nba_game_id VARCHAR -- the game
-- column: game_date DATE -- Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: player_lookup VARCHAR -- normalised name; of one who never plays and differs by a suffix only, that under which he plays
-- column: nba_player_id BIGINT -- NBA player id; where the source used has none, that of the same name in another source of the game, else of his numbers; of one who did not play, in lines up to its date
-- column: player_name VARCHAR -- as written
-- column: team VARCHAR -- his team, tricode
-- column: opponent VARCHAR -- the other team, tricode
-- column: player_status player_status -- played, dnp, inactive or unknown
-- column: dnp_reason VARCHAR -- why he did not play, or why nobody knows
-- column: minutes DECIMAL(6,2) -- minutes
-- column: points INTEGER -- points
-- column: assists INTEGER -- assists
-- column: offensive_rebounds INTEGER -- offensive rebounds
-- column: defensive_rebounds INTEGER -- defensive rebounds
-- column: steals INTEGER -- steals
-- column: blocks INTEGER -- blocks
-- column: turnovers INTEGER -- turnovers
-- column: personal_fouls INTEGER -- personal fouls
-- column: fg_makes INTEGER -- field goals made
-- column: fg_attempts INTEGER -- field goals attempted
-- column: three_pt_makes INTEGER -- three-pointers made
-- column: three_pt_attempts INTEGER -- three-pointers attempted
-- column: ft_makes INTEGER -- free throws made
-- column: ft_attempts INTEGER -- free throws attempted
-- column: plus_minus INTEGER -- point margin while on the floor
-- column: not_numbers STRUCT(field VARCHAR, said VARCHAR)[] -- numbers that are none, with what stands there; NULL for none
-- column: lent_by VARCHAR -- the later member of the chain whose numbers these are, for those of the source used lack a required field; else NULL
-- column: is_part BOOLEAN -- the source is whole for the other team only
WITH chosen AS (
    SELECT
        b.* EXCLUDE (player_lookup),
        g.game_date,
        g.season,
        g.home_team,
        g.away_team,
        coalesce(b.player_lookup, i.player_lookup) AS known_lookup,
        coalesce(x.of_lookup, known_lookup, b.player) AS player_lookup,
        r.resolution = 'partial' AND NOT b.is_whole AND b.lent_by IS NULL AS is_part
    FROM reference.subjects AS s
    JOIN model.resolution AS r ON r.chain = s.chain
    JOIN (
        SELECT o.*, NULL::VARCHAR AS lent_by
        FROM model.best_line AS o
        ANTI JOIN model.lent_line AS l ON l.nba_game_id = o.nba_game_id AND l.source = o.source AND l.team = o.team AND l.player = o.player
        UNION ALL BY NAME
        FROM model.lent_line
    ) AS b ON b.nba_game_id = r.nba_game_id AND b.source = r.rows_from
    JOIN model.game AS g ON g.nba_game_id = b.nba_game_id
    LEFT JOIN model.inactive AS i ON i.nba_game_id = b.nba_game_id AND i.source = b.source AND i.team = b.team AND i.player = b.player
    LEFT JOIN model.suffix_name AS x
        ON x.season = g.season AND x.team = b.team AND x.player_lookup = coalesce(b.player_lookup, i.player_lookup)
    WHERE s.subject = 'player' AND b.player <> ''
),
-- Who did not play is in no source that gives ids: his is known from the games before, of his team or else of the season.
-- A name that only equal numbers told is his in every game of the season.
known AS (
    SELECT
        c.nba_game_id,
        c.team,
        c.player_lookup,
        min(k.nba_player_id) FILTER (k.team = c.team) AS of_team,
        CASE WHEN of_team IS NULL AND min(k.nba_player_id) = max(k.nba_player_id) THEN min(k.nba_player_id)
            WHEN of_team = max(k.nba_player_id) FILTER (k.team = c.team) THEN of_team END AS nba_player_id
    FROM chosen AS c
    JOIN model.known_name AS k
        ON k.season = c.season AND k.player_lookup = c.player_lookup
        AND (c.player_status IN ('dnp', 'inactive') AND k.from_date <= c.game_date OR c.player_status = 'played'::player_status AND k.is_by_line)
    GROUP BY c.nba_game_id, c.team, c.player_lookup
),
identified AS (
    SELECT
        c.*,
        coalesce(c.nba_player_id, n.nba_player_id) AS sure_id,
        coalesce(sure_id, k.nba_player_id) AS likely_id
    FROM chosen AS c
    LEFT JOIN model.name_of_game AS n ON n.nba_game_id = c.nba_game_id AND n.team = c.team AND n.player_lookup = c.player_lookup
    LEFT JOIN known AS k ON k.nba_game_id = c.nba_game_id AND k.team = c.team AND k.player_lookup = c.player_lookup
    -- A player listed by last name only is a row if it is known who he is; else he stands among the unmatched names.
    WHERE c.known_lookup IS NOT NULL OR c.player_status <> 'inactive'::player_status
    -- Two names as written may be one normalised: the one who played, else who is known to have been there.
    QUALIFY row_number() OVER (PARTITION BY c.nba_game_id, c.team, c.player_lookup ORDER BY c.player_status, c.player) = 1
)
SELECT
    c.nba_game_id,
    c.game_date,
    c.season,
    c.player_lookup,
    -- Two rows of a game are never one man.
    coalesce(c.sure_id, CASE WHEN count(*) OVER (PARTITION BY c.nba_game_id, c.likely_id) = 1 THEN c.likely_id END) AS nba_player_id,
    c.player_name,
    c.team,
    CASE WHEN c.team = c.home_team THEN c.away_team ELSE c.home_team END AS opponent,
    c.player_status,
    c.status_reason AS dnp_reason,
    c.minutes,
    c.points,
    c.assists,
    c.offensive_rebounds,
    c.defensive_rebounds,
    c.steals,
    c.blocks,
    c.turnovers,
    c.personal_fouls,
    c.fg_makes,
    c.fg_attempts,
    c.three_pt_makes,
    c.three_pt_attempts,
    c.ft_makes,
    c.ft_attempts,
    c.plus_minus,
    c.not_numbers,
    c.lent_by,
    c.is_part
FROM identified AS c
