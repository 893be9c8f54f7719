package jobs_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// contents runs a night that has to end with the given status and maps every
// table/partition of it to its content hash. A partition that was emptied is
// left out: it holds what one that never was holds, nothing. The heartbeat is no
// output of a night: it tells of the run, its window included.
func contents(t *testing.T, want int, work string, args ...string) map[string]string {
	t.Helper()
	line := ofType(t, must(t, want, append([]string{"nightly", "--json", "--workdir", work}, args...)...), "run")[0]
	if line["already_done"] != false {
		t.Fatalf("%v was not run, only told again", args)
	}
	return recordedOutputs(t, filepath.Join(work, "runs", line["run_id"].(string), "run.json"))
}

// recordedOutputs maps every table/partition that a record has as an output to its content hash.
func recordedOutputs(t *testing.T, name string) map[string]string {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var record struct {
		Outputs []struct {
			Table      string
			Partitions []struct {
				Partition string
				Rows      int64
				Hash      string `json:"content_hash"`
			}
		}
	}
	if err := json.Unmarshal(body, &record); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, o := range record.Outputs {
		for _, p := range o.Partitions {
			if p.Rows > 0 && o.Table != "coverage_runs" {
				out[o.Table+"/"+p.Partition] = p.Hash
			}
		}
	}
	return out
}

// sameBut compares two maps of names to hashes, without the folders that may differ.
func sameBut(t *testing.T, what string, one, other map[string]string, but ...string) {
	t.Helper()
	if len(one) < 50 {
		t.Errorf("%s: only %d names to compare", what, len(one))
	}
	names := maps.Clone(one)
	maps.Copy(names, other)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if folder, _, _ := strings.Cut(name, "/"); one[name] != other[name] && !slices.Contains(but, name) &&
			!slices.Contains(but, folder) {
			t.Errorf("%s: %s is %.8q, was %.8q", what, name, other[name], one[name])
		}
	}
}

// keyed is a published table by key; what is null is not in a row.
type keyed map[string]map[string]string

func published(t *testing.T, work, table, key string) keyed {
	t.Helper()
	out := keyed{}
	for _, r := range rows(t, filepath.Join(work, "warehouse"), table) {
		k := keyOf(r, key)
		if out[k] != nil {
			t.Fatalf("%s holds %s twice", table, k)
		}
		out[k] = r
	}
	return out
}

// keyOf joins the values of some columns, named with blanks between them.
func keyOf(r map[string]string, columns string) string {
	values := strings.Fields(columns)
	for i, c := range values {
		values[i] = r[c]
	}
	return strings.Join(values, " ")
}

// set changes columns of a row; "" is null.
func (k keyed) set(key string, columns map[string]string) {
	for c, value := range columns {
		if k[key][c] = value; value == "" {
			delete(k[key], c)
		}
	}
}

// another stands for a value that has to differ from what it was.
const another = "another value"

// compare tells where got is not what is wanted, row by row and column by column.
func (want keyed) compare(t *testing.T, table string, was, got keyed) {
	t.Helper()
	both, told := maps.Clone(want), 0
	maps.Copy(both, got)
	for _, key := range slices.Sorted(maps.Keys(both)) {
		if told > 20 {
			t.Errorf("%s: and more", table)
			return
		}
		w, g := want[key], got[key]
		if w == nil || g == nil {
			t.Errorf("%s: %s is wanted: %t, is there: %t", table, key, w != nil, g != nil)
			told++
			continue
		}
		columns := maps.Clone(w)
		maps.Copy(columns, g)
		for _, c := range slices.Sorted(maps.Keys(columns)) {
			if w[c] == another && g[c] == was[key][c] || w[c] != another && w[c] != g[c] {
				t.Errorf("%s: %s of %s is %q, was %q, want %q", table, c, key, g[c], was[key][c], w[c])
				told++
			}
		}
	}
}

// What purity lets differ, with stale_downstream once there is one
// (HOUSE.md, "Pure tables"): what happens to an event later.
const actions = "coverage_actions"

