package jobs_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourcecov/fixtures/feed"
)

// The sample month of real box scores lies beside a checkout, not in it.
const monthDir = "../../shared/data/month"

var monthArgs = []string{"--as-of", "2025-11-27T00:00:00Z", "--from", "2023-10-24", "--to", "2023-11-25",
	"--threads", "4"}

func monthBucket(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(monthDir, "nba-scraped-data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the sample month of real box scores is not here: " + monthDir)
	}
	return dir
}

// TestMonth: 236 real games, each of which every source really had, and what
// becomes of them when objects are broken or removed by hand.
func TestMonth(t *testing.T) {
	long(t)
	t.Parallel()
	month, whole := monthBucket(t), t.TempDir()
	out := must(t, 0, append([]string{"nightly", "--json", "--bucket", month, "--workdir", whole}, monthArgs...)...)
	t.Run("whole", func(t *testing.T) { wholeMonth(t, whole, out) })
	t.Run("five objects broken", func(t *testing.T) {
		long(t)
		t.Parallel()
		brokenMonth(t, month, whole)
	})
	t.Run("three objects removed", func(t *testing.T) {
		long(t)
		t.Parallel()
		removedFromMonth(t, month, whole, removal{teamGame: "0022300003", logDate: "2023-11-13",
			bookGame: "0022300128"})
	})
}

// wholeMonth: the right answers of ../shared/data/README.md.
func wholeMonth(t *testing.T, work, out string) {
	covered := map[string]string{}
	for _, s := range ofType(t, out, "coverage") {
		covered[fmt.Sprint(s["source"])] = fmt.Sprint(s["scheduled"], s["due"], s["present"], s["open"])
	}
	for _, source := range feed.Sources {
		if covered[source] != "236 236 236 0" {
			t.Errorf("%s: %s", source, covered[source])
		}
	}
	overdue := ofType(t, out, "overdue")
	if len(overdue) != 1 || fmt.Sprint(overdue[0]["games"]) != "1083" {
		t.Errorf("overdue: %v", overdue)
	}
	for _, kind := range []string{"gaps", "gaps_elsewhere", "accepted", "refused_objects"} {
		if lines := ofType(t, out, kind); len(lines) > 0 {
			t.Errorf("%s: %v", kind, lines)
		}
	}
	body, err := os.ReadFile(filepath.Join(monthDir, "expected_games.csv"))
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(string(body))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	expected, score := map[string]bool{}, map[string]string{}
	for _, r := range records[1:] {
		expected[strings.Join(r[:6], " ")] = true
		score[r[0]+" "+r[4]], score[r[0]+" "+r[5]] = r[6], r[7]
	}
	if len(expected) != 236 || len(score) != 472 {
		t.Fatalf("%d games and %d scores are expected", len(expected), len(score))
	}
	found := 0
	for _, r := range published(t, work, "source_status", "nba_game_id source") {
		if r["source"] == "nbac_team_boxscore" && r["status"] == "present" {
			found++
			if key := keyOf(r, "nba_game_id season game_type game_date away_team home_team"); !expected[key] {
				t.Errorf("not among the right answers: %s", key)
			}
		}
	}
	if found != len(expected) {
		t.Errorf("%d games, want %d", found, len(expected))
	}
	resolved := map[string]int{}
	for _, r := range published(t, work, "chain_resolution", "nba_game_id chain") {
		resolved[r["chain"]+" "+r["resolution"]]++
	}
	// The other games of the season are not final yet; one is the Cup final, which no box score covers.
	if fmt.Sprint(resolved) != "map[game_schedule primary:1319 player_boxscores not_applicable:1 player_boxscores "+
		"pending:1082 player_boxscores primary:236 "+
		"team_boxscores not_applicable:1 team_boxscores pending:1082 team_boxscores primary:236]" {
		t.Errorf("the chains come to %v", resolved)
	}
	sum := map[string]int{}
	for _, r := range published(t, work, "player_game_summary", "nba_game_id team_abbr player_lookup") {
		sum[keyOf(r, "nba_game_id team_abbr")] += hundredths(r["points"])
	}
	for table, columns := range map[string][]string{"team_offense_game_summary": {"team_abbr", "points"},
		"team_defense_game_summary": {"opponent_team_abbr", "points_allowed"}} {
		teams := published(t, work, table, "nba_game_id "+columns[0])
		if len(teams) != 472 {
			t.Errorf("%d rows of %s, want 472", len(teams), table)
		}
		for key, r := range teams {
			if points := r[columns[1]]; points != score[key] || points != r["final_score"] ||
				points != decimal(sum[key]) {
				t.Errorf("%s %s: points %s, final score %s, the players' sum %s, want %s", table, key, points,
					r["final_score"], decimal(sum[key]), score[key])
			}
		}
	}
	alarms := 0
	for _, r := range published(t, work, "source_coverage_log", "event_id") {
		if r["severity"] != "info" {
			alarms++
			if keyOf(r, "severity event_type description") != "critical schedule_anomaly there is no valid schedule "+
				"snapshot of 2025-26, the season of this date" {
				t.Errorf("an alarm that is not true: %v", r)
			}
		}
	}
	if alarms != 1 {
		t.Errorf("%d alarms, want the one true one", alarms)
	}
}

