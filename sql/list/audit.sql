-- What the platform's own tables lack, or hold and should not: expected minus actual, of every game and audited table, whatever the run's window (RULES.md, "Audit").
-- grain: table_name, game
-- reads: audited, reference.audited_tables, reference.chains, stage.nbac_schedule, model.game, model.cell, model.resolution, model.player_game, state.events, state.actions, game_code, nba_id, is_game
-- param: as_of TIMESTAMPTZ -- instant that the run answered for
-- param: audit_from DATE -- first game date that is listed; NULL for no first
-- param: audit_to DATE -- last game date that is listed; NULL for no last
-- param: game VARCHAR -- the one game that is listed, by any of its ids (is_game); NULL for all
-- column: severity VARCHAR -- info, warning or critical; info where a person has accepted that the source has nothing
-- column: audit_status VARCHAR -- unknown, unexpected, no_evidence, row_mismatch, no_source, completely_missing, logged_but_no_data or never_processed
-- column: audited_table VARCHAR -- dataset and table; * for all of them
-- column: game VARCHAR -- 10-digit id; of an unexpected game its id as the table has it; NULL of a table that could not be read
-- column: game_date DATE -- Eastern date of tip-off; of an unexpected game that of its rows
-- column: teams VARCHAR -- away@home
-- column: rows_found BIGINT -- rows of the game under its date
-- column: rows_expected BIGINT -- rows that there should be; NULL where nobody knows
-- column: reason VARCHAR -- what is wrong
-- column: first_date DATE -- first of the consecutive dates on which the table has the same finding
-- column: last_date DATE -- the last of them
-- column: games BIGINT -- games of these dates that have it
-- column: next VARCHAR -- what to type
WITH listed AS (
    SELECT DISTINCT nba_game_id, game_date, away_team, home_team
    FROM stage.nbac_schedule
    WHERE nba_game_id IS NOT NULL AND game_date IS NOT NULL
),
-- Every id that a table may have a game under: also that of a date on which it was once, and with the teams the wrong way round.
known_id AS (
    SELECT id_form, id, min(nba_game_id) AS nba_game_id
    FROM (
        SELECT 'nba' AS id_form, nba_game_id AS id, nba_game_id FROM listed
        UNION ALL
        SELECT 'code', game_code(game_date, away_team, home_team), nba_game_id FROM listed
        UNION ALL
        SELECT 'code', game_code(game_date, home_team, away_team), nba_game_id FROM listed
    )
    GROUP BY id_form, id
),
table_read AS (
    SELECT
        t.dataset_name,
        t.table_name,
        CASE WHEN count(a.table_name) = 0 THEN 'nobody has read it' ELSE min(a.fault) END AS fault
    FROM reference.audited_tables AS t
    LEFT JOIN audited AS a USING (dataset_name, table_name)
    GROUP BY t.dataset_name, t.table_name
),
held AS (
    SELECT t.dataset_name, t.table_name, a.game AS id, a.game_date, a.rows_found, a.keys_found, k.nba_game_id
    FROM audited AS a
    JOIN reference.audited_tables AS t USING (dataset_name, table_name)
    JOIN table_read AS d ON d.dataset_name = t.dataset_name AND d.table_name = t.table_name AND d.fault IS NULL
    LEFT JOIN known_id AS k ON k.id_form = t.id_form AND k.id = CASE t.id_form WHEN 'nba' THEN nba_id(a.game) ELSE upper(a.game) END
    WHERE a.rows_found > 0
),
-- A loader that keeps a moved game under both of its dates holds it twice, and that is known: the date that counts is judged.
held_game AS (
    SELECT
        h.dataset_name,
        h.table_name,
        h.nba_game_id,
        coalesce(sum(h.rows_found) FILTER (h.game_date = g.game_date), 0)::BIGINT AS rows_found,
        coalesce(sum(h.rows_found - h.keys_found) FILTER (h.game_date = g.game_date), 0)::BIGINT AS surplus,
        coalesce(sum(h.rows_found) FILTER (l.nba_game_id IS NULL), 0)::BIGINT AS astray
    FROM held AS h
    JOIN model.game AS g USING (nba_game_id)
    LEFT JOIN (SELECT DISTINCT nba_game_id, game_date FROM listed) AS l ON l.nba_game_id = h.nba_game_id AND l.game_date = h.game_date
    GROUP BY h.dataset_name, h.table_name, h.nba_game_id
),
played AS (
    SELECT nba_game_id, count(*) AS men FROM model.player_game WHERE player_status = 'played'::player_status GROUP BY nba_game_id
),
-- An event of the chain that was recorded, and ended because something was done or came.
handled AS (
    SELECT e.nba_game_id, e.chain, max(a.acted_at) AS handled_at
    FROM state.events AS e
    JOIN state.actions AS a ON a.event_id = e.event_id
    WHERE a.action = 'resolved' AND a.method IN ('source_recovered', 'backfill', 'manual_entry')
    GROUP BY e.nba_game_id, e.chain
),
cell AS (
    SELECT
        g.nba_game_id,
        g.game_date,
        g.game_code_id,
        g.away_team || '@' || g.home_team AS teams,
        t.dataset_name,
        t.table_name,
        t.source,
        t.chain,
        t.rows_expected = 'players' AND t.source IS NULL AS is_at_least,
        CASE
            WHEN t.rows_expected <> 'players' THEN t.rows_expected::BIGINT
            WHEN t.source IS NULL THEN m.men
            WHEN c.status = 'present' THEN c.rows_found
        END AS rows_expected,
        h.nba_game_id IS NOT NULL AS is_held,
        coalesce(h.rows_found, 0) AS rows_found,
        h.surplus,
        h.astray,
        g.is_competitive AND CASE WHEN t.source IS NULL THEN r.source_used IS NULL ELSE c.object IS NULL END AS has_no_object,
        g.is_competitive AND g.game_type IS DISTINCT FROM t.never_holds AND CASE WHEN t.source IS NULL THEN r.is_due ELSE c.is_expected END AS is_expected,
        coalesce(r.is_past_grace, false) AND $as_of::TIMESTAMPTZ >= r.late_until + to_hours(t.delay_hours) AS is_past,
        r.source_used IS NULL AS chain_has_none,
        coalesce(t.source IS NOT NULL AND c.status <> 'present', false) AS source_has_none,
        c.status::VARCHAR AS source_status,
        d.handled_at,
        coalesce(r.severity, k.severity) AS chain_severity,
        k.subject IS NOT NULL AS is_box_score,
        coalesce(c.is_accepted, false) OR coalesce(r.is_accepted, false) AS is_accepted
    FROM model.game AS g
    CROSS JOIN reference.audited_tables AS t
    JOIN table_read AS x ON x.dataset_name = t.dataset_name AND x.table_name = t.table_name AND x.fault IS NULL
    JOIN reference.chains AS k ON k.chain = t.chain
    LEFT JOIN held_game AS h ON h.dataset_name = t.dataset_name AND h.table_name = t.table_name AND h.nba_game_id = g.nba_game_id
    LEFT JOIN model.cell AS c ON c.nba_game_id = g.nba_game_id AND c.source = t.source
    LEFT JOIN model.resolution AS r ON r.nba_game_id = g.nba_game_id AND r.chain = t.chain
    LEFT JOIN played AS m ON m.nba_game_id = g.nba_game_id
    LEFT JOIN handled AS d ON d.nba_game_id = g.nba_game_id AND d.chain = t.chain
),
judged AS (
    SELECT
        *,
        CASE
            WHEN is_held AND has_no_object THEN 'no_evidence'
            WHEN is_held AND (rows_found = 0 OR surplus > 0 OR astray > 0 OR rows_found < rows_expected OR rows_found > rows_expected AND NOT is_at_least)
                THEN 'row_mismatch'
            WHEN is_held THEN 'ok'
            WHEN NOT coalesce(is_expected, false) THEN NULL
            WHEN NOT coalesce(is_past, false) THEN 'not_due'
            WHEN chain_has_none OR source_has_none THEN 'no_source'
            WHEN handled_at IS NOT NULL THEN 'logged_but_no_data'
            ELSE 'never_processed'
        END AS audit_status
    FROM cell
),
-- A schedule always holds the games that are known by it: only box scores can say that all is missing. Who could not read a table does not know.
bare AS (
    SELECT nba_game_id
    FROM judged
    WHERE is_box_score AND audit_status IS NOT NULL AND NOT EXISTS (FROM table_read WHERE fault IS NOT NULL)
    GROUP BY nba_game_id
    HAVING bool_and(audit_status = 'no_source')
),
finding AS (
    SELECT
        CASE
            WHEN audit_status IN ('never_processed', 'logged_but_no_data') THEN 'critical'::severity
            WHEN audit_status = 'row_mismatch' THEN 'warning'::severity
            WHEN audit_status = 'no_source' AND chain_has_none AND NOT is_accepted THEN chain_severity
            ELSE 'info'::severity
        END AS severity,
        audit_status,
        dataset_name || '.' || table_name AS audited_table,
        nba_game_id AS game,
        game_date,
        game_code_id,
        teams,
        rows_found,
        rows_expected,
        CASE audit_status
            WHEN 'no_evidence' THEN 'it has rows of the game, and no object in the bucket does'
            WHEN 'row_mismatch' THEN CASE
                WHEN surplus > 0 THEN 'rows that stand there already: ' || surplus
                WHEN astray > 0 THEN 'rows under a date that no schedule gave the game: ' || astray
                WHEN rows_found = 0 THEN 'its rows stand under an earlier date of the game'
                ELSE 'rows: ' || rows_found || ', where ' || CASE WHEN is_at_least THEN 'at least ' ELSE '' END || rows_expected || ' should be'
            END
            WHEN 'no_source' THEN CASE WHEN chain_has_none THEN 'nothing supplies it: ' ELSE 'another source supplies the game: ' END
                || coalesce(source || ' is ' || source_status, 'no source of ' || chain || ' is there')
            WHEN 'logged_but_no_data' THEN 'its event ended on ' || handled_at::DATE || ', and the table lacks the game'
            ELSE 'the bucket has the game, the table does not'
        END AS reason
    FROM judged
    WHERE audit_status NOT IN ('ok', 'not_due')
        AND NOT (is_box_score AND audit_status = 'no_source' AND nba_game_id IN (FROM bare))
    UNION ALL BY NAME
    SELECT
        CASE WHEN bool_and(is_accepted) THEN 'info'::severity ELSE 'critical'::severity END AS severity,
        'completely_missing' AS audit_status,
        '*' AS audited_table,
        nba_game_id AS game,
        any_value(game_date) AS game_date,
        any_value(game_code_id) AS game_code_id,
        any_value(teams) AS teams,
        0 AS rows_found,
        'no source has a box score of it, and no table has a row' AS reason
    FROM judged
    WHERE is_box_score AND nba_game_id IN (FROM bare)
    GROUP BY nba_game_id
    UNION ALL BY NAME
    SELECT
        'warning'::severity AS severity,
        'unexpected' AS audit_status,
        dataset_name || '.' || table_name AS audited_table,
        id AS game,
        min(game_date) AS game_date,
        upper(id) AS game_code_id,
        sum(rows_found)::BIGINT AS rows_found,
        CASE WHEN id IS NULL THEN 'its rows have no id of a game' ELSE 'no schedule ever held the game' END AS reason
    FROM held
    WHERE nba_game_id IS NULL
    GROUP BY dataset_name, table_name, id
    UNION ALL BY NAME
    SELECT 'warning'::severity AS severity, 'unknown' AS audit_status, dataset_name || '.' || table_name AS audited_table, fault AS reason
    FROM table_read
    WHERE fault IS NOT NULL
),
asked AS (
    SELECT *
    FROM finding
    WHERE audit_status = 'unknown'
        OR ($game::VARCHAR IS NULL OR is_game($game::VARCHAR, game, game_code_id))
        AND ($audit_from::DATE IS NULL OR game_date >= $audit_from::DATE)
        AND ($audit_to::DATE IS NULL OR game_date <= $audit_to::DATE)
),
-- Consecutive are dates between which no date of any game lies.
day AS (
    SELECT game_date, dense_rank() OVER (ORDER BY game_date) AS nth
    FROM (SELECT game_date FROM model.game WHERE is_competitive UNION SELECT game_date FROM asked)
),
placed AS (
    SELECT
        a.*,
        d.nth - dense_rank() OVER (PARTITION BY a.audited_table, a.audit_status, a.severity ORDER BY a.game_date) AS island
    FROM asked AS a
    LEFT JOIN day AS d ON d.game_date = a.game_date
)
SELECT
    severity::VARCHAR AS severity,
    audit_status,
    audited_table,
    game,
    game_date,
    teams,
    rows_found,
    rows_expected,
    reason,
    min(game_date) OVER hole AS first_date,
    max(game_date) OVER hole AS last_date,
    count(*) OVER hole AS games,
    CASE
        WHEN audit_status = 'unknown' THEN 'see to what its reason says, then sourcecov audit again'
        WHEN audit_status IN ('no_source', 'completely_missing', 'no_evidence') AND game IS NOT NULL THEN 'sourcecov explain ' || game
        WHEN audit_status = 'unexpected' THEN 'sourcecov query "FROM stage.nbac_schedule WHERE game_date = ''' || coalesce(game_date::VARCHAR, '…') || '''"'
        ELSE 'load ' || first_date || '..' || last_date || ' of the table again, then sourcecov audit again'
    END AS next
FROM placed
WINDOW hole AS (PARTITION BY audited_table, audit_status, placed.severity, island)
ORDER BY placed.severity DESC, audit_status, audited_table, game_date, game
