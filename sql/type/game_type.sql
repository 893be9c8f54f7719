-- The kinds of games, in the order of the id's third digit (01-semantics, "Things").
SELECT unnest(['preseason', 'regular', 'all_star', 'playoffs', 'play_in', 'cup_final'])
