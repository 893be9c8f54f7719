-- Every stat line of a source beside that of the first source of its chain, matched by id, else by name, else by who has that name in the season or the same numbers (RULES.md, "Availability and agreement").
-- grain: nba_game_id, source, team, player
-- parts: season
-- reads: model.cell, model.best_line, model.game, model.known_name, model.line_match, reference.chain_sources, reference.chains
-- column: nba_game_id VARCHAR -- a game for which both are whole
-- column: source VARCHAR -- the source that is compared
-- column: first_source VARCHAR -- the first of its chain
-- column: team VARCHAR -- tricode
-- column: player VARCHAR -- his key in the source; '' for the line of the whole team
-- column: player_name VARCHAR -- as the source writes it
-- column: first_player VARCHAR -- his key in the first source; NULL if he is not to be found there
-- column: is_renamed BOOLEAN -- neither id nor name says so: his name stands for that man in the season, or his numbers are his alone
-- column: is_equal BOOLEAN -- no number differs that both give; NULL if not found
WITH pair AS (
    SELECT c.nba_game_id, c.source, f.source AS first_source
    FROM model.cell AS c
    JOIN reference.chain_sources AS m ON m.source = c.source AND m.place > 1
    JOIN reference.chains AS h ON h.chain = m.chain AND h.subject IS NOT NULL
    JOIN reference.chain_sources AS f ON f.chain = m.chain AND f.place = 1
    JOIN model.cell AS p ON p.nba_game_id = c.nba_game_id AND p.source = f.source
    WHERE c.status = 'present' AND p.status = 'present'
),
known AS (
    SELECT season, team, player_lookup, min(nba_player_id) AS nba_player_id
    FROM model.known_name
    GROUP BY season, team, player_lookup
    HAVING min(nba_player_id) = max(nba_player_id)
),
line AS (
    SELECT b.*, coalesce(b.nba_player_id, k.nba_player_id) AS likely_id
    FROM model.best_line AS b
    LEFT JOIN model.game AS g ON g.nba_game_id = b.nba_game_id
    LEFT JOIN known AS k ON k.season = g.season AND k.team = b.team AND k.player_lookup = b.player_lookup
    WHERE b.player_status IS NULL OR b.player_status = 'played'::player_status
),
-- Whom neither id nor name finds; nobody whom the source has under the name that the first one writes.
renamed AS (
    SELECT q.nba_game_id, q.source, a.team, a.player, min(f.player) AS first_player
    FROM pair AS q
    JOIN line AS a USING (nba_game_id, source)
    JOIN line AS f
        ON f.nba_game_id = q.nba_game_id AND f.source = q.first_source AND f.team = a.team AND f.likely_id = a.likely_id AND f.player <> a.player
    ANTI JOIN line AS t ON t.nba_game_id = q.nba_game_id AND t.source = q.source AND t.team = a.team AND t.player = f.player
    GROUP BY ALL
    HAVING count(*) = 1
),
matched AS (
    SELECT q.nba_game_id, q.source, q.first_source, a.team, a.player,
        coalesce(i.player, n.player, k.first_player, x.other_player) AS first_player,
        coalesce(i.player, n.player) IS NULL AND coalesce(k.first_player, x.other_player) IS NOT NULL AS is_renamed
    FROM pair AS q
    JOIN line AS a USING (nba_game_id, source)
    LEFT JOIN line AS i
        ON i.nba_game_id = q.nba_game_id AND i.source = q.first_source AND i.team = a.team AND i.nba_player_id = a.nba_player_id
    LEFT JOIN line AS n
        ON n.nba_game_id = q.nba_game_id AND n.source = q.first_source AND n.team = a.team AND n.player = a.player
    LEFT JOIN renamed AS k ON k.nba_game_id = q.nba_game_id AND k.source = q.source AND k.team = a.team AND k.player = a.player
    LEFT JOIN model.line_match AS x
        ON x.nba_game_id = q.nba_game_id AND x.source = q.source AND x.other_source = q.first_source AND x.team = a.team AND x.player = a.player
    QUALIFY row_number() OVER (PARTITION BY q.nba_game_id, q.source, a.team, a.player ORDER BY i.player) = 1
)
SELECT
    m.nba_game_id,
    m.source,
    m.first_source,
    m.team,
    m.player,
    a.player_name,
    m.first_player,
    m.is_renamed,
    CASE WHEN f.player IS NOT NULL THEN
        coalesce(a.points = f.points, true)
        AND coalesce(a.fg_makes = f.fg_makes, true) AND coalesce(a.fg_attempts = f.fg_attempts, true)
        AND coalesce(a.three_pt_makes = f.three_pt_makes, true) AND coalesce(a.three_pt_attempts = f.three_pt_attempts, true)
        AND coalesce(a.ft_makes = f.ft_makes, true) AND coalesce(a.ft_attempts = f.ft_attempts, true)
        AND coalesce(a.rebounds = f.rebounds, true) AND coalesce(a.assists = f.assists, true)
        AND coalesce(a.steals = f.steals, true) AND coalesce(a.blocks = f.blocks, true)
        AND coalesce(a.personal_fouls = f.personal_fouls, true)
        -- A team's turnovers hold team turnovers in some feeds and not in others.
        AND (m.player = '' OR coalesce(a.turnovers = f.turnovers, true))
    END AS is_equal
FROM matched AS m
JOIN line AS a ON a.nba_game_id = m.nba_game_id AND a.source = m.source AND a.team = m.team AND a.player = m.player
LEFT JOIN line AS f ON f.nba_game_id = m.nba_game_id AND f.source = m.first_source AND f.team = m.team AND f.player = m.first_player
