package jobs_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The sample month of real box scores lies beside a checkout, not in it.
const monthDir = "../../shared/data/month"

var monthArgs = []string{"--as-of", "2025-11-27T00:00:00Z", "--from", "2023-10-24", "--to", "2023-11-25"}

func monthBucket(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(monthDir, "nba-scraped-data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the sample month of real box scores is not here: " + monthDir)
	}
	return dir
}

// TestMonth: 236 real games, each of which every source really had.
func TestMonth(t *testing.T) {
	t.Parallel()
	bucket, work := monthBucket(t), t.TempDir()
	out := must(t, 0, append([]string{"nightly", "--json", "--bucket", bucket, "--workdir", work}, monthArgs...)...)
	sources := ofType(t, out, "coverage")
	if len(sources) != 6 {
		t.Fatalf("%d sources", len(sources))
	}
	for _, s := range sources {
		if fmt.Sprint(s["scheduled"], s["due"], s["present"], s["open"]) != "236 236 236 0" {
			t.Errorf("%v", s)
		}
	}
	overdue := ofType(t, out, "overdue")
	if len(overdue) != 1 || fmt.Sprint(overdue[0]["games"]) != "1087" {
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
	expected := map[string]bool{}
	for _, r := range records[1:] {
		expected[strings.Join(r[:6], " ")] = true
	}
	found := 0
	for _, r := range rows(t, filepath.Join(work, "warehouse"), "source_status") {
		if r["source"] == "nbac_team_boxscore" && r["status"] == "present" {
			found++
			if key := strings.Join([]string{r["nba_game_id"], r["season"], r["game_type"], r["game_date"], r["away_team"], r["home_team"]}, " "); !expected[key] {
				t.Errorf("not among the right answers: %s", key)
			}
		}
	}
	if found != len(expected) {
		t.Errorf("%d games, want %d", found, len(expected))
	}
}

// TestMonthFaults breaks five objects of the real month by hand: exactly those cells change.
func TestMonthFaults(t *testing.T) {
	t.Parallel()
	month := monthBucket(t)
	bucket := copyBucket(t, os.DirFS(month))
	clean, broken := t.TempDir(), t.TempDir()
	must(t, 0, append([]string{"nightly", "-q", "--bucket", month, "--workdir", clean}, monthArgs...)...)
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
	if err := os.Rename(from, filepath.Join(bucket, "ball-dont-lie/boxscores/2023-11-17", filepath.Base(from))); err != nil {
		t.Fatal(err)
	}
	want["0022300200 bdl_player_boxscores"] = "present date_shifted"
	want["0022300201 bdl_player_boxscores"] = "present date_shifted"

	must(t, 0, append([]string{"nightly", "-q", "--bucket", bucket, "--workdir", broken}, monthArgs...)...)
	before := map[string]map[string]string{}
	for _, r := range rows(t, filepath.Join(clean, "warehouse"), "source_status") {
		before[r["nba_game_id"]+" "+r["source"]] = r
	}
	for _, r := range rows(t, filepath.Join(broken, "warehouse"), "source_status") {
		key := r["nba_game_id"] + " " + r["source"]
		var changed []string
		for column := range before[key] {
			if before[key][column] != r[column] {
				changed = append(changed, column)
			}
		}
		for column := range r {
			if _, had := before[key][column]; !had {
				changed = append(changed, column)
			}
		}
		expected, isPlanted := want[key]
		delete(want, key)
		switch {
		case !isPlanted && len(changed) > 0:
			t.Errorf("%s changed in %v: %v", key, changed, r)
		case !isPlanted:
		case strings.HasPrefix(expected, "present"):
			// Its path changed with it, and nothing else.
			for _, column := range changed {
				if column != "id_match" && column != "object" {
					t.Errorf("%s changed in %s too", key, column)
				}
			}
			if r["status"]+" "+r["id_match"] != expected {
				t.Errorf("%s is %s %s, want %s", key, r["status"], r["id_match"], expected)
			}
		case r["status"] != expected || r["reason"] == "":
			t.Errorf("%s is %s (%s), want %s", key, r["status"], r["reason"], expected)
		}
	}
	for key := range want {
		t.Errorf("%s is not in the grid", key)
	}
}
