-- The score of a row before its caps, rounded half away from zero in whole numbers (RULES.md, "Rows of a game").
-- param: base_score DECIMAL(4,1) -- score of its source
-- param: points_lost DECIMAL(4,1) -- what failed components take from it
-- param: share_points BIGINT -- what it would lose if every optional field were NULL
-- param: null_weight BIGINT -- weight of those that are NULL
-- param: all_weight BIGINT -- weight of all optional fields
SELECT (greatest(0, ((20 * ((base_score - points_lost) * all_weight - share_points * null_weight))::BIGINT + all_weight)
    // (2 * all_weight)) * 0.1)::DECIMAL(4,1)
