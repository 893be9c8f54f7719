-- What the platform's own tables lack, or hold and should not, and what ours have lost: expected minus actual, of every game and audited table; nothing where nobody looked (RULES.md, "Audit").
-- grain: audited_table, game
-- reads: audited, model.table_read, reference.audited_tables, reference.chains, stage.nbac_schedule, model.game, model.cell, model.resolution, model.player_game, state.events, state.actions, game_code, nba_id
-- param: as_of TIMESTAMPTZ -- instant that the run answers for; only what runs before it recorded exists
-- column: audited_table VARCHAR -- dataset and table, one that we publish without its dataset; * for all of the platform's
-- column: audit_status VARCHAR -- unknown, unexpected, no_evidence, row_mismatch, no_source, completely_missing, logged_but_no_data, never_processed or not_published
-- column: severity severity -- info where a person has accepted that the source has nothing
-- column: game VARCHAR -- 10-digit id; of an unexpected game its id as the table has it; NULL of a table that could not be read, and of what was lost and has none
-- column: nba_game_id VARCHAR -- the game; NULL of one that no schedule holds
-- column: game_code_id VARCHAR -- YYYYMMDD_AWY_HOM
-- column: game_date DATE -- Eastern date of tip-off; of an unexpected game that of its rows
-- column: teams VARCHAR -- away@home
-- column: chain VARCHAR -- the chain whose data the table holds; of a game that is missing everywhere one of its box scores
-- column: source VARCHAR -- the feed that the table is loaded from; NULL for one that is made from the whole chain
-- column: rows_found BIGINT -- rows of the game under its date
-- column: rows_expected BIGINT -- rows that there should be; NULL where nobody knows
-- column: due_at TIMESTAMPTZ -- since when the table has to hold the game (UTC); NULL of one that no schedule holds
-- column: reason VARCHAR -- what is wrong
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
held AS (
    SELECT t.dataset_name, t.table_name, t.chain, t.source, a.game AS id, a.game_date, a.rows_found, a.keys_found, k.nba_game_id
    FROM audited AS a
    JOIN reference.audited_tables AS t USING (dataset_name, table_name)
    JOIN model.table_read AS d ON d.dataset_name = t.dataset_name AND d.table_name = t.table_name AND d.fault IS NULL
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
-- An event of the chain or of the very table that was recorded, and ended because something was done or came.
handled AS (
    SELECT e.nba_game_id, e.chain, e.table_name, max(a.acted_at) AS handled_at
    FROM state.events AS e
    JOIN state.actions AS a ON a.event_id = e.event_id
    WHERE a.action = 'resolved' AND a.method IN ('source_recovered', 'backfill', 'manual_entry')
        AND e.as_of < $as_of::TIMESTAMPTZ AND a.as_of < $as_of::TIMESTAMPTZ
    GROUP BY e.nba_game_id, e.chain, e.table_name
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
        greatest(d.handled_at, o.handled_at) AS handled_at,
        r.late_until + to_hours(t.delay_hours) AS due_at,
        coalesce(r.severity, k.severity) AS chain_severity,
        k.subject IS NOT NULL AS is_box_score,
        coalesce(c.is_accepted, false) OR coalesce(r.is_accepted, false) AS is_accepted
    FROM model.game AS g
    CROSS JOIN reference.audited_tables AS t
    JOIN model.table_read AS x ON x.dataset_name = t.dataset_name AND x.table_name = t.table_name AND x.fault IS NULL
    JOIN reference.chains AS k ON k.chain = t.chain
    LEFT JOIN held_game AS h ON h.dataset_name = t.dataset_name AND h.table_name = t.table_name AND h.nba_game_id = g.nba_game_id
    LEFT JOIN model.cell AS c ON c.nba_game_id = g.nba_game_id AND c.source = t.source
    LEFT JOIN model.resolution AS r ON r.nba_game_id = g.nba_game_id AND r.chain = t.chain
    LEFT JOIN played AS m ON m.nba_game_id = g.nba_game_id
    LEFT JOIN (SELECT nba_game_id, chain, max(handled_at) AS handled_at FROM handled WHERE table_name IS NULL GROUP BY nba_game_id, chain) AS d
        ON d.nba_game_id = g.nba_game_id AND d.chain = t.chain
    LEFT JOIN handled AS o
        ON o.nba_game_id = g.nba_game_id AND o.chain = t.chain AND o.table_name = t.dataset_name || '.' || t.table_name
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
    WHERE is_box_score AND audit_status IS NOT NULL AND NOT EXISTS (FROM model.table_read WHERE fault IS NOT NULL)
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
        nba_game_id,
        chain,
        source,
        due_at,
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
        nba_game_id,
        min(chain) AS chain,
        max(due_at) AS due_at,
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
        any_value(chain) AS chain,
        any_value(source) AS source,
        sum(rows_found)::BIGINT AS rows_found,
        CASE WHEN id IS NULL THEN 'its rows have no id of a game' ELSE 'no schedule ever held the game' END AS reason
    FROM held
    WHERE nba_game_id IS NULL
    GROUP BY dataset_name, table_name, id
    UNION ALL BY NAME
    SELECT
        'warning'::severity AS severity,
        'unknown' AS audit_status,
        t.dataset_name || '.' || t.table_name AS audited_table,
        t.chain,
        t.source,
        x.fault AS reason
    FROM model.table_read AS x
    JOIN reference.audited_tables AS t USING (dataset_name, table_name)
    WHERE x.fault IS NOT NULL
    UNION ALL BY NAME
    -- Our own tables are held to the last receipts; how many rows of a partition are of which game nobody counts.
    SELECT
        'warning'::severity AS severity,
        'not_published' AS audit_status,
        a.table_name AS audited_table,
        a.game,
        a.game AS nba_game_id,
        any_value(g.game_code_id) AS game_code_id,
        min(a.game_date) AS game_date,
        any_value(g.away_team || '@' || g.home_team) AS teams,
        0 AS rows_found,
        sum(a.rows_lost)::BIGINT || ' rows of '
            || CASE WHEN count(*) > 1 THEN count(*) || ' dates' WHEN min(a.game_date) = DATE '1970-01-01' THEN 'the table' ELSE min(a.game_date)::VARCHAR END
            || ' are gone since they were loaded; the night loads them again' AS reason
    FROM audited AS a
    LEFT JOIN model.game AS g ON g.nba_game_id = a.game
    WHERE a.rows_lost IS NOT NULL
    GROUP BY a.table_name, a.game
)
SELECT
    audited_table,
    audit_status,
    severity,
    game,
    nba_game_id,
    game_code_id,
    game_date,
    teams,
    chain,
    source,
    rows_found,
    rows_expected,
    due_at,
    reason
FROM finding
-- Who read nothing knows nothing.
WHERE EXISTS (FROM audited)
