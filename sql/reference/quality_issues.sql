-- The closed list of what may stand in quality_issues: the part before the first colon (RULES.md, "Quality columns").
-- grain: prefix
-- column: prefix VARCHAR -- the issue
-- column: form VARCHAR -- how it is written
-- column: meaning VARCHAR -- what it says
SELECT
    prefix::VARCHAR AS prefix,
    form::VARCHAR AS form,
    meaning::VARCHAR AS meaning
FROM (VALUES
    ('missing_required', 'missing_required:<field>', 'a field without which the row is worth nothing is NULL'),
    ('missing_optional', 'missing_optional:<field>', 'a field that costs part of the score is NULL'),
    ('not_a_number', 'not_a_number:<field>', 'what stands there is no number, and so it is NULL'),
    ('missing_component', 'missing_component:<chain>', 'a chain that the row uses failed'),
    ('high_null_rate', 'high_null_rate:<field>:<percent>', 'the field is NULL in so many of the game''s rows that played'),
    ('backup_source_used', 'backup_source_used', 'the chain''s primary did not supply the row'),
    ('reconstructed', 'reconstructed', 'the row was computed from the players'' rows'),
    ('partial_source', 'partial_source', 'the source is whole for the other team only'),
    ('no_source', 'no_source', 'no source had it: the row is a placeholder'),
    ('unknown_status', 'unknown_status', 'nobody knows whether the player played'),
    ('validation_failure', 'validation_failure', 'team points, the players'' sum and the final score disagree'),
    ('disagrees', 'disagrees:<field>:<source>', 'another whole source gives another number'),
    ('historical_data', 'historical_data', 'the object that supplied it is no longer in the bucket'),
    ('early_season', 'early_season:<sample>/<expected>', 'the team has played few games of the season'),
    ('thin_sample', 'thin_sample:<sample>/<expected>', 'fewer games in the window than there should be'),
    ('not_covered', 'not_covered:<games>/<slots>', 'games of the window without a usable row'),
    ('includes_low_quality_input', 'includes_low_quality_input', 'an unusable row was left out of the window'),
    ('input', 'input:<issue>', 'inherited from a row in the window')
) AS v (prefix, form, meaning)
