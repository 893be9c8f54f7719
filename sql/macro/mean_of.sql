-- A mean to two decimals, rounded half away from zero in whole numbers; NULL over nothing.
-- param: total DECIMAL(10,2) -- a sum that is not negative
-- param: over_count BIGINT -- how many were added
SELECT ((200 * total::DECIMAL(12,2) + over_count)::BIGINT // nullif(2 * over_count, 0) * 0.01)::DECIMAL(8,2)
