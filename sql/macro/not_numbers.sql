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
    WHEN regexp_full_match(
        coalesce(said_minutes, '') || chr(31) || concat_ws(chr(31), said_points, said_fg_makes, said_fg_attempts, said_three_pt_makes, said_three_pt_attempts,
            said_ft_makes, said_ft_attempts, said_offensive_rebounds, said_defensive_rebounds, said_rebounds,
            said_assists, said_steals, said_blocks, said_turnovers, said_personal_fouls, said_plus_minus),
        '(?:\d{1,3}(?:\.\d+)?(?::[0-5]\d)?)?(?:\x1f(?:-?\d{1,9})?)*')
        THEN NULL
    ELSE nullif(list_transform(
        list_filter([
            {'field': 'minutes', 'said': said_minutes},
            {'field': 'points', 'said': said_points},
            {'field': 'fg_makes', 'said': said_fg_makes},
            {'field': 'fg_attempts', 'said': said_fg_attempts},
            {'field': 'three_pt_makes', 'said': said_three_pt_makes},
            {'field': 'three_pt_attempts', 'said': said_three_pt_attempts},
            {'field': 'ft_makes', 'said': said_ft_makes},
            {'field': 'ft_attempts', 'said': said_ft_attempts},
            {'field': 'offensive_rebounds', 'said': said_offensive_rebounds},
            {'field': 'defensive_rebounds', 'said': said_defensive_rebounds},
            {'field': 'rebounds', 'said': said_rebounds},
            {'field': 'assists', 'said': said_assists},
            {'field': 'steals', 'said': said_steals},
            {'field': 'blocks', 'said': said_blocks},
            {'field': 'turnovers', 'said': said_turnovers},
            {'field': 'personal_fouls', 'said': said_personal_fouls},
            {'field': 'plus_minus', 'said': said_plus_minus}],
            -- Nothing, a dash: no value, and nothing else either.
            lambda x: trim(x.said) NOT IN ('', '-', '--')
                AND CASE WHEN x.field = 'minutes' THEN minutes_of(x.said) IS NULL ELSE count_of(x.said) IS NULL END),
        lambda x: {'field': x.field, 'said': left(x.said, 40)}), [])
END