// brokenMonth breaks five objects of the real month by hand: exactly those cells change.
func brokenMonth(t *testing.T, month, clean string) {
	bucket, broken := copyBucket(t, os.DirFS(month)), t.TempDir()
	only := func(pattern string) string {
		names, err := filepath.Glob(filepath.Join(bucket, pattern))
		if err != nil || len(names) != 1 {
			t.Fatalf("%s: %d files", pattern, len(names))
		}
		return names[0]
	}
	edit := func(name string, change func([]byte) []byte) {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, change(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{}
	// One team file deleted.
	if err := os.Remove(only("nba-com/team-boxscore/20231103/0022300001/*.json")); err != nil {
		t.Fatal(err)
	}
	want["0022300001 nbac_team_boxscore"] = "missing"
	// One player log cut in half: both games of its date.
	edit(only("nba-com/player-boxscores/2023-10-24/*.json"), func(b []byte) []byte { return b[:len(b)/2] })
	want["0022300061 nbac_player_boxscore"] = "corrupt"
	want["0022300062 nbac_player_boxscore"] = "corrupt"
	// One gamebook without players.
	edit(only("nba-com/gamebooks-data/2023-11-09/20231109-MILIND/*.json"), func(b []byte) []byte {
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		m["active_players"], m["dnp_players"], m["inactive_players"] = []any{}, []any{}, []any{}
		out, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return out
	})
	want["0022300171 nbac_gamebook_player_stats"] = "empty"
	// One BDL file whose dates are a day late.
	edit(only("ball-dont-lie/boxscores/2023-10-26/*.json"), func(b []byte) []byte {
		return []byte(strings.ReplaceAll(string(b), "2023-10-26", "2023-10-27"))
	})
	want["0022300075 bdl_player_boxscores"] = "invalid"
	want["0022300076 bdl_player_boxscores"] = "invalid"
	// One BDL file in a wrong folder: there already is one of that date.
	from := only("ball-dont-lie/boxscores/2023-11-16/*.json")
	if err := os.Rename(from, filepath.Join(bucket, "ball-dont-lie/boxscores/2023-11-17",
		filepath.Base(from))); err != nil {
		t.Fatal(err)
	}
	want["0022300200 bdl_player_boxscores"] = "present date_shifted"
	want["0022300201 bdl_player_boxscores"] = "present date_shifted"

	must(t, 0, append([]string{"nightly", "-q", "--bucket", bucket, "--workdir", broken}, monthArgs...)...)
	was, got := published(t, clean, "source_status", "nba_game_id source"),
		published(t, broken, "source_status", "nba_game_id source")
	for key, expected := range want {
		w, g := was[key], got[key]
		switch {
		case w == nil || g == nil:
			t.Errorf("%s is not in the grid", key)
		case strings.HasPrefix(expected, "present"):
			// Its path changed with it, and nothing else.
			for column := range w {
				if w[column] != g[column] && column != "id_match" && column != "object" {
					t.Errorf("%s changed in %s too", key, column)
				}
			}
			if keyOf(g, "status id_match") != expected {
				t.Errorf("%s is %s, want %s", key, keyOf(g, "status id_match"), expected)
			}
		case g["status"] != expected || g["reason"] == "":
			t.Errorf("%s is %s (%s), want %s", key, g["status"], g["reason"], expected)
		}
		was[key] = g
	}
	// Without the gamebook's players there is nothing to compare others with.
	for _, source := range []string{"nbac_player_boxscore", "bdl_player_boxscores"} {
		was.set("0022300171 "+source, map[string]string{"lines_compared": "", "lines_equal": ""})
	}
	was.compare(t, "source_status", was, got)
}

// A removal says which three objects of the month are removed by hand.
type removal struct{ teamGame, logDate, bookGame string }

// keyOfTable names the key of every table that the month publishes.
var keyOfTable = map[string]string{
	"source_status": "nba_game_id source", "chain_resolution": "nba_game_id chain",
	"game_source_coverage": "nba_game_id", "landed_objects": "object",
	"player_game_summary":       "nba_game_id team_abbr player_lookup",
	"player_window_quality":     "nba_game_id team_abbr entity",
	"team_offense_game_summary": "nba_game_id team_abbr", "team_defense_game_summary": "nba_game_id opponent_team_abbr",
	"team_window_quality": "nba_game_id entity",
	"source_coverage_log": "event_type nba_game_id chain player_lookup", "coverage_actions": "event_id action",
	"known_gaps": "nba_game_id scope",
}
