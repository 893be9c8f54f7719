-- How a payload's game was found in the schedule, from the plainest to the oddest (01-semantics, "The grid").
SELECT unnest(['exact', 'home_away_reversed', 'date_shifted', 'postponed_date'])
