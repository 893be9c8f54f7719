-- What each member of a chain could supply for a game: a real or manual one its cell, a virtual one what its input chain comes to (RULES.md, "Resolving a chain" and "Reconstruction").
-- grain: nba_game_id, chain, place
-- parts: season
-- reads: model.game, model.cell, model.snapshot, stage.object, reference.chain_sources
-- column: nba_game_id VARCHAR -- a competitive game
-- column: chain VARCHAR -- the chain
-- column: place INTEGER -- order in the chain
-- column: source VARCHAR -- the member
-- column: kind source_kind -- real, virtual or manual
-- column: status status -- that of its cell; of a virtual member that of the best of its inputs
-- column: can_supply BOOLEAN -- it is whole; a virtual member: the input chain is due or its primary there, and one of its members is whole
-- column: score DECIMAL(4,1) -- quality score of what it supplies: of a virtual member the lower of its own and its input's
-- column: rows_from VARCHAR -- the source whose lines it supplies or computes from
-- column: is_due BOOLEAN -- of a real member: it should be there by now
-- column: is_accepted BOOLEAN -- a person has accepted that it is not there
-- column: due_at TIMESTAMPTZ -- of a real member (UTC)
-- column: late_until TIMESTAMPTZ -- of a real member: end of grace (UTC)
-- column: reason VARCHAR -- why it is not whole
-- column: logged_failure VARCHAR -- unavailable only: the kind of failure that the scraper logged
-- column: supplied_at TIMESTAMPTZ -- time of the first whole snapshot (UTC)
-- column: snapshot_at TIMESTAMPTZ -- time of the best snapshot (UTC)
-- column: object VARCHAR -- object of the best snapshot
-- column: generation BIGINT -- its generation
-- column: object_crc32c BIGINT -- its checksum
-- column: is_gone BOOLEAN -- the bucket no longer lists it
-- column: lacking BIGINT -- partial only: sides that lack required fields and have no other fault
WITH first_whole AS (
    SELECT nba_game_id, source, min(snapshot_at) AS supplied_at
    FROM model.snapshot
    WHERE status = 'present'
    GROUP BY nba_game_id, source
),
lack AS (
    SELECT source, nba_game_id, object, generation, max(lacking) AS lacking
    FROM model.snapshot
    WHERE status = 'partial' AND lacking > 0
    GROUP BY ALL
),
own AS (
    SELECT
        g.nba_game_id,
        m.chain,
        m.place,
        m.source,
        m.kind,
        c.status,
        c.status = 'present' AS can_supply,
        m.score,
        m.source AS rows_from,
        c.is_due,
        c.is_accepted,
        c.due_at,
        c.late_until,
        c.reason,
        c.logged_failure,
        f.supplied_at,
        c.snapshot_at,
        c.object,
        c.generation,
        c.object_crc32c,
        coalesce(o.is_gone, false) AS is_gone,
        l.lacking
    FROM model.game AS g
    JOIN model.cell AS c ON c.nba_game_id = g.nba_game_id
    JOIN reference.chain_sources AS m ON m.source = c.source AND m.kind <> 'virtual'::source_kind
    LEFT JOIN first_whole AS f ON f.nba_game_id = c.nba_game_id AND f.source = c.source
    LEFT JOIN stage.object AS o ON o.object = c.object AND o.generation = c.generation
    LEFT JOIN lack AS l
        ON l.source = c.source AND l.nba_game_id = c.nba_game_id AND l.object = c.object AND l.generation = c.generation AND c.status = 'partial'
    WHERE g.is_competitive AND (c.is_expected OR m.kind = 'manual'::source_kind AND c.status <> 'not_expected')
),
-- The first whole member of an input chain, else the one with the best status. Before the chain is due
-- only its primary may supply.
input AS (
    SELECT
        *,
        bool_and(is_due) FILTER (kind = 'real'::source_kind) OVER chained
        OR can_supply AND place = min(place) FILTER (kind = 'real'::source_kind) OVER chained AS may_supply
    FROM own
    WINDOW chained AS (PARTITION BY nba_game_id, chain)
    QUALIFY row_number() OVER (PARTITION BY nba_game_id, chain ORDER BY can_supply DESC, CASE WHEN NOT can_supply THEN status END, place) = 1
)
SELECT * FROM own
UNION ALL BY NAME
SELECT
    i.nba_game_id,
    m.chain,
    m.place,
    m.source,
    m.kind,
    i.status,
    i.can_supply AND i.may_supply AS can_supply,
    CASE WHEN i.score < m.score THEN i.score ELSE m.score END AS score,
    i.source AS rows_from,
    NULL::BOOLEAN AS is_due,
    false AS is_accepted,
    NULL::TIMESTAMPTZ AS due_at,
    NULL::TIMESTAMPTZ AS late_until,
    CASE
        WHEN NOT i.can_supply THEN 'needs the players of both teams; ' || i.source || ' is ' || i.status::VARCHAR
        WHEN NOT i.may_supply THEN m.inputs || ' is not due yet'
    END AS reason,
    NULL AS logged_failure,
    i.supplied_at,
    i.snapshot_at,
    i.object,
    i.generation,
    i.object_crc32c,
    i.is_gone,
    NULL::BIGINT AS lacking
FROM input AS i
JOIN reference.chain_sources AS m ON m.inputs = i.chain
