-- The kinds of games, in the order of the id's third digit (RULES.md, "Games").
SELECT unnest(['preseason', 'regular', 'all_star', 'playoffs', 'play_in', 'cup_final'])
