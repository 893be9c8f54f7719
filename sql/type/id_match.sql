-- How a payload's game was found in the schedule, from the plainest to the oddest (RULES.md, "Matching").
SELECT unnest(['exact', 'home_away_reversed', 'date_shifted', 'postponed_date'])
