package jobs_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPlantedEvents: what the planted faults come to, worked out by hand from
// the rules, and nothing else. Where a source other than the chain's primary is
// bad, late or missing there is no event; nor is there one within grace.
func TestPlantedEvents(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"0022300075 team_boxscores":   "source_error warning nbac_team_boxscore reconstructed",    // placeholder zeros
		"0022300076 player_boxscores": "source_error warning nbac_gamebook_player_stats fallback", // nobody active
		"0022300171 team_boxscores":   "source_error warning nbac_team_boxscore reconstructed",    // truncated
		"0022300201 team_boxscores":   "source_error warning nbac_team_boxscore reconstructed",    // HTTP 503
		"0022300201 player_boxscores": "source_error warning nbac_gamebook_player_stats fallback", // not UTF-8
		"0022400524 player_boxscores": "fallback_used info bdl_player_boxscores fallback",
		// no gamebook, no log of the date
		"0052400201 team_window ATL": "thin_sample info  ",
		// its one game before has no box score, as is accepted
		"0052400201 team_window MIA": "thin_sample info  ",
		"0052400211 team_window DAL": "thin_sample info  ",
		"0052400211 team_window MEM": "thin_sample info  ",
	}
	// A person has accepted that the play-ins have no box scores: told, and no alarm.
	for _, id := range strings.Fields("0052400101 0052400111 0052400121 0052400131 0052400201 0052400211") {
		want[id+" team_boxscores"] = "source_missing info nbac_team_boxscore none"
		want[id+" player_boxscores"] = "source_missing info nbac_gamebook_player_stats none"
	}
	work := finished(t).work
	got := map[string]string{}
	for _, r := range rows(t, filepath.Join(work, "warehouse"), "source_coverage_log") {
		about := r["chain"]
		if about == "" {
			about = strings.TrimSuffix(r["table_name"], "_quality") + " " + r["team_abbr"]
		}
		key := r["nba_game_id"] + " " + about
		if got[key] != "" {
			t.Errorf("%s has two events", key)
		}
		got[key] = strings.Join([]string{r["event_type"], r["severity"], r["source"], r["resolution"]}, " ")
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if got[key] != want[key] {
			t.Errorf("%s has %q, want %q", key, got[key], want[key])
		}
		delete(got, key)
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		t.Errorf("%s has %q, want none", key, got[key])
	}
}
