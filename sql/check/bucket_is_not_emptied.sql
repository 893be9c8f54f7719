-- The bucket lists about as many objects as when it was last published from: one that was emptied, or another one, must not empty the warehouse (RULES.md, "Blocking checks", 10).
-- grain: one row if it does not
-- reads: stage.object, threshold
-- param: listed_before BIGINT -- objects that the newest run found in the listing; NULL before the first
-- param: accept_loss BOOLEAN -- a person says that they are really gone
-- severity: block
-- finds: the bucket lists far fewer objects than the newest run found: is it this bucket and this prefix, and did somebody empty it? If the objects are really gone, add --accept-loss
-- over: stage.object
-- column: listed BIGINT -- objects in the listing
-- column: listed_before BIGINT -- those that the newest run found
SELECT count(*) FILTER (is_listed) AS listed, $listed_before::BIGINT AS listed_before
FROM stage.object
HAVING NOT $accept_loss::BOOLEAN AND listed < threshold('objects_kept') * $listed_before::BIGINT
