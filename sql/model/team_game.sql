-- One team in one game: its box score, from its own source, from its players' rows or not at all, and how good the row is (RULES.md, "Rows of a game" and "Reconstruction").
-- grain: nba_game_id, team
-- reads: model.game, model.final_score, model.resolution, model.best_line, model.player_game, model.validation, reference.fields, reference.chain_uses, row_score, tier_of, top_of, threshold
-- column: nba_game_id VARCHAR -- the game
-- column: game_date DATE -- Eastern date of tip-off
-- column: season VARCHAR -- such as 2024-25
-- column: team VARCHAR -- tricode
-- column: opponent VARCHAR -- the other team, tricode
-- column: is_home BOOLEAN -- by the schedule
-- column: points INTEGER -- points by the box score
-- column: final_score INTEGER -- points by the final score
-- column: assists INTEGER -- assists
-- column: offensive_rebounds INTEGER -- offensive rebounds
-- column: defensive_rebounds INTEGER -- defensive rebounds
-- column: steals INTEGER -- steals
-- column: blocks INTEGER -- blocks
-- column: turnovers INTEGER -- turnovers, team turnovers included
-- column: personal_fouls INTEGER -- personal fouls
-- column: fg_makes INTEGER -- field goals made
-- column: fg_attempts INTEGER -- field goals attempted
-- column: three_pt_makes INTEGER -- three-pointers made
-- column: three_pt_attempts INTEGER -- three-pointers attempted
-- column: ft_makes INTEGER -- free throws made
-- column: ft_attempts INTEGER -- free throws attempted
-- column: component_scores STRUCT(chain VARCHAR, score DECIMAL(4,1))[] -- what each chain that the row uses is worth: 100 its primary, 0 nothing
-- column: quality_tier tier -- follows from the score alone
-- column: quality_score DECIMAL(4,1) -- 0 to 100
-- column: quality_issues VARCHAR[] -- what keeps it from 100; their list is reference.quality_issues
-- column: data_sources VARCHAR[] -- the sources it is from
-- column: quality_sample_size BIGINT -- games behind it: 1
-- column: quality_used_fallback BOOLEAN -- another than the primary supplied it
-- column: quality_reconstructed BOOLEAN -- it was computed from the rows of players
-- column: quality_calculated_at TIMESTAMPTZ -- the newest snapshot in its lineage, or the due instant that had to pass, if later (UTC)
-- column: quality_metadata VARCHAR -- JSON: how the score came about
-- column: input_fingerprint VARCHAR -- SHA-256 over what it was made from
WITH summed AS (
    SELECT
        nba_game_id,
        team,
        -- A sum without one of its parts is no sum.
        sum(points) AS points,
        CASE WHEN count(assists) = count(*) THEN sum(assists) END AS assists,
        CASE WHEN count(offensive_rebounds) = count(*) THEN sum(offensive_rebounds) END AS offensive_rebounds,
        CASE WHEN count(defensive_rebounds) = count(*) THEN sum(defensive_rebounds) END AS defensive_rebounds,
        CASE WHEN count(steals) = count(*) THEN sum(steals) END AS steals,
        CASE WHEN count(blocks) = count(*) THEN sum(blocks) END AS blocks,
        CASE WHEN count(personal_fouls) = count(*) THEN sum(personal_fouls) END AS personal_fouls,
        CASE WHEN count(fg_makes) = count(*) THEN sum(fg_makes) END AS fg_makes,
        CASE WHEN count(fg_attempts) = count(*) THEN sum(fg_attempts) END AS fg_attempts,
        CASE WHEN count(three_pt_makes) = count(*) THEN sum(three_pt_makes) END AS three_pt_makes,
        CASE WHEN count(three_pt_attempts) = count(*) THEN sum(three_pt_attempts) END AS three_pt_attempts,
        CASE WHEN count(ft_makes) = count(*) THEN sum(ft_makes) END AS ft_makes,
        CASE WHEN count(ft_attempts) = count(*) THEN sum(ft_attempts) END AS ft_attempts,
        min(quality_score) AS lowest_score
    FROM model.player_game
    WHERE player_status = 'played'::player_status
    GROUP BY nba_game_id, team
),
-- Every team of every game whose chain has come to an answer; nothing is an answer too.
line AS (
    SELECT
        r.nba_game_id,
        t.team,
        r.kind_used = 'virtual'::source_kind AS is_sum,
        CASE WHEN is_sum THEN s.points ELSE b.points END::INTEGER AS points,
        CASE WHEN is_sum THEN s.assists ELSE b.assists END::INTEGER AS assists,
        CASE WHEN is_sum THEN s.offensive_rebounds ELSE b.offensive_rebounds END::INTEGER AS offensive_rebounds,
        CASE WHEN is_sum THEN s.defensive_rebounds ELSE b.defensive_rebounds END::INTEGER AS defensive_rebounds,
        CASE WHEN is_sum THEN s.steals ELSE b.steals END::INTEGER AS steals,
        CASE WHEN is_sum THEN s.blocks ELSE b.blocks END::INTEGER AS blocks,
        -- The team's own turnovers are in no player's row.
        CASE WHEN NOT is_sum THEN b.turnovers END AS turnovers,
        CASE WHEN is_sum THEN s.personal_fouls ELSE b.personal_fouls END::INTEGER AS personal_fouls,
        CASE WHEN is_sum THEN s.fg_makes ELSE b.fg_makes END::INTEGER AS fg_makes,
        CASE WHEN is_sum THEN s.fg_attempts ELSE b.fg_attempts END::INTEGER AS fg_attempts,
        CASE WHEN is_sum THEN s.three_pt_makes ELSE b.three_pt_makes END::INTEGER AS three_pt_makes,
        CASE WHEN is_sum THEN s.three_pt_attempts ELSE b.three_pt_attempts END::INTEGER AS three_pt_attempts,
        CASE WHEN is_sum THEN s.ft_makes ELSE b.ft_makes END::INTEGER AS ft_makes,
        CASE WHEN is_sum THEN s.ft_attempts ELSE b.ft_attempts END::INTEGER AS ft_attempts,
        coalesce(CASE WHEN is_sum THEN s.team IS NOT NULL ELSE b.team IS NOT NULL END, false) AS is_there,
        NOT is_sum AND coalesce(NOT b.is_whole, false) AS is_part,
        -- Worst wins: the sum is no better than the worst row in it.
        CASE WHEN is_sum AND s.lowest_score < r.score THEN s.lowest_score ELSE r.score END AS source_score
    FROM model.resolution AS r
    JOIN model.game AS g ON g.nba_game_id = r.nba_game_id
    CROSS JOIN LATERAL (VALUES (g.away_team), (g.home_team)) AS t (team)
    LEFT JOIN model.best_line AS b ON b.nba_game_id = r.nba_game_id AND b.source = r.source_used AND b.team = t.team AND b.player = ''
    LEFT JOIN summed AS s ON s.nba_game_id = r.nba_game_id AND s.team = t.team
    WHERE r.chain = 'team_boxscores'
        AND r.resolution NOT IN ('pending', 'not_applicable')
        AND (r.resolution <> 'none' OR r.on_all_fail = 'placeholder')
),
field AS (
    SELECT
        l.nba_game_id,
        l.team,
        f.field,
        f.is_required,
        f.weight,
        l.value IS NULL AS is_null,
        count(*) FILTER (l.value IS NULL) OVER one AS null_rows,
        count(*) OVER one AS all_rows
    FROM (
        SELECT nba_game_id, team, unnest([
            {'field': 'points', 'value': points}, {'field': 'fg_attempts', 'value': fg_attempts}, {'field': 'ft_attempts', 'value': ft_attempts},
            {'field': 'offensive_rebounds', 'value': offensive_rebounds}, {'field': 'defensive_rebounds', 'value': defensive_rebounds},
            {'field': 'assists', 'value': assists}, {'field': 'steals', 'value': steals}, {'field': 'blocks', 'value': blocks},
            {'field': 'turnovers', 'value': turnovers}, {'field': 'personal_fouls', 'value': personal_fouls}], recursive := true)
        FROM line
        WHERE is_there
    ) AS l
    JOIN reference.fields AS f ON f.subject = 'team' AND f.field = l.field
    WINDOW one AS (PARTITION BY l.nba_game_id, f.field)
),
fault AS (
    SELECT
        nba_game_id,
        team,
        bool_or(is_null AND is_required) AS lacks_required,
        coalesce(sum(weight) FILTER (is_null), 0)::BIGINT AS null_weight,
        sum(weight)::BIGINT AS all_weight,
        list(CASE WHEN is_required THEN 'missing_required:' ELSE 'missing_optional:' END || field ORDER BY field) FILTER (is_null) AS missing,
        list('high_null_rate:' || field || ':' || (200 * null_rows + all_rows) // (2 * all_rows) ORDER BY field)
            FILTER (null_rows > threshold('high_null_rate') * all_rows) AS rates
    FROM field
    GROUP BY nba_game_id, team
),
component AS (
    SELECT
        r.nba_game_id,
        list({'chain': r.chain, 'score': CASE WHEN r.resolution = 'primary' THEN 100 ELSE coalesce(r.score, 0) END::DECIMAL(4,1)} ORDER BY r.chain) AS component_scores,
        sum(r.impact) AS impact,
        bool_or(u.is_required AND coalesce(r.score, 0) = 0) AS lacks_component,
        list('missing_component:' || r.chain ORDER BY r.chain)
            FILTER (r.impact > 0 OR u.is_required AND coalesce(r.score, 0) = 0 AND r.chain <> 'team_boxscores') AS missing
    FROM reference.chain_uses AS u
    JOIN model.resolution AS r ON r.chain = u.chain
    WHERE u.table_name = 'team_offense_game_summary'
    GROUP BY r.nba_game_id
),
judged AS (
    SELECT
        l.*,
        r.source_used,
        r.rows_from,
        r.is_fallback,
        r.resolution,
        r.snapshot_at,
        r.due_at,
        r.late_until,
        r.object,
        r.object_crc32c,
        r.is_gone,
        coalesce(v.is_disagreement, false) AS is_disagreement,
        c.component_scores,
        c.missing AS missing_components,
        f.missing,
        f.rates,
        CASE
            WHEN NOT l.is_there OR c.lacks_component OR f.lacks_required THEN 0
            ELSE row_score(l.source_score, c.impact::DECIMAL(4,1), threshold('optional_fields')::BIGINT, f.null_weight, f.all_weight)
        END::DECIMAL(4,1) AS base
    FROM line AS l
    JOIN model.resolution AS r ON r.nba_game_id = l.nba_game_id AND r.chain = 'team_boxscores'
    JOIN component AS c ON c.nba_game_id = l.nba_game_id
    LEFT JOIN model.validation AS v ON v.nba_game_id = l.nba_game_id
    LEFT JOIN fault AS f ON f.nba_game_id = l.nba_game_id AND f.team = l.team
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
    s.team,
    CASE WHEN s.team = g.home_team THEN g.away_team ELSE g.home_team END AS opponent,
    s.team = g.home_team AS is_home,
    s.points,
    CASE WHEN s.team = g.home_team THEN e.home_score ELSE e.away_score END AS final_score,
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
    s.component_scores,
    tier_of(s.quality_score) AS quality_tier,
    s.quality_score,
    list_filter([
        CASE WHEN NOT s.is_there THEN 'no_source' END,
        CASE WHEN s.is_sum THEN 'reconstructed' END,
        CASE WHEN s.is_fallback AND NOT s.is_sum THEN 'backup_source_used' END,
        CASE WHEN s.is_part THEN 'partial_source' END,
        CASE WHEN s.is_disagreement THEN 'validation_failure' END,
        CASE WHEN s.is_gone THEN 'historical_data' END
    ], lambda x: x IS NOT NULL) || coalesce(s.missing_components, []) || coalesce(s.missing, []) || coalesce(s.rates, []) AS quality_issues,
    CASE
        WHEN s.source_used IS NULL THEN []
        WHEN s.is_sum THEN [s.source_used, s.rows_from]
        ELSE [s.source_used]
    END AS data_sources,
    1::BIGINT AS quality_sample_size,
    s.is_fallback AS quality_used_fallback,
    coalesce(s.is_sum, false) AS quality_reconstructed,
    CASE
        WHEN s.resolution = 'none' THEN s.late_until
        WHEN s.resolution = 'primary' THEN s.snapshot_at
        -- Before the chain was due another than its primary was no answer yet.
        ELSE greatest(s.snapshot_at, s.due_at)
    END AS quality_calculated_at,
    json_object('chain', 'team_boxscores', 'resolution', s.resolution::VARCHAR, 'source_score', s.source_score,
        'before_caps', s.base)::VARCHAR AS quality_metadata,
    sha256(coalesce(s.object, '') || ' ' || coalesce(s.object_crc32c::VARCHAR, '') || ' ' || s.resolution::VARCHAR || ' ' || s.source_score || ' ' || s.is_gone) AS input_fingerprint
FROM scored AS s
JOIN model.game AS g ON g.nba_game_id = s.nba_game_id
LEFT JOIN model.final_score AS e ON e.nba_game_id = s.nba_game_id
