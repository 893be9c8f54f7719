package jobs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sourcecov/fixtures"
	"sourcecov/fixtures/newcomer"
	"sourcecov/sql"
)

// TestNewcomerOfDates: a feed of a date per object is added as CONTRIBUTING.md says,
// and nothing else is. It supplies the one game that it has lines of. Another
// like it lists games and has no line at all, which is a gap and stops no night.
func TestNewcomerOfDates(t *testing.T) {
	long(t)
	t.Parallel()
	const silent = "fox_boxscores"
	dir := filepath.Join(t.TempDir(), "sql")
	if err := os.CopyFS(dir, sql.Embedded()); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{newcomer.Feed, silent} {
		if err := newcomer.Add(dir, name, 5+i); err != nil {
			t.Fatal(err)
		}
	}
	bucket := copyBucket(t, fixtures.Bucket())
	for _, name := range []string{"nba-com/player-boxscores/2025-02-19", "ball-dont-lie/boxscores/2025-02-19"} {
		if err := os.RemoveAll(filepath.Join(bucket, name)); err != nil {
			t.Fatal(err)
		}
	}
	put := func(feed, day, stamp, body string) {
		t.Helper()
		object := filepath.Join(bucket, feed, day, stamp+".json")
		if err := os.MkdirAll(filepath.Dir(object), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(object, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const game = `{"games": [{"day": "2025-02-19", "away": "CHA", "home": "LAL", "lines": [%s]}]}`
	for _, feed := range []string{newcomer.Feed, silent} {
		for hour := range 12 { // more than threshold('stage_dropped_objects')
			put(feed, "2025-02-19", fmt.Sprintf("20250220_%02d0000", hour), fmt.Sprintf(game, ""))
		}
		put(feed, "2025-01-08", "20250109_120000", `{"games": []}`)
	}
	put(newcomer.Feed, "2025-02-19", "20250220_130000", fmt.Sprintf(game,
		`{"team": "CHA", "name": "A. Hornet", "pts": 100, "made": 46, "taken": 90, "threes": 6, "threes_taken": 20, "free": 2, "free_taken": 3},
		{"team": "LAL", "name": "A. Laker", "pts": 97, "made": 45, "taken": 88, "threes": 7, "threes_taken": 25, "free": 0, "free_taken": 1}`))
	work := t.TempDir()
	must(t, 0, "nightly", "-q", "--sql", dir, "--bucket", bucket, "--workdir", work)

	got := map[string]string{}
	for _, r := range rows(t, filepath.Join(work, "warehouse"), "source_status") {
		if r["nba_game_id"] == "0022400524" {
			got[r["source"]] = r["status"] + ", " + r["reason"]
		}
	}
	for _, r := range rows(t, filepath.Join(work, "warehouse"), "chain_resolution") {
		if r["nba_game_id"] == "0022400524" && r["chain"] == "player_boxscores" {
			got["resolution"] = r["resolution"] + " " + r["source_used"] + " " + r["score"]
		}
	}
	for _, r := range rows(t, filepath.Join(work, "warehouse"), "player_game_summary") {
		if r["nba_game_id"] == "0022400524" {
			got[r["player_lookup"]] = r["points"] + " points"
		}
	}
	for key, want := range map[string]string{
		newcomer.Feed: "present, ",
		silent:        "empty, the game is listed without rows",
		"resolution":  "fallback " + newcomer.Feed + " 70",
		"ahornet":     "100 points",
		"alaker":      "97 points",
	} {
		if got[key] != want {
			t.Errorf("%s: %q, want %q", key, got[key], want)
		}
	}
}
