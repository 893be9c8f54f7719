-- Which feed and which game or date each landed object is of, by its name alone: what a run landed that another had not.
-- grain: object, generation
-- reads: stage.landed
-- column: feed VARCHAR -- source or scraper_failures; NULL if the path fits no layout
-- column: about VARCHAR -- the game as the path writes it, else the date, else the folder; NULL if the path has none
-- column: object VARCHAR -- object name
SELECT feed, coalesce(path_game, path_date::VARCHAR, date_text, folder) AS about, object
FROM stage.landed
ORDER BY feed, about, object, generation
