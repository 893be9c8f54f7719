-- The last ten games before a game, for every player and team with a row in it: what they say and how much of them is there (RULES.md, "Windows").
-- grain: subject, nba_game_id, team, player_lookup
-- parts: season
-- reads: model.entity_game, model.walk_game, model.slot, tier_of, top_of, mean_of, threshold
-- column: subject VARCHAR -- player or team
-- column: nba_game_id VARCHAR -- the game that the window precedes
-- column: game_date DATE -- its Eastern date
-- column: season VARCHAR -- such as 2024-25
-- column: tipoff_at TIMESTAMPTZ -- its tip-off (UTC)
-- column: player_lookup VARCHAR -- normalised name; NULL for a team
-- column: nba_player_id BIGINT -- NBA player id, as in his row of this game
-- column: team VARCHAR -- the team in this game, tricode
-- column: team_games BIGINT -- games of that team this season before this one
-- column: points_avg DECIMAL(8,2) -- mean of the games in the window; NULL over nothing, as all below
-- column: points_allowed_avg DECIMAL(8,2) -- points of the opponents
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
-- column: games_missing BIGINT -- of those the slots that should have a usable row by now and have none, and nobody has accepted that
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
WITH walk AS (
    SELECT *, count(*) FILTER (is_out) OVER (PARTITION BY subject, entity, season ORDER BY game_date, nba_game_id) AS out_so_far
    FROM model.slot
),
-- What the ten slots up to a game hold.
held AS (
    SELECT
        subject,
        entity,
        season,
        game_date,
        count(*) OVER ten AS slots,
        first_value(out_so_far) OVER ten AS out_before,
        count(*) FILTER (is_usable) OVER ten AS sample,
        count(*) FILTER (is_low) OVER ten AS low,
        count(*) FILTER (is_missing) OVER ten AS missing,
        mean_of(sum(points) FILTER (is_usable) OVER ten, count(points) FILTER (is_usable) OVER ten) AS points_avg,
        mean_of(sum(points_allowed) FILTER (is_usable) OVER ten, count(points_allowed) FILTER (is_usable) OVER ten) AS points_allowed_avg,
        mean_of(sum(minutes) FILTER (is_usable) OVER ten, count(minutes) FILTER (is_usable) OVER ten) AS minutes_avg,
        mean_of(sum(assists) FILTER (is_usable) OVER ten, count(assists) FILTER (is_usable) OVER ten) AS assists_avg,
        mean_of(sum(rebounds) FILTER (is_usable) OVER ten, count(rebounds) FILTER (is_usable) OVER ten) AS rebounds_avg,
        mean_of(sum(steals) FILTER (is_usable) OVER ten, count(steals) FILTER (is_usable) OVER ten) AS steals_avg,
        mean_of(sum(blocks) FILTER (is_usable) OVER ten, count(blocks) FILTER (is_usable) OVER ten) AS blocks_avg,
        mean_of(sum(turnovers) FILTER (is_usable) OVER ten, count(turnovers) FILTER (is_usable) OVER ten) AS turnovers_avg,
        mean_of(sum(fg_makes) FILTER (is_usable) OVER ten, count(fg_makes) FILTER (is_usable) OVER ten) AS fg_makes_avg,
        mean_of(sum(fg_attempts) FILTER (is_usable) OVER ten, count(fg_attempts) FILTER (is_usable) OVER ten) AS fg_attempts_avg,
        mean_of(sum(three_pt_makes) FILTER (is_usable) OVER ten, count(three_pt_makes) FILTER (is_usable) OVER ten) AS three_pt_makes_avg,
        mean_of(sum(three_pt_attempts) FILTER (is_usable) OVER ten, count(three_pt_attempts) FILTER (is_usable) OVER ten) AS three_pt_attempts_avg,
        mean_of(sum(ft_makes) FILTER (is_usable) OVER ten, count(ft_makes) FILTER (is_usable) OVER ten) AS ft_makes_avg,
        mean_of(sum(ft_attempts) FILTER (is_usable) OVER ten, count(ft_attempts) FILTER (is_usable) OVER ten) AS ft_attempts_avg,
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
        max(known_at) OVER ten AS calculated_at,
        string_agg(fingerprint, chr(31)) OVER ten AS fingerprints
    FROM walk
    WHERE NOT is_out
    -- A window is the last ten games, in the names of columns and tables too: no threshold, for ten stands in this file alone.
    WINDOW ten AS (PARTITION BY subject, entity, season ORDER BY game_date, nba_game_id ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)
),
looked_back AS (
    SELECT
        e.subject,
        e.nba_game_id,
        e.game_date,
        e.season,
        w.tipoff_at,
        e.player_lookup,
        e.nba_player_id,
        e.team,
        w.games_before AS team_games,
        least(w.games_before, 10) AS expected,
        coalesce(h.slots, 0) AS slots,
        coalesce(h.sample, 0) AS sample,
        coalesce(h.slots, 0) - coalesce(h.sample, 0) AS uncovered,
        coalesce(h.low, 0) AS low,
        coalesce(h.missing, 0) AS missing,
        -- With ten slots the walk ends at the oldest of them; with fewer it goes back to the start of the season.
        coalesce(o.out_so_far, 0) - CASE WHEN h.slots = 10 THEN h.out_before ELSE 0 END AS not_played,
        h.* EXCLUDE (subject, entity, season, game_date, slots, sample, low, missing)
    FROM model.entity_game AS e
    JOIN model.walk_game AS w ON w.subject = e.subject AND w.nba_game_id = e.nba_game_id AND w.team = e.team
    ASOF LEFT JOIN held AS h ON h.subject = e.subject AND h.entity = e.entity AND h.season = e.season AND h.game_date < e.game_date
    ASOF LEFT JOIN walk AS o ON o.subject = e.subject AND o.entity = e.entity AND o.season = e.season AND o.game_date < e.game_date
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
    subject,
    nba_game_id,
    game_date,
    season,
    tipoff_at,
    player_lookup,
    nba_player_id,
    team,
    team_games,
    points_avg,
    points_allowed_avg,
    minutes_avg,
    assists_avg,
    rebounds_avg,
    steals_avg,
    blocks_avg,
    turnovers_avg,
    fg_makes_avg,
    fg_attempts_avg,
    three_pt_makes_avg,
    three_pt_attempts_avg,
    ft_makes_avg,
    ft_attempts_avg,
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