// TestPurity: what is published is a function of bucket, as-of and SQL. The
// first night is one on which the schedule of 2024-25 is four days old; on the
// second, the bucket's own, that has healed and nothing else has.
func TestPurity(t *testing.T) {
	t.Parallel()
	const firstNight, secondNight = "2025-01-12T14:00:00Z", "2025-04-20T14:00:00Z"
	fresh := t.TempDir()
	want := contents(t, 0, fresh)
	open := published(t, fresh, "source_coverage_log", "event_id")

	t.Run("on yesterday's state", func(t *testing.T) {
		t.Parallel()
		work := t.TempDir()
		first := contents(t, 0, work, "--as-of", firstNight)
		recorded := published(t, work, "source_coverage_log", "event_id")
		second := contents(t, 0, work)
		var healed []string
		for id, r := range published(t, work, "source_coverage_log", "event_id") {
			switch {
			case open[id] == nil:
				healed = append(healed, id)
			case !maps.Equal(r, open[id]):
				t.Errorf("on yesterday's state %v, fresh %v", r, open[id])
			}
		}
		if len(healed) != 1 || recorded[healed[0]]["event_type"] != "schedule_anomaly" || len(recorded) < 5 {
			t.Fatalf("%d of the %d events of the first night have healed, want the one schedule_anomaly: %v",
				len(healed), len(recorded), healed)
		}
		// Healed is as first recorded, byte for byte: it is alone in its partition.
		partition := "source_coverage_log/" + strings.ReplaceAll(recorded[healed[0]]["game_date"], "-", "")
		if first[partition] == "" || first[partition] != second[partition] || want[partition] != "" {
			t.Errorf("%s is %.8q at first, then %.8q, and %.8q of a fresh run", partition, first[partition],
				second[partition], want[partition])
		}
		sameBut(t, "on yesterday's state", want, second, actions, partition)

		told := map[string][]string{}
		for _, a := range rows(t, filepath.Join(work, "warehouse"), actions) {
			told[a["event_id"]] = append(told[a["event_id"]], a["action"]+" "+a["acted_at"]+" "+a["method"])
		}
		stored := func(instant string) string { return strings.TrimSuffix(instant, "Z") + ".000000Z" }
		for id := range published(t, work, "source_coverage_log", "event_id") {
			seen := "detected " + stored(secondNight) + " "
			if recorded[id] != nil {
				seen = "detected " + stored(firstNight) + " "
			}
			expected := []string{seen}
			if id == healed[0] {
				expected = append(expected, "resolved "+stored(secondNight)+" source_recovered")
			}
			slices.Sort(told[id])
			if !slices.Equal(told[id], expected) {
				t.Errorf("what happened to %s is %q, want %q", id, told[id], expected)
			}
			delete(told, id)
		}
		if len(told) > 0 {
			t.Errorf("actions on events that are not in the log: %v", told)
		}

		// The state lost, a healed event goes with it and no open one.
		if err := os.RemoveAll(filepath.Join(work, "state")); err != nil {
			t.Fatal(err)
		}
		sameBut(t, "with yesterday's state lost", want, contents(t, 0, work, "--take-over"), actions)
	})

	// Each time with another run_key, so that no run is called done.
	t.Run("twice, and with any window", func(t *testing.T) {
		t.Parallel()
		warehouse := filepath.Join(fresh, "warehouse")
		before := tree(t, warehouse)
		for _, c := range []struct {
			exit int
			args []string
		}{
			{4, []string{"--fail-on", "warning", "--full-audit"}},
			{0, []string{"--from", "2025-02-13", "--to", "2025-02-20", "--game", "20250219_CHA_LAL"}},
		} {
			what := strings.Join(c.args, " ")
			sameBut(t, what, want, contents(t, c.exit, fresh, c.args...), actions)
			sameBut(t, what+", files", before, tree(t, warehouse), actions, "coverage_runs")
		}
	})
}

// A window is what the games before a game come to by RULES.md, "Windows",
// computed without the SQL, and the games in its slots.
type window struct {
	said  map[string]string
	games []string
}

// in is a published row with what the window says in it.
func (w window) in(r map[string]string) map[string]string {
	out := maps.Clone(r)
	maps.DeleteFunc(out, func(column, _ string) bool { return strings.HasSuffix(column, "_avg") })
	maps.Copy(out, w.said)
	return out
}

