package jobs_test

import (
	"path/filepath"
	"testing"

	"sourcecov/fixtures/feed"
	invented "sourcecov/fixtures/league"
)

// TestSeasonBegins: the first days of an invented season, of all thirty teams, come
// out as they were invented: only where something was planted is anything missed.
func TestSeasonBegins(t *testing.T) {
	t.Parallel()
	long(t)
	bucket, work := t.TempDir(), t.TempDir()
	const until = "2024-10-28"
	faults, err := invented.Write(bucket, invented.Options{Seasons: 1, Seed: 8, Until: until})
	if err != nil {
		t.Fatal(err)
	}
	broken := map[string]bool{}
	for _, f := range faults {
		switch f.Kind {
		case "corrected", "wrong folder", "postponed": // it is whole all the same
		default:
			broken[f.Source+" "+f.Game] = true
			if f.Source != feed.TeamBox && f.Source != feed.Gamebook {
				broken[f.Source+" "+f.Date] = true
			}
		}
	}
	must(t, 0, "nightly", "-q", "--bucket", bucket, "--workdir", work)
	cells, found := 0, map[string]bool{}
	for _, r := range rows(t, filepath.Join(work, "warehouse"), "source_status") {
		if r["game_date"] >= until || r["status"] == "not_expected" {
			continue
		}
		cells++
		game, day := r["source"]+" "+r["nba_game_id"], r["source"]+" "+r["game_date"]
		found[game], found[day] = true, true
		if want := !broken[game] && !broken[day]; want != (r["status"] == "present") {
			t.Errorf("%s of %s is %s: %s", game, r["game_date"], r["status"], r["reason"])
		}
	}
	for key := range broken {
		if !found[key] {
			t.Errorf("no cell of %s", key)
		}
	}
	if cells < 200 || len(broken) == 0 {
		t.Errorf("%d cells and %d faults show little", cells, len(broken))
	}
}
