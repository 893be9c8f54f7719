-- The last ten games before a game, for both of its teams: what they say and how much of them is there (RULES.md, "Windows").
-- grain: nba_game_id, team
-- reads: model.game, model.team_game, model.resolution, model.final_score, tier_of, top_of, mean_of, threshold
-- column: nba_game_id VARCHAR -- the game that the window precedes
-- column: game_date DATE -- its Eastern date
-- column: season VARCHAR -- such as 2024-25
-- column: team VARCHAR -- tricode
-- column: team_games BIGINT -- its games of this season before this one
-- column: points_avg DECIMAL(8,2) -- mean of the games in the window; NULL over nothing, as all below
-- column: points_allowed_avg DECIMAL(8,2) -- points of the opponents
-- column: assists_avg DECIMAL(8,2) -- assists
-- column: rebounds_avg DECIMAL(8,2) -- offensive and defensive rebounds
-- column: turnovers_avg DECIMAL(8,2) -- turnovers; reconstructed games have none
-- column: fg_makes_avg DECIMAL(8,2) -- field goals made
-- column: fg_attempts_avg DECIMAL(8,2) -- field goals attempted
-- column: three_pt_makes_avg DECIMAL(8,2) -- three-pointers made
-- column: three_pt_attempts_avg DECIMAL(8,2) -- three-pointers attempted
-- column: ft_makes_avg DECIMAL(8,2) -- free throws made
-- column: ft_attempts_avg DECIMAL(8,2) -- free throws attempted
-- column: slots BIGINT -- games that take a slot: every game of the team, at most ten
-- column: games_in_window BIGINT -- slots with a usable row
-- column: expected_games BIGINT -- its games of this season before this one, at most ten
-- column: games_not_played BIGINT -- 0: a team plays every game
-- column: games_not_covered BIGINT -- slots without a usable row
-- column: games_missing BIGINT -- of those the slots that should have a row by now and have none, and nobody has accepted that
-- column: input_games VARCHAR[] -- the games in the window, newest last
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
WITH walk AS (
    SELECT
        g.nba_game_id,
        g.season,
        g.game_date,
        g.tipoff_at,
        t.team,
        r.resolution,
        CASE WHEN o.quality_tier <> 'unusable'::tier THEN o.points END AS points_allowed,
        coalesce(p.quality_tier <> 'unusable'::tier, false) AS is_usable,
        -- A placeholder stands for no game at all; a row that is there and worth nothing is told.
        coalesce(p.quality_tier = 'unusable'::tier AND NOT list_contains(p.quality_issues, 'no_source'), false) AS is_low,
        r.resolution <> 'pending' AND coalesce(list_contains(p.quality_issues, 'no_source'), true) AND NOT r.is_accepted AS is_missing,
        row_number() OVER (PARTITION BY g.season, t.team ORDER BY g.game_date, g.nba_game_id) - 1 AS games_before,
        p.* EXCLUDE (nba_game_id, season, game_date, team)
    FROM model.game AS g
    JOIN model.final_score AS f ON f.nba_game_id = g.nba_game_id
    JOIN model.resolution AS r ON r.nba_game_id = g.nba_game_id AND r.chain = 'team_boxscores' AND r.resolution <> 'not_applicable'
    CROSS JOIN LATERAL (VALUES (g.away_team), (g.home_team)) AS t (team)
    LEFT JOIN model.team_game AS p ON p.nba_game_id = g.nba_game_id AND p.team = t.team
    LEFT JOIN model.team_game AS o ON o.nba_game_id = g.nba_game_id AND o.team <> t.team
),
looked_back AS (
    SELECT
        nba_game_id,
        game_date,
        season,
        team,
        tipoff_at,
        quality_score IS NOT NULL AS has_row,
        games_before AS team_games,
        least(games_before, threshold('window_slots'))::BIGINT AS expected,
        count(*) OVER ten AS slots,
        count(*) FILTER (is_usable) OVER ten AS sample,
        slots - sample AS uncovered,
        count(*) FILTER (is_low) OVER ten AS low,
        count(*) FILTER (is_missing) OVER ten AS missing,
        sum(points) FILTER (is_usable) OVER ten AS points,
        count(points) FILTER (is_usable) OVER ten AS points_n,
        sum(points_allowed) FILTER (is_usable) OVER ten AS points_allowed,
        count(points_allowed) FILTER (is_usable) OVER ten AS points_allowed_n,
        sum(assists) FILTER (is_usable) OVER ten AS assists,
        count(assists) FILTER (is_usable) OVER ten AS assists_n,
        sum(offensive_rebounds + defensive_rebounds) FILTER (is_usable) OVER ten AS rebounds,
        count(offensive_rebounds + defensive_rebounds) FILTER (is_usable) OVER ten AS rebounds_n,
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
        count(*) FILTER (is_usable AND quality_tier = 'gold') OVER ten AS gold_games,
        count(*) FILTER (is_usable AND quality_tier = 'silver') OVER ten AS silver_games,
        count(*) FILTER (is_usable AND quality_tier = 'bronze') OVER ten AS bronze_games,
        count(*) FILTER (is_usable AND quality_tier = 'poor') OVER ten AS poor_games,
        min(quality_score) FILTER (is_usable) OVER ten AS lowest_input,
        list(quality_issues) FILTER (is_usable) OVER ten AS issues,
        list(data_sources) FILTER (is_usable) OVER ten AS sources,
        bool_or(quality_used_fallback) FILTER (is_usable) OVER ten AS used_fallback,
        bool_or(quality_reconstructed) FILTER (is_usable) OVER ten AS reconstructed,
        max(quality_calculated_at) OVER ten AS calculated_at,
        string_agg(nba_game_id || ' ' || coalesce(input_fingerprint, resolution::VARCHAR), chr(31)) OVER ten AS fingerprints
    FROM walk
    -- A frame takes no subquery: this is threshold('window_slots').
    WINDOW ten AS (PARTITION BY season, team ORDER BY game_date, nba_game_id ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING)
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
    WHERE l.has_row
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
    team,
    team_games,
    mean_of(points, points_n) AS points_avg,
    mean_of(points_allowed, points_allowed_n) AS points_allowed_avg,
    mean_of(assists, assists_n) AS assists_avg,
    mean_of(rebounds, rebounds_n) AS rebounds_avg,
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
    0::BIGINT AS games_not_played,
    uncovered AS games_not_covered,
    missing AS games_missing,
    coalesce(input_games, []) AS input_games,
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