// pastGames lists the games of each team whose players are known, by date.
func pastGames(tables map[string]keyed) map[string][]map[string]string {
	out := map[string][]map[string]string{}
	for _, r := range tables["chain_resolution"] {
		if r["chain"] == "player_boxscores" && r["source_used"] != "" {
			out[r["away_team"]] = append(out[r["away_team"]], r)
			out[r["home_team"]] = append(out[r["home_team"]], r)
		}
	}
	for _, games := range out {
		slices.SortFunc(games, byDate)
	}
	return out
}

func byDate(a, b map[string]string) int { return strings.Compare(a["game_date"], b["game_date"]) }

// before are the rows of a list in order of dates that come before a date.
func before(list []map[string]string, date string) []map[string]string {
	n := slices.IndexFunc(list, func(r map[string]string) bool { return r["game_date"] >= date })
	if n < 0 {
		n = len(list)
	}
	return list[:n]
}

// teamWindows computes the windows of teams, of which every game takes a slot.
func teamWindows(tables map[string]keyed) map[string]window {
	out, rows, games := map[string]window{}, tables["team_offense_game_summary"], pastGames(tables)
	for key, r := range rows {
		past := before(games[r["team_abbr"]], r["game_date"])
		var slots []map[string]string
		for _, g := range past[max(0, len(past)-10):] {
			row := maps.Clone(rows[g["nba_game_id"]+" "+r["team_abbr"]])
			row["points_allowed"] = rows[g["nba_game_id"]+" "+row["opponent_team_abbr"]]["points"]
			slots = append(slots, row)
		}
		out[key] = judge(slots, len(past), 0, "points points_allowed assists turnovers")
	}
	return out
}

// playerWindows computes the windows of players. A man is one id, else one name;
// his team is that of his nearest row at or before a date, before his first row
// that of his first. A game takes no slot if he did not play or a box score that
// is whole does not name him; all box scores of these tables are whole.
func playerWindows(tables map[string]keyed) map[string]window {
	ids, of := map[string]string{}, map[string][]map[string]string{}
	for _, r := range tables["player_game_summary"] {
		if id := r["nba_player_id"]; id != "" {
			ids[r["player_lookup"]] = id
		}
	}
	for _, r := range tables["player_game_summary"] {
		man := cmp.Or(r["nba_player_id"], ids[r["player_lookup"]], r["player_lookup"])
		of[man] = append(of[man], r)
	}
	out, games := map[string]window{}, pastGames(tables)
	for _, rows := range of {
		slices.SortFunc(rows, byDate)
		var his []map[string]string // his row of every game that he could have played, or one without a status
		for team, all := range games {
			for _, g := range all {
				on := rows[0]
				for _, r := range rows {
					if r["game_date"] <= g["game_date"] {
						on = r
					}
				}
				switch {
				case on["nba_game_id"] == g["nba_game_id"] && on["team_abbr"] == team:
					his = append(his, on)
				case on["team_abbr"] == team:
					his = append(his, map[string]string{"game_date": g["game_date"]})
				}
			}
		}
		slices.SortFunc(his, byDate)
		for _, r := range rows {
			var slots []map[string]string
			past, passed := before(his, r["game_date"]), 0
			for i := len(past) - 1; i >= 0 && len(slots) < 10; i-- {
				if status := past[i]["player_status"]; status == "played" || status == "unknown" {
					slots = append(slots, past[i])
				} else {
					passed++
				}
			}
			slices.Reverse(slots)
			out[keyOf(r, keyOfTable["player_game_summary"])] = judge(slots,
				len(before(games[r["team_abbr"]], r["game_date"])), passed,
				"points minutes assists steals blocks turnovers")
		}
	}
	return out
}

