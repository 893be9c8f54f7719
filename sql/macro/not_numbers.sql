-- The numbers of a line that hold something else, with what they hold; NULL where all are numbers or not there (RULES.md, "Snapshots": numbers).
-- reads: count_of, minutes_of
-- param: said_minutes VARCHAR -- minutes as written
-- param: said_points VARCHAR -- points as written
-- param: said_fg_makes VARCHAR -- fg_makes as written
-- param: said_fg_attempts VARCHAR -- fg_attempts as written
-- param: said_three_pt_makes VARCHAR -- three_pt_makes as written
-- param: said_three_pt_attempts VARCHAR -- three_pt_attempts as written
-- param: said_ft_makes VARCHAR -- ft_makes as written
-- param: said_ft_attempts VARCHAR -- ft_attempts as written
-- param: said_offensive_rebounds VARCHAR -- offensive_rebounds as written
-- param: said_defensive_rebounds VARCHAR -- defensive_rebounds as written
-- param: said_rebounds VARCHAR -- rebounds as written
-- param: said_assists VARCHAR -- assists as written
-- param: said_steals VARCHAR -- steals as written
-- param: said_blocks VARCHAR -- blocks as written
-- param: said_turnovers VARCHAR -- turnovers as written
-- param: said_personal_fouls VARCHAR -- personal_fouls as written
-- param: said_plus_minus VARCHAR -- plus_minus as written
SELECT CASE
    -- Nearly every line is plain, and one look tells it.
    WHEN (said_minutes IS NULL OR minutes_of(said_minutes) IS NOT NULL)
        AND regexp_full_match(concat_ws(chr(31), said_points, said_fg_makes, said_fg_attempts, said_three_pt_makes, said_three_pt_attempts,
            said_ft_makes, said_ft_attempts, said_offensive_rebounds, said_defensive_rebounds, said_rebounds,
            said_assists, said_steals, said_blocks, said_turnovers, said_personal_fouls, said_plus_minus), '(?:-?\d{1,9}(?:\x1f|$))*')
        THEN NULL
    ELSE nullif(list_filter([
        {'field': 'minutes', 'said': CASE WHEN minutes_of(said_minutes) IS NULL THEN left(said_minutes, 40) END},
        {'field': 'points', 'said': CASE WHEN count_of(said_points) IS NULL THEN left(said_points, 40) END},
        {'field': 'fg_makes', 'said': CASE WHEN count_of(said_fg_makes) IS NULL THEN left(said_fg_makes, 40) END},
        {'field': 'fg_attempts', 'said': CASE WHEN count_of(said_fg_attempts) IS NULL THEN left(said_fg_attempts, 40) END},
        {'field': 'three_pt_makes', 'said': CASE WHEN count_of(said_three_pt_makes) IS NULL THEN left(said_three_pt_makes, 40) END},
        {'field': 'three_pt_attempts', 'said': CASE WHEN count_of(said_three_pt_attempts) IS NULL THEN left(said_three_pt_attempts, 40) END},
        {'field': 'ft_makes', 'said': CASE WHEN count_of(said_ft_makes) IS NULL THEN left(said_ft_makes, 40) END},
        {'field': 'ft_attempts', 'said': CASE WHEN count_of(said_ft_attempts) IS NULL THEN left(said_ft_attempts, 40) END},
        {'field': 'offensive_rebounds', 'said': CASE WHEN count_of(said_offensive_rebounds) IS NULL THEN left(said_offensive_rebounds, 40) END},
        {'field': 'defensive_rebounds', 'said': CASE WHEN count_of(said_defensive_rebounds) IS NULL THEN left(said_defensive_rebounds, 40) END},
        {'field': 'rebounds', 'said': CASE WHEN count_of(said_rebounds) IS NULL THEN left(said_rebounds, 40) END},
        {'field': 'assists', 'said': CASE WHEN count_of(said_assists) IS NULL THEN left(said_assists, 40) END},
        {'field': 'steals', 'said': CASE WHEN count_of(said_steals) IS NULL THEN left(said_steals, 40) END},
        {'field': 'blocks', 'said': CASE WHEN count_of(said_blocks) IS NULL THEN left(said_blocks, 40) END},
        {'field': 'turnovers', 'said': CASE WHEN count_of(said_turnovers) IS NULL THEN left(said_turnovers, 40) END},
        {'field': 'personal_fouls', 'said': CASE WHEN count_of(said_personal_fouls) IS NULL THEN left(said_personal_fouls, 40) END},
        {'field': 'plus_minus', 'said': CASE WHEN count_of(said_plus_minus) IS NULL THEN left(said_plus_minus, 40) END}],
        -- Nothing, a dash: no value, and nothing else either.
        lambda x: trim(x.said) NOT IN ('', '-', '--')), [])
END
