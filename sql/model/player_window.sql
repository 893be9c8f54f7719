-- The last ten games before a game, for every player who is listed in it: what they say and how much of them is there (RULES.md, "Windows").
-- grain: nba_game_id, team, player_lookup
-- reads: model.game, model.final_score, model.resolution, model.best_line, model.player_game, tier_of, top_of, mean_of, threshold
-- column: nba_game_id VARCHAR -- the game that the window precedes
-- column: game_date DATE -- its Eastern date
-- column: season VARCHAR -- such as 2024-25
-- column: player_lookup VARCHAR -- normalised name
-- column: nba_player_id BIGINT -- NBA player id, as in his row of this game
-- column: team VARCHAR -- his team in this game, tricode
-- column: team_games BIGINT -- games of that team this season before this one
-- column: points_avg DECIMAL(8,2) -- mean of the games in the window; NULL over nothing, as all below
-- column: minutes_avg DECIMAL(8,2) -- minutes
-- column: assists_avg DECIMAL(8,2) -- assists
-- column: rebounds_avg DECIMAL(8,2) -- offensive and defensive rebounds
-- column: steals_avg DECIMAL(8,2) -- steals
-- column: blocks_avg DECIMAL(8,2) -- blocks
-- column: turnovers_avg DECIMAL(8,2) -- turnovers
-- column: fg_makes_avg DECIMAL(8,2) -- field goals made
-- column: fg_attempts_avg DECIMAL(8,2) -- field goals attempted
-- column: three_pt_makes_avg DECIMAL(8,2) -- three-pointers made
-- column: three_pt_attempts_avg DECIMAL(8,2) -- three-pointers attempted
-- column: ft_makes_avg DECIMAL(8,2) -- free throws made
-- column: ft_attempts_avg DECIMAL(8,2) -- free throws attempted
-- column: slots BIGINT -- games that take a slot: all but those in which he is known not to have played; at most ten
-- column: games_in_window BIGINT -- slots with a usable row in which he played
-- column: expected_games BIGINT -- games of his team this season before this one, at most ten
-- column: games_not_played BIGINT -- games passed over because he is known not to have played
-- column: games_not_covered BIGINT -- slots without a usable row
-- column: games_missing BIGINT -- of those the slots that should have a row by now and have none, and nobody has accepted that
-- column: input_games VARCHAR[] -- the games in the window, newest last
-- column: teams VARCHAR[] -- the teams he belonged to in the slots
-- column: gold_games BIGINT -- games in the window of this tier, as the next three
-- column: silver_games BIGINT -- silver
-- column: bronze_games BIGINT -- bronze
-- column: poor_games BIGINT -- poor
-- column: lowest_input DECIMAL(4,1) -- score of the worst game in the window
-- column: size_cap DECIMAL(4,1) -- the highest score that its size allows, whatever is in it; 100 where nothing is wanting
-- column: quality_tier tier -- follows from the score alone
-- column: quality_score DECIMAL(4,1) -- 0 to 100
-- column: quality_issues VARCHAR[] -- what keeps it from 100; their list is reference.quality_issues
-- column: data_sources VARCHAR[] -- the sources of its rows
-- column: quality_sample_size BIGINT -- games in the window
-- column: quality_used_fallback BOOLEAN -- a row in it came from another than the primary
-- column: quality_reconstructed BOOLEAN -- a row in it was reconstructed
-- column: quality_calculated_at TIMESTAMPTZ -- the newest instant in its lineage, a due instant that passed included; tip-off where there is none (UTC)
-- column: quality_metadata VARCHAR -- JSON: how the score came about
-- column: input_fingerprint VARCHAR -- SHA-256 over the slots and what is in them
WITH line AS (
    -- One man is one NBA id, where his team or else the season knows just one for his name; else one name.
    SELECT
        *,
        coalesce(
            nba_player_id::VARCHAR,
            CASE WHEN min(nba_player_id) OVER listed = max(nba_player_id) OVER listed THEN (min(nba_player_id) OVER listed)::VARCHAR END,
            CASE WHEN min(nba_player_id) OVER named = max(nba_player_id) OVER named THEN (min(nba_player_id) OVER named)::VARCHAR END,
            player_lookup) AS entity
    FROM model.player_game
    WINDOW named AS (PARTITION BY season, player_lookup), listed AS (PARTITION BY season, team, player_lookup)
),
-- The games that a window may look back on: competitive, over, and covered by a player feed.
team_game AS (
    SELECT
        g.nba_game_id,
        g.season,
        g.game_date,
        t.team,
        r.resolution,
        r.is_accepted,
        r.due_at,
        r.late_until,
        r.snapshot_at,
        r.rows_from,
        row_number() OVER (PARTITION BY g.season, t.team ORDER BY g.game_date, g.nba_game_id) - 1 AS games_before,
        EXISTS (FROM model.best_line AS b WHERE b.nba_game_id = g.nba_game_id AND b.source = r.rows_from AND b.team = t.team AND b.is_whole) AS is_whole
    FROM model.game AS g
    JOIN model.final_score AS f ON f.nba_game_id = g.nba_game_id
    JOIN model.resolution AS r ON r.nba_game_id = g.nba_game_id AND r.chain = 'player_boxscores' AND r.resolution <> 'not_applicable'
    CROSS JOIN LATERAL (VALUES (g.away_team), (g.home_team)) AS t (team)
),
-- Which team he belonged to, from when: that of his nearest row at or before a date; before his first row, that of his first.
spell AS (
    SELECT
        entity,
        season,
        team,
        lag(game_date) OVER mine IS NULL AS is_first,
        game_date AS from_date,
        lead(game_date) OVER mine AS to_date
    FROM (
        SELECT *
        FROM line
        -- Listed by two teams on one date he belongs to the one that he played for.
        QUALIFY lag(team) OVER (PARTITION BY entity, season ORDER BY game_date, player_status DESC, nba_game_id, team) IS DISTINCT FROM team
    )
    WINDOW mine AS (PARTITION BY entity, season ORDER BY game_date, player_status DESC, nba_game_id, team)
),
-- Every game of the season that he could have played, and what is known of it.
walk AS (
    SELECT
        s.entity,
        s.season,
        t.team,
        t.nba_game_id,
        t.game_date,
        p.player_status = 'played'::player_status AND p.quality_tier <> 'unusable'::tier AS is_usable,
        p.quality_tier = 'unusable'::tier AS is_low,
        coalesce(p.player_status IN ('dnp', 'inactive'), t.is_whole) AS is_out,
        p.player_status IS NULL AND t.resolution <> 'pending' AND NOT t.is_accepted AS is_missing,
        p.* EXCLUDE (entity, season, team, nba_game_id, game_date, player_lookup, nba_player_id),
        t.due_at,
        t.late_until,
        t.snapshot_at,
        t.resolution
    FROM spell AS s
    JOIN team_game AS t
        ON t.season = s.season AND t.team = s.team
        AND (s.is_first OR t.game_date >= s.from_date)
        AND (s.to_date IS NULL OR t.game_date < s.to_date)
    LEFT JOIN line AS p ON p.entity = s.entity AND p.nba_game_id = t.nba_game_id AND p.team = t.team
),
counted AS (
    SELECT *, count(*) FILTER (is_out) OVER (PARTITION BY entity, season ORDER BY game_date, nba_game_id) AS out_so_far
    FROM walk
),
slot AS (
    SELECT
        entity,
        season,
        game_date,
        count(*) OVER ten AS slots,
        count(*) OVER (PARTITION BY entity, season ORDER BY game_date, nba_game_id) AS slots_so_far,
        first_value(out_so_far) OVER ten AS out_before,
        count(*) FILTER (is_usable) OVER ten AS sample,
        count(*) FILTER (is_low) OVER ten AS low,
        count(*) FILTER (is_missing) OVER ten AS missing,
        sum(points) FILTER (is_usable) OVER ten AS points,
        count(points) FILTER (is_usable) OVER ten AS points_n,
        sum(minutes) FILTER (is_usable) OVER ten AS minutes,
        count(minutes) FILTER (is_usable) OVER ten AS minutes_n,
        sum(assists) FILTER (is_usable) OVER ten AS assists,
        count(assists) FILTER (is_usable) OVER ten AS assists_n,
        sum(offensive_rebounds + defensive_rebounds) FILTER (is_usable) OVER ten AS rebounds,
        count(offensive_rebounds + defensive_rebounds) FILTER (is_usable) OVER ten AS rebounds_n,
        sum(steals) FILTER (is_usable) OVER ten AS steals,
        count(steals) FILTER (is_usable) OVER ten AS steals_n,
        sum(blocks) FILTER (is_usable) OVER ten AS blocks,
        count(blocks) FILTER (is_usable) OVER ten AS blocks_n,
        sum(turnovers) FILTER (is_usable) OVER ten AS turnovers,
        count(turnovers) FILTER (is_usable) OVER ten AS turnovers_n,
        sum(fg_makes) FILTER (is_usable) OVER ten AS fg_makes,
        count(fg_makes) FILTER (is_usable) OVER ten AS fg_makes_n,
        sum(fg_attempts) FILTER (is_usable) OVER ten AS fg_attempts,
        count(fg_attempts) FILTER (is_usable) OVER ten AS fg_attempts_n,
        sum(three_pt_makes) FILTER (is_usable) OVER ten AS three_pt_makes,
        count(three_pt_makes) FILTER (is_usable) OVER ten AS three_pt_makes_n,
        sum(three_pt_attempts) FILTER (is_usable) OVER ten AS three_pt_attempts,
        count(three_pt_attempts) FILTER (is_usable) OVER ten AS three_pt_attempts_n,
        sum(ft_makes) FILTER (is_usable) OVER ten AS ft_makes,
        count(ft_makes) FILTER (is_usable) OVER ten AS ft_makes_n,
        sum(ft_attempts) FILTER (is_usable) OVER ten AS ft_attempts,
        count(ft_attempts) FILTER (is_usable) OVER ten AS ft_attempts_n,
        list(nba_game_id) FILTER (is_usable) OVER ten AS input_games,
        list(team) OVER ten AS teams,
        count(*) FILTER (is_usable AND quality_tier = 'gold') OVER ten AS gold_games,
        count(*) FILTER (is_usable AND quality_tier = 'silver') OVER ten AS silver_games,
        count(*) FILTER (is_usable AND quality_tier = 'bronze') OVER ten AS bronze_games,
        count(*) FILTER (is_usable AND quality_tier = 'poor') OVER ten AS poor_games,
        min(quality_score) FILTER (is_usable) OVER ten AS lowest_input,
        list(quality_issues) FILTER (is_usable) OVER ten AS issues,
        list(data_sources) FILTER (is_usable) OVER ten AS sources,
        bool_or(quality_used_fallback) FILTER (is_usable) OVER ten AS used_fallback,
        bool_or(quality_reconstructed) FILTER (is_usable) OVER ten AS reconstructed,
        -- What is not there was known not to be once its grace was over.
        max(coalesce(quality_calculated_at, CASE WHEN resolution = 'none' THEN late_until WHEN resolution <> 'pending' THEN greatest(due_at, snapshot_at) END))
            OVER ten AS calculated_at,
        string_agg(nba_game_id || ' ' || coalesce(input_fingerprint, resolution::VARCHAR), chr(31)) OVER ten AS fingerprints
    FROM counted
    WHERE NOT is_out
    -- A frame takes no subquery: this is threshold('window_slots').
    WINDOW ten AS (PARTITION BY entity, season ORDER BY game_date, nba_game_id ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)
),
target AS (
    SELECT
        p.nba_game_id,
        p.game_date,
        p.season,
        p.entity,
        p.player_lookup,
        p.nba_player_id,
        p.team,
        g.tipoff_at,
        coalesce(t.games_before, 0) AS team_games,
        least(t.games_before, threshold('window_slots'))::BIGINT AS expected
    FROM line AS p
    JOIN model.game AS g ON g.nba_game_id = p.nba_game_id
    JOIN team_game AS t ON t.nba_game_id = p.nba_game_id AND t.team = p.team
),
looked_back AS (
    SELECT
        p.*,
        coalesce(s.slots, 0) AS slots,
        coalesce(s.sample, 0) AS sample,
        coalesce(s.slots, 0) - coalesce(s.sample, 0) AS uncovered,
        coalesce(s.low, 0) AS low,
        coalesce(s.missing, 0) AS missing,
        -- With ten slots the walk ends at the oldest of them; with fewer it goes back to the start of the season.
        coalesce(c.out_so_far, 0) - CASE WHEN s.slots_so_far >= threshold('window_slots') THEN s.out_before ELSE 0 END AS not_played,
        s.* EXCLUDE (entity, season, game_date, slots, sample, low, missing)
    FROM target AS p
    ASOF LEFT JOIN slot AS s ON s.entity = p.entity AND s.season = p.season AND s.game_date < p.game_date
    ASOF LEFT JOIN counted AS c ON c.entity = p.entity AND c.season = p.season AND c.game_date < p.game_date
),
bound AS (
    SELECT
        threshold('young_season_games') AS young_games,
        threshold('early_season_games') AS early_games,
        threshold('thin_share') AS thin_share,
        threshold('thin_share_early') AS thin_share_early,
        threshold('least_sample') AS least_sample,
        threshold('uncovered_share') AS uncovered_share
),
judged AS (
    SELECT
        l.*,
        l.team_games < b.young_games AS is_young,
        l.expected < b.early_games AS is_early,
        l.sample < l.expected * b.thin_share AS is_thin,
        l.sample < l.expected * b.thin_share_early AS is_thin_even_if_young,
        l.expected >= b.least_sample AND l.sample < b.least_sample OR l.expected > 0 AND l.sample = 0 AS is_too_thin,
        l.uncovered > b.uncovered_share * l.slots AS is_half_uncovered
    FROM looked_back AS l
    CROSS JOIN bound AS b
),
sized AS (
    SELECT
        *,
        least(
            CASE WHEN expected = 0 THEN top_of('bronze'::tier) ELSE 100 END,
            CASE WHEN sample < expected OR is_early OR uncovered > 0 THEN top_of('silver'::tier) ELSE 100 END,
            CASE WHEN is_half_uncovered OR CASE WHEN is_young THEN is_thin_even_if_young ELSE is_thin END THEN top_of('bronze'::tier) ELSE 100 END,
            CASE WHEN is_too_thin THEN top_of('poor'::tier) ELSE 100 END
        )::DECIMAL(4,1) AS size_cap
    FROM judged
),
capped AS (
    SELECT *, CASE WHEN sample > 0 AND lowest_input < size_cap THEN lowest_input ELSE size_cap END AS quality_score
    FROM sized
)
SELECT
    nba_game_id,
    game_date,
    season,
    player_lookup,
    nba_player_id,
    team,
    team_games,
    mean_of(points, points_n) AS points_avg,
    mean_of(minutes, minutes_n) AS minutes_avg,
    mean_of(assists, assists_n) AS assists_avg,
    mean_of(rebounds, rebounds_n) AS rebounds_avg,
    mean_of(steals, steals_n) AS steals_avg,
    mean_of(blocks, blocks_n) AS blocks_avg,
    mean_of(turnovers, turnovers_n) AS turnovers_avg,
    mean_of(fg_makes, fg_makes_n) AS fg_makes_avg,
    mean_of(fg_attempts, fg_attempts_n) AS fg_attempts_avg,
    mean_of(three_pt_makes, three_pt_makes_n) AS three_pt_makes_avg,
    mean_of(three_pt_attempts, three_pt_attempts_n) AS three_pt_attempts_avg,
    mean_of(ft_makes, ft_makes_n) AS ft_makes_avg,
    mean_of(ft_attempts, ft_attempts_n) AS ft_attempts_avg,
    slots,
    sample AS games_in_window,
    expected AS expected_games,
    not_played AS games_not_played,
    uncovered AS games_not_covered,
    missing AS games_missing,
    coalesce(input_games, []) AS input_games,
    list_sort(list_distinct(coalesce(teams, []))) AS teams,
    coalesce(gold_games, 0) AS gold_games,
    coalesce(silver_games, 0) AS silver_games,
    coalesce(bronze_games, 0) AS bronze_games,
    coalesce(poor_games, 0) AS poor_games,
    lowest_input,
    size_cap,
    tier_of(quality_score) AS quality_tier,
    quality_score,
    list_filter([
        CASE WHEN is_early OR is_young AND is_thin THEN 'early_season:' || sample || '/' || expected END,
        CASE WHEN uncovered > 0 THEN 'not_covered:' || uncovered || '/' || slots END,
        CASE WHEN sample < expected THEN 'thin_sample:' || sample || '/' || expected END,
        CASE WHEN low > 0 THEN 'includes_low_quality_input' END
    ], lambda x: x IS NOT NULL)
    || list_sort(list_distinct(list_transform(flatten(coalesce(issues, [])), lambda x: 'input:' || x))) AS quality_issues,
    list_sort(list_distinct(flatten(coalesce(sources, [])))) AS data_sources,
    sample AS quality_sample_size,
    coalesce(used_fallback, false) AS quality_used_fallback,
    coalesce(reconstructed, false) AS quality_reconstructed,
    coalesce(calculated_at, tipoff_at) AS quality_calculated_at,
    json_object('lowest_input', lowest_input, 'slots', slots, 'team_games', team_games)::VARCHAR AS quality_metadata,
    sha256(coalesce(fingerprints, '')) AS input_fingerprint
FROM capped
