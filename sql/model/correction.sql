-- Every time that the source which supplies a chain has changed what it says: two of its whole snapshots differ in a published number (RULES.md, "Event kinds": data_corrected).
-- grain: nba_game_id, chain, nth
-- parts: season
-- reads: model.resolution, model.snapshot, model.box_line, reference.chains
-- column: nba_game_id VARCHAR -- the game
-- column: chain VARCHAR -- the chain
-- column: source VARCHAR -- the source that supplies it
-- column: nth BIGINT -- its number among the corrections of the game, from 1
-- column: corrected_at TIMESTAMPTZ -- time of the whole snapshot that differs from the one before it (UTC)
-- column: description VARCHAR -- how many lines changed
WITH whole AS (
    SELECT s.nba_game_id, r.chain, s.source, s.object, s.generation, s.snapshot_at
    FROM model.resolution AS r
    JOIN reference.chains AS h ON h.chain = r.chain AND h.subject IS NOT NULL
    JOIN model.snapshot AS s ON s.nba_game_id = r.nba_game_id AND s.source = r.source_used AND s.status = 'present'
    -- Who said it once has changed nothing, and that is nearly everybody.
    QUALIFY count(*) OVER (PARTITION BY s.nba_game_id, r.chain) > 1
),
line AS (
    SELECT
        w.*,
        b.team,
        coalesce(b.player_lookup, b.subject) AS player,
        sha256(concat_ws('|', b.is_playing, coalesce(b.points::VARCHAR, '-'), coalesce(b.fg_makes::VARCHAR, '-'), coalesce(b.fg_attempts::VARCHAR, '-'),
            coalesce(b.three_pt_makes::VARCHAR, '-'), coalesce(b.three_pt_attempts::VARCHAR, '-'), coalesce(b.ft_makes::VARCHAR, '-'),
            coalesce(b.ft_attempts::VARCHAR, '-'), coalesce(b.offensive_rebounds::VARCHAR, '-'), coalesce(b.defensive_rebounds::VARCHAR, '-'),
            coalesce(b.assists::VARCHAR, '-'), coalesce(b.steals::VARCHAR, '-'), coalesce(b.blocks::VARCHAR, '-'),
            coalesce(b.turnovers::VARCHAR, '-'), coalesce(b.personal_fouls::VARCHAR, '-'), coalesce(b.plus_minus::VARCHAR, '-'),
            coalesce(b.minutes::VARCHAR, '-'))) AS line_hash
    FROM whole AS w
    JOIN model.box_line AS b ON b.source = w.source AND b.object = w.object AND b.generation = w.generation AND b.nba_game_id = w.nba_game_id
),
said AS (
    SELECT
        nba_game_id,
        chain,
        source,
        snapshot_at,
        object,
        generation,
        string_agg(team || ' ' || player || ' ' || line_hash, chr(31) ORDER BY team, player, line_hash) AS numbers,
        list(team || ' ' || player || ' ' || line_hash ORDER BY team, player, line_hash) AS lines
    FROM line
    GROUP BY nba_game_id, chain, source, snapshot_at, object, generation
    WINDOW seen AS (PARTITION BY nba_game_id, chain ORDER BY snapshot_at, object, generation)
    QUALIFY lag(numbers) OVER seen IS DISTINCT FROM numbers
),
changed AS (
    SELECT
        *,
        lag(lines) OVER seen AS lines_before,
        row_number() OVER seen - 1 AS nth
    FROM said
    WINDOW seen AS (PARTITION BY nba_game_id, chain ORDER BY snapshot_at, object, generation)
)
SELECT
    nba_game_id,
    chain,
    source,
    nth,
    snapshot_at AS corrected_at,
    source || ' changed ' || len(list_filter(lines, lambda x: NOT list_contains(lines_before, x))) || ' of ' || len(lines) || ' lines in its snapshot of '
        || strftime(snapshot_at, '%Y-%m-%d %H:%MZ') AS description
FROM changed
WHERE nth > 0
