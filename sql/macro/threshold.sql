-- The value of one named threshold.
-- reads: reference.thresholds
-- param: threshold_name VARCHAR -- a name in reference.thresholds
SELECT value FROM reference.thresholds WHERE name = threshold_name
