-- What the last audit found: what the platform's tables lack, or hold and should not. A night that did not look leaves it as it is.
-- grain: game, audited_table
-- reads: model.audit_finding, model.game_identity, printable
-- key: game, audited_table
-- cluster: audit_status
-- empty: every table holds what it should, or nobody looked
-- column: game VARCHAR -- 10-digit id; of a game that no schedule holds its id as the table has it; '' of rows without one, and of a table that could not be read
-- columns: nba_game_id, game_code_id from model.audit_finding
-- column: game_date DATE -- Eastern date of tip-off; of a game that no schedule holds that of its rows; NULL of a table that could not be read
-- column: season VARCHAR -- such as 2024-25; NULL where no schedule holds the game, as the next three
-- column: game_type VARCHAR -- regular, playoffs, play_in, cup_final
-- column: away_team VARCHAR -- tricode
-- column: home_team VARCHAR -- tricode
-- columns: audited_table, audit_status from model.audit_finding
-- column: severity VARCHAR -- info, warning or critical; info where a person has accepted that the source has nothing
-- columns: chain, source, rows_found, rows_expected, due_at from model.audit_finding
-- column: detail VARCHAR -- what is wrong
SELECT
    coalesce(f.game, '') AS game,
    f.nba_game_id,
    f.game_code_id,
    f.game_date,
    g.season,
    g.game_type,
    g.away_team,
    g.home_team,
    f.audited_table,
    f.audit_status,
    f.severity::VARCHAR AS severity,
    f.chain,
    f.source,
    f.rows_found,
    f.rows_expected,
    f.due_at,
    printable(f.reason) AS detail
FROM model.audit_finding AS f
LEFT JOIN model.game_identity AS g ON g.nba_game_id = f.nba_game_id
