-- How good a row of a player or a team is, and why (RULES.md, "Rows of a game").
-- grain: subject, nba_game_id, team, player_lookup
-- parts: season
-- reads: model.player_line, model.team_line, model.resolution, model.supply, model.component, model.field_fault, model.validation, model.disputed_number, reference.subjects, row_score, tier_of, top_of, threshold
-- column: subject VARCHAR -- player or team
-- column: nba_game_id VARCHAR -- the game
-- column: team VARCHAR -- tricode
-- column: player_lookup VARCHAR -- normalised name; '' for a team
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
WITH line AS (
    SELECT 'player' AS subject, nba_game_id, team, player_lookup, player_status, true AS is_there, false AS is_sum, is_part, lent_by
    FROM model.player_line
    UNION ALL
    SELECT 'team', nba_game_id, team, '', NULL, is_there, is_sum, is_part, NULL
    FROM model.team_line
),
-- What whole sources say otherwise of his numbers.
disputed AS (
    SELECT
        nba_game_id,
        chain,
        team,
        player,
        any_value(known_at) AS disputed_at,
        coalesce(flatten(list(list_transform(against, lambda x: 'disagrees:' || field || ':' || x) ORDER BY field)), []) AS issues
    FROM model.disputed_number
    GROUP BY nba_game_id, chain, team, player
),
judged AS (
    SELECT
        l.*,
        d.disputed_at,
        coalesce(d.issues, []) AS disputes,
        r.* EXCLUDE (nba_game_id, score) REPLACE (
            r.is_fallback OR w.source IS NOT NULL AS is_fallback,
            -- A row that is borrowed is not the object's that was used.
            coalesce(w.is_gone, r.is_gone) AS is_gone),
        coalesce(w.score, r.score) AS source_score,
        w.snapshot_at AS lent_at,
        coalesce(w.source || ' ' || w.object || ' ' || w.object_crc32c::VARCHAR || ' ', '') AS lent_from,
        coalesce(v.is_disagreement, false) AS is_disagreement,
        c.component_scores,
        coalesce(c.issues, []) || coalesce(f.issues, []) AS missing,
        CASE
            -- Worth nothing: all that there could be is taken.
            WHEN NOT l.is_there OR l.player_status = 'unknown'::player_status OR c.is_lacking OR f.is_lacking THEN 100
            -- Who is known not to have played needs no numbers.
            WHEN l.player_status IN ('dnp', 'inactive') THEN 0
            ELSE c.impact
        END::DECIMAL(4,1) AS points_lost,
        threshold('optional_fields')::BIGINT AS optional_points,
        coalesce(f.null_weight, 0) AS null_weight,
        coalesce(f.all_weight, 1) AS all_weight,
        least(
            CASE WHEN r.is_fallback OR w.source IS NOT NULL OR l.is_part OR is_disagreement OR d.disputed_at IS NOT NULL THEN top_of('silver'::tier) ELSE 100 END,
            CASE WHEN coalesce(w.is_gone, r.is_gone) THEN threshold('historical_score') ELSE 100 END
        )::DECIMAL(4,1) AS cap
    FROM line AS l
    JOIN reference.subjects AS j ON j.subject = l.subject
    JOIN model.resolution AS r ON r.nba_game_id = l.nba_game_id AND r.chain = j.chain
    LEFT JOIN model.supply AS w ON w.nba_game_id = l.nba_game_id AND w.chain = j.chain AND w.source = l.lent_by
    JOIN model.component AS c ON c.nba_game_id = l.nba_game_id AND c.subject = l.subject
    LEFT JOIN disputed AS d ON d.nba_game_id = l.nba_game_id AND d.chain = j.chain AND d.team = l.team AND d.player = l.player_lookup
    LEFT JOIN model.validation AS v ON v.nba_game_id = l.nba_game_id
    LEFT JOIN model.field_fault AS f
        ON f.nba_game_id = l.nba_game_id AND f.team = l.team AND f.player_lookup = l.player_lookup AND f.subject = l.subject
),
-- Worst wins: a sum is no better than the worst row in it.
summed AS (
    SELECT
        nba_game_id,
        team,
        min(least(row_score(source_score, points_lost, optional_points, null_weight, all_weight), cap)) AS lowest_score
    FROM judged
    WHERE player_status = 'played'::player_status
    GROUP BY nba_game_id, team
),
scored AS (
    SELECT
        j.* EXCLUDE (source_score),
        CASE WHEN j.is_sum AND s.lowest_score < j.source_score THEN s.lowest_score ELSE j.source_score END AS score_of_source,
        row_score(score_of_source, j.points_lost, j.optional_points, j.null_weight, j.all_weight) AS before_caps,
        least(before_caps, j.cap) AS quality_score
    FROM judged AS j
    LEFT JOIN summed AS s ON s.nba_game_id = j.nba_game_id AND s.team = j.team
)
SELECT
    subject,
    nba_game_id,
    team,
    player_lookup,
    component_scores,
    tier_of(quality_score) AS quality_tier,
    quality_score,
    list_filter([
        CASE WHEN NOT is_there THEN 'no_source' END,
        CASE WHEN is_sum THEN 'reconstructed' END,
        CASE WHEN is_fallback AND NOT is_sum THEN 'backup_source_used' END,
        CASE WHEN is_part THEN 'partial_source' END,
        CASE WHEN is_disagreement THEN 'validation_failure' END,
        CASE WHEN is_gone THEN 'historical_data' END,
        CASE WHEN player_status = 'unknown'::player_status THEN 'unknown_status' END
    ], lambda x: x IS NOT NULL) || disputes || missing AS quality_issues,
    CASE
        WHEN source_used IS NULL THEN []
        WHEN is_sum THEN [source_used, rows_from]
        WHEN lent_by IS NOT NULL THEN [source_used, lent_by]
        ELSE [source_used]
    END AS data_sources,
    1::BIGINT AS quality_sample_size,
    is_fallback AS quality_used_fallback,
    is_sum AS quality_reconstructed,
    CASE
        WHEN resolution = 'none' THEN late_until
        WHEN resolution = 'primary' AND lent_by IS NULL THEN greatest(snapshot_at, disputed_at)
        -- Before the chain was due another than its primary was no answer yet.
        ELSE greatest(snapshot_at, due_at, lent_at, disputed_at)
    END AS quality_calculated_at,
    json_object('chain', chain, 'resolution', resolution::VARCHAR, 'source_score', score_of_source, 'before_caps', before_caps)::VARCHAR AS quality_metadata,
    sha256(lent_from || array_to_string(disputes, ' ') || coalesce(object, '') || ' ' || coalesce(object_crc32c::VARCHAR, '') || ' ' || resolution::VARCHAR || ' ' || score_of_source || ' ' || is_gone) AS input_fingerprint
FROM scored