// judge says what a window comes to: rows in its slots, oldest first, games of the
// team before it, games passed over, and the columns of which there is a mean.
func judge(slots []map[string]string, teamGames, passed int, averaged string) window {
	w := window{said: map[string]string{}}
	sums, counts, tiers := map[string]int{}, map[string]int{}, map[string]int{}
	var inherited, sources, issues []string
	sample, lowest, isLow, isFallback, isReconstructed := 0, 10000, false, false, false
	for _, r := range slots {
		w.games = append(w.games, r["nba_game_id"])
		w.said["quality_calculated_at"] = max(w.said["quality_calculated_at"], r["quality_calculated_at"])
		if r["quality_tier"] == "unusable" {
			isLow = isLow || r["player_status"] != "unknown"
			continue
		}
		sample++
		tiers[r["quality_tier"]]++
		lowest = min(lowest, hundredths(r["quality_score"]))
		inherited, sources = append(inherited, list(r["quality_issues"])...),
			append(sources, list(r["data_sources"])...)
		isFallback, isReconstructed = isFallback || r["quality_used_fallback"] == "true",
			isReconstructed || r["quality_reconstructed"] == "true"
		for _, c := range strings.Fields(averaged + " fg_makes fg_attempts three_pt_makes three_pt_attempts ft_makes " +
			"ft_attempts offensive_rebounds defensive_rebounds") {
			if r[c] != "" {
				sums[strings.TrimPrefix(strings.TrimPrefix(c, "offensive_"), "defensive_")] += hundredths(r[c])
				counts[strings.TrimPrefix(c, "offensive_")]++
			}
		}
	}
	delete(counts, "defensive_rebounds")
	for c, n := range counts {
		w.said[c+"_avg"] = decimal((2*sums[c] + n) / (2 * n))
	}
	expected, uncovered, isYoung, score := min(10, teamGames), len(slots)-sample, teamGames < 15, lowest
	for _, bound := range []struct {
		top  int
		when bool
	}{
		{9490, sample < expected || expected < 5 || uncovered > 0},
		{7490, expected == 0 || 2*uncovered > len(slots) || isYoung && 10*sample < 3*expected || !isYoung &&
			2*sample < expected},
		{4990, expected >= 2 && sample < 2 || expected >= 1 && sample == 0},
	} {
		if bound.when {
			score = min(score, bound.top)
		}
	}
	for _, issue := range []struct {
		text string
		when bool
	}{
		{fmt.Sprintf("early_season:%d/%d", sample, expected), expected < 5 || isYoung && 2*sample < expected},
		{fmt.Sprintf("not_covered:%d/%d", uncovered, len(slots)), uncovered > 0},
		{fmt.Sprintf("thin_sample:%d/%d", sample, expected), sample < expected},
		{"includes_low_quality_input", isLow},
	} {
		if issue.when {
			issues = append(issues, issue.text)
		}
	}
	slices.Sort(inherited)
	for _, issue := range slices.Compact(inherited) {
		issues = append(issues, "input:"+issue)
	}
	slices.Sort(sources)
	worst := "null"
	if sample > 0 {
		worst = fmt.Sprintf("%.1f", float64(lowest)/100)
	}
	maps.Copy(w.said, map[string]string{"quality_score": decimal(score), "quality_tier": tierOf(score),
		"quality_issues": fmt.Sprint(issues),
		"data_sources":   fmt.Sprint(slices.Compact(sources)), "quality_used_fallback": fmt.Sprint(isFallback),
		"quality_reconstructed": fmt.Sprint(isReconstructed),
		"quality_metadata": fmt.Sprintf(`{"lowest_input":%s,"slots":%d,"team_games":%d}`,
			worst, len(slots), teamGames),
		"games_in_window": fmt.Sprint(sample), "quality_sample_size": fmt.Sprint(sample),
		"expected_games":    fmt.Sprint(expected),
		"games_not_covered": fmt.Sprint(uncovered), "games_not_played": fmt.Sprint(passed),
		"gold_games":   fmt.Sprint(tiers["gold"]),
		"silver_games": fmt.Sprint(tiers["silver"]), "bronze_games": fmt.Sprint(tiers["bronze"]),
		"poor_games": fmt.Sprint(tiers["poor"])})
	if len(slots) == 0 {
		delete(w.said, "quality_calculated_at") // tip-off, which these tables do not hold
	}
	return w
}

func tierOf(score int) string {
	for _, tier := range []struct {
		name  string
		least int
	}{{"gold", 9500}, {"silver", 7500}, {"bronze", 5000}, {"poor", 2500}} {
		if score >= tier.least {
			return tier.name
		}
	}
	return "unusable"
}

// hundredths reads a published number, decimal writes one.
func hundredths(text string) int {
	n, _ := strconv.ParseFloat(text, 64)
	return int(math.Round(100 * n))
}

func decimal(hundredths int) string { return fmt.Sprint(float64(hundredths) / 100) }

func list(text string) []string { return strings.Fields(strings.Trim(text, "[]")) }
