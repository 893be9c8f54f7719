-- One player in one game: what he did, whether he played at all, and how good the row is (RULES.md, "Rows of a game").
-- grain: nba_game_id, team, player_lookup
-- reads: model.game, model.resolution, model.best_line, model.inactive, model.validation, reference.fields, reference.chain_uses, row_score, tier_of, top_of, threshold
-- column: nba_game_id VARCHAR -- the game
-- column: game_date DATE -- Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: player_lookup VARCHAR -- normalised name
-- column: nba_player_id BIGINT -- NBA player id; where the source used has none, that of the same name in another source of the game
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
-- column: component_scores STRUCT(chain VARCHAR, score DECIMAL(4,1))[] -- what each chain that the row uses is worth: 100 its primary, 0 nothing
-- column: quality_tier tier -- follows from the score alone
-- column: quality_score DECIMAL(4,1) -- 0 to 100
-- column: quality_issues VARCHAR[] -- what keeps it from 100; their list is reference.quality_issues
-- column: data_sources VARCHAR[] -- the sources it is from
-- column: quality_sample_size BIGINT -- games behind it: 1
-- column: quality_used_fallback BOOLEAN -- another than the primary supplied it
-- column: quality_reconstructed BOOLEAN -- it was computed from rows of players; never true of a player
-- column: quality_calculated_at TIMESTAMPTZ -- the newest snapshot in its lineage, or the due instant that had to pass, if later (UTC)
-- column: quality_metadata VARCHAR -- JSON: how the score came about
-- column: input_fingerprint VARCHAR -- SHA-256 over what it was made from
WITH chosen AS (
    SELECT b.*, coalesce(b.player_lookup, i.player_lookup) AS lookup, b.player_lookup IS NULL AS is_by_last_name
    FROM model.resolution AS r
    JOIN model.best_line AS b ON b.nba_game_id = r.nba_game_id AND b.source = r.rows_from
    LEFT JOIN model.inactive AS i ON i.nba_game_id = b.nba_game_id AND i.source = b.source AND i.team = b.team AND i.player = b.player
    WHERE r.chain = 'player_boxscores' AND b.player <> ''
),
-- A player listed by last name only is a row if it is known who he is; else he stands among the unmatched names.
line AS (
    SELECT * EXCLUDE (lookup, is_by_last_name, player_lookup), coalesce(lookup, player) AS player_lookup
    FROM chosen
    WHERE lookup IS NOT NULL OR player_status <> 'inactive'::player_status
),
named AS (
    SELECT nba_game_id, team, player_lookup, min(nba_player_id) AS nba_player_id
    FROM model.best_line
    WHERE nba_player_id IS NOT NULL AND player_lookup IS NOT NULL
    GROUP BY nba_game_id, team, player_lookup
    HAVING min(nba_player_id) = max(nba_player_id)
),
field AS (
    SELECT
        l.nba_game_id,
        l.team,
        l.player_lookup,
        f.field,
        f.is_required,
        f.weight,
        l.value IS NULL AS is_null,
        count(*) FILTER (l.value IS NULL) OVER one AS null_rows,
        count(*) OVER one AS all_rows
    FROM (
        SELECT nba_game_id, team, player_lookup, unnest([
            {'field': 'minutes', 'value': minutes::VARCHAR}, {'field': 'points', 'value': points::VARCHAR},
            {'field': 'fg_attempts', 'value': fg_attempts::VARCHAR}, {'field': 'ft_attempts', 'value': ft_attempts::VARCHAR},
            {'field': 'offensive_rebounds', 'value': offensive_rebounds::VARCHAR},
            {'field': 'defensive_rebounds', 'value': defensive_rebounds::VARCHAR},
            {'field': 'assists', 'value': assists::VARCHAR}, {'field': 'plus_minus', 'value': plus_minus::VARCHAR},
            {'field': 'steals', 'value': steals::VARCHAR}, {'field': 'blocks', 'value': blocks::VARCHAR},
            {'field': 'turnovers', 'value': turnovers::VARCHAR}, {'field': 'personal_fouls', 'value': personal_fouls::VARCHAR}], recursive := true)
        FROM line
        WHERE player_status = 'played'::player_status
    ) AS l
    JOIN reference.fields AS f ON f.subject = 'player' AND f.field = l.field
    WINDOW one AS (PARTITION BY l.nba_game_id, f.field)
),
fault AS (
    SELECT
        nba_game_id,
        team,
        player_lookup,
        bool_or(is_null AND is_required) AS lacks_required,
        coalesce(sum(weight) FILTER (is_null), 0)::BIGINT AS null_weight,
        sum(weight)::BIGINT AS all_weight,
        list(CASE WHEN is_required THEN 'missing_required:' ELSE 'missing_optional:' END || field ORDER BY field) FILTER (is_null) AS missing,
        list('high_null_rate:' || field || ':' || (200 * null_rows + all_rows) // (2 * all_rows) ORDER BY field)
            FILTER (null_rows > threshold('high_null_rate') * all_rows) AS rates
    FROM field
    GROUP BY nba_game_id, team, player_lookup
),
-- What every chain that this table uses is worth for the game.
component AS (
    SELECT
        r.nba_game_id,
        list({'chain': r.chain, 'score': CASE WHEN r.resolution = 'primary' THEN 100 ELSE coalesce(r.score, 0) END::DECIMAL(4,1)} ORDER BY r.chain) AS component_scores,
        sum(r.impact) AS impact,
        bool_or(u.is_required AND coalesce(r.score, 0) = 0) AS lacks_component,
        list('missing_component:' || r.chain ORDER BY r.chain)
            FILTER (r.impact > 0 OR u.is_required AND coalesce(r.score, 0) = 0 AND r.chain <> 'player_boxscores') AS missing
    FROM reference.chain_uses AS u
    JOIN model.resolution AS r ON r.chain = u.chain
    WHERE u.table_name = 'player_game_summary'
    GROUP BY r.nba_game_id
),
judged AS (
    SELECT
        l.*,
        r.source_used,
        r.is_fallback,
        r.resolution,
        r.score AS source_score,
        r.snapshot_at,
        r.due_at,
        r.object,
        r.object_crc32c,
        r.is_gone,
        r.resolution = 'partial' AND NOT l.is_whole AS is_part,
        coalesce(v.is_disagreement, false) AS is_disagreement,
        c.component_scores,
        c.missing AS missing_components,
        f.missing,
        f.rates,
        CASE
            WHEN c.lacks_component OR l.player_status = 'unknown'::player_status OR f.lacks_required THEN 0
            WHEN l.player_status = 'played'::player_status
                THEN row_score(r.score, c.impact::DECIMAL(4,1), threshold('optional_fields')::BIGINT, f.null_weight, f.all_weight)
            ELSE r.score
        END::DECIMAL(4,1) AS base
    FROM line AS l
    JOIN model.resolution AS r ON r.nba_game_id = l.nba_game_id AND r.chain = 'player_boxscores'
    JOIN component AS c ON c.nba_game_id = l.nba_game_id
    LEFT JOIN model.validation AS v ON v.nba_game_id = l.nba_game_id
    LEFT JOIN fault AS f ON f.nba_game_id = l.nba_game_id AND f.team = l.team AND f.player_lookup = l.player_lookup
),
scored AS (
    SELECT
        *,
        least(
            base,
            CASE WHEN is_fallback OR is_part OR is_disagreement THEN top_of('silver'::tier) ELSE 100 END,
            CASE WHEN is_gone THEN threshold('historical_score') ELSE 100 END
        )::DECIMAL(4,1) AS quality_score
    FROM judged
)
SELECT
    s.nba_game_id,
    g.game_date,
    g.season,
    s.player_lookup,
    coalesce(s.nba_player_id, n.nba_player_id) AS nba_player_id,
    s.player_name,
    s.team,
    CASE WHEN s.team = g.home_team THEN g.away_team ELSE g.home_team END AS opponent,
    s.player_status,
    s.status_reason AS dnp_reason,
    s.minutes,
    s.points,
    s.assists,
    s.offensive_rebounds,
    s.defensive_rebounds,
    s.steals,
    s.blocks,
    s.turnovers,
    s.personal_fouls,
    s.fg_makes,
    s.fg_attempts,
    s.three_pt_makes,
    s.three_pt_attempts,
    s.ft_makes,
    s.ft_attempts,
    s.plus_minus,
    s.component_scores,
    tier_of(s.quality_score) AS quality_tier,
    s.quality_score,
    list_filter([
        CASE WHEN s.is_fallback THEN 'backup_source_used' END,
        CASE WHEN s.is_part THEN 'partial_source' END,
        CASE WHEN s.is_disagreement THEN 'validation_failure' END,
        CASE WHEN s.is_gone THEN 'historical_data' END,
        CASE WHEN s.player_status = 'unknown'::player_status THEN 'unknown_status' END
    ], lambda x: x IS NOT NULL) || coalesce(s.missing_components, []) || coalesce(s.missing, []) || coalesce(s.rates, []) AS quality_issues,
    [s.source_used] AS data_sources,
    1::BIGINT AS quality_sample_size,
    s.is_fallback AS quality_used_fallback,
    false AS quality_reconstructed,
    -- Before the chain was due another than its primary was no answer yet.
    greatest(s.snapshot_at, CASE WHEN s.resolution = 'primary' THEN s.snapshot_at ELSE s.due_at END) AS quality_calculated_at,
    json_object('chain', 'player_boxscores', 'resolution', s.resolution::VARCHAR, 'source_score', s.source_score,
        'before_caps', s.base)::VARCHAR AS quality_metadata,
    sha256(s.object || ' ' || s.object_crc32c || ' ' || s.resolution::VARCHAR || ' ' || s.source_score || ' ' || s.is_gone) AS input_fingerprint
FROM scored AS s
JOIN model.game AS g ON g.nba_game_id = s.nba_game_id
LEFT JOIN named AS n ON n.nba_game_id = s.nba_game_id AND n.team = s.team AND n.player_lookup = s.player_lookup
-- Two names as written may be one normalised: the one who played, else who is known to have been there.
QUALIFY row_number() OVER (
    PARTITION BY s.nba_game_id, s.team, s.player_lookup ORDER BY s.player_status, s.player) = 1
