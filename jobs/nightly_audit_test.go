package jobs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNightlyAudit: what a night's audit finds is an event that stands while nobody
// looks, ends when the table holds the game, and is worse when it loses it again.
func TestNightlyAudit(t *testing.T) {
	t.Parallel()
	work := filepath.Join(t.TempDir(), "work")
	first := must(t, 0, "nightly", "--workdir", work)
	emptied := writePlatform(t, work, map[string]string{"nba_raw/nbac_team_boxscore": "SELECT * FROM (was) WHERE game_id <> '20241022_NYK_BOS'"})
	const lost = "0022400061 nba_raw.nbac_team_boxscore"
	night := func(day, at string) (said string) {
		t.Helper()
		args := []string{"nightly", "--workdir", work, "--as-of", "2025-04-" + day + "T14:00:00Z"}
		if at != "" {
			args = append(args, "--audit", "dir:"+at)
		}
		return must(t, 0, args...)
	}
	// events are the silent failures of the log, and what was done to each.
	events := func() (found string) {
		t.Helper()
		done := map[string]string{}
		for _, a := range rows(t, filepath.Join(work, "warehouse"), "coverage_actions") {
			done[a["event_id"]] += " " + a["action"] + a["method"]
		}
		for _, e := range published(t, work, "source_coverage_log", "event_id") {
			if e["event_type"] == "silent_failure" && e["nba_game_id"] == "0022400061" {
				found += e["severity"] + " " + e["occurrence"] + " " + e["is_synthetic"] + done[e["event_id"]] + "\n"
			}
		}
		return found
	}
	findings := func() map[string]map[string]string { return published(t, work, "audit_findings", "game audited_table") }

	if !strings.Contains(first, "audit: nobody looked into the platform's tables") {
		t.Errorf("no look: %s", first)
	}
	said := night("22", emptied)
	if !strings.Contains(said, "audit: 9 of the platform's 9 tables read") || !strings.Contains(said, "silent_failure at nba_raw.nbac_team_boxscore: 1 game") {
		t.Errorf("a game that is lost: %s", said)
	}
	before := findings()
	if f := before[lost]; f["audit_status"] != "never_processed" || f["severity"] != "critical" {
		t.Errorf("published of it: %v", f)
	}
	if got, want := events(), "critical 1 true detected\n"; got != want {
		t.Errorf("events %q, want %q", got, want)
	}
	if again := night("22", emptied); !strings.Contains(again, "already done") {
		t.Errorf("the same tables again: %s", again)
	}
	if said := must(t, 0, "verify", "newest", "--workdir", work); !strings.Contains(said, "equal") {
		t.Errorf("verified: %s", said)
	}
	if testing.Short() {
		return
	}
	whole := writePlatform(t, work, nil)
	if said := night("23", ""); !strings.Contains(said, "silent_failure at nba_raw.nbac_team_boxscore: 1 game") {
		t.Errorf("nobody looked, so it stands: %s", said)
	}
	if after := findings(); len(after) != len(before) || after[lost] == nil {
		t.Errorf("%d findings after a night that did not look, of %d", len(after), len(before))
	}
	if said := night("24", whole); strings.Contains(said, "silent_failure at nba_raw.nbac_team_boxscore") || findings()[lost] != nil {
		t.Errorf("the table holds it: %s", said)
	}
	if got, want := events(), "critical 1 true detected resolvedsource_recovered\n"; got != want {
		t.Errorf("events %q, want %q", got, want)
	}
	if err := os.RemoveAll(filepath.Join(emptied, "nba_raw/bdl_player_boxscores")); err != nil {
		t.Fatal(err)
	}
	if said := night("25", emptied); !strings.Contains(said, "audit: 8 of the platform's 9 tables read") {
		t.Errorf("a table that nobody can read: %s", said)
	}
	unread := 0
	for _, e := range published(t, work, "source_coverage_log", "event_id") {
		if e["table_name"] == "nba_raw.bdl_player_boxscores" && e["severity"] == "warning" && strings.Contains(e["description"], "could not be read") {
			unread++
		}
	}
	if unread != 1 {
		t.Errorf("%d events of a table that nobody can read", unread)
	}
	if f := findings()[lost]; f["audit_status"] != "logged_but_no_data" {
		t.Errorf("lost after it was handled: %v", f)
	}
	if got := events(); !strings.Contains(got, "critical 2 true detected\n") {
		t.Errorf("events %q", got)
	}
	files, err := filepath.Glob(filepath.Join(work, "runs", "20250425*", "audited.parquet"))
	if err != nil || len(files) != 1 {
		t.Fatalf("what was read: %q, %v", files, err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if code, out, said := run(t.Context(), "verify", "newest", "--workdir", work); code != 1 || !strings.Contains(said, "audited.parquet is gone") {
		t.Errorf("without what was read: exit %d\n%s%s", code, out, said)
	}
}

// TestNightlyAuditOwn: what we published and somebody removed is found by the night that
// looks, told once, loaded by the same night, and over when the next one looks.
func TestNightlyAuditOwn(t *testing.T) {
	long(t)
	t.Parallel()
	work := filepath.Join(t.TempDir(), "work")
	must(t, 0, "nightly", "--workdir", work)
	whole := writePlatform(t, work, nil)
	lost := filepath.Join(work, "warehouse", "player_game_summary", "20241022.parquet")
	if err := os.Remove(lost); err != nil {
		t.Fatal(err)
	}
	night := func(day string, more ...string) (said string) {
		t.Helper()
		return must(t, 0, append([]string{"nightly", "--workdir", work, "--as-of", "2025-04-" + day + "T14:00:00Z"}, more...)...)
	}
	events := func() (found []string) {
		t.Helper()
		for _, e := range published(t, work, "source_coverage_log", "event_id") {
			if e["table_name"] == "player_game_summary" {
				found = append(found, e["event_type"]+" "+e["severity"]+" "+e["game_date"]+" "+e["description"])
			}
		}
		return found
	}

	const at = "player_game_summary: 40 rows of 2024-10-22 are gone since they were loaded"
	if said := night("21", "--audit", "dir:"+whole); !strings.Contains(said, at) {
		t.Errorf("a file of ours is gone: %s", said)
	}
	f := published(t, work, "audit_findings", "game audited_table")["0022400061 player_game_summary"]
	if f["audit_status"] != "not_published" || f["severity"] != "warning" || "player_game_summary: "+f["detail"] != at+"; the night loads them again" {
		t.Errorf("published of it: %v", f)
	}
	if got := events(); len(got) != 1 || !strings.HasPrefix(got[0], "silent_failure warning 2024-10-22 player_game_summary: ") {
		t.Errorf("events %q", got)
	}
	if _, err := os.Stat(lost); err != nil {
		t.Errorf("not loaded again: %v", err)
	}
	if said := must(t, 0, "verify", "newest", "--workdir", work); !strings.Contains(said, "equal") {
		t.Errorf("verified: %s", said)
	}
	night("22")
	if said := must(t, 0, "report", "--workdir", work); !strings.Contains(said, at) {
		t.Errorf("nobody looked, so it stands: %s", said)
	}
	night("23", "--audit", "dir:"+whole)
	if said := must(t, 0, "report", "--workdir", work); strings.Contains(said, at) {
		t.Errorf("it is there again: %s", said)
	}
	if got := events(); len(got) != 1 {
		t.Errorf("events afterwards %q", got)
	}
	var ended int
	for _, a := range rows(t, filepath.Join(work, "warehouse"), "coverage_actions") {
		if a["action"] == "resolved" && a["method"] == "source_recovered" && a["why"] == "the audit finds it no longer" {
			ended++
		}
	}
	if ended != 1 {
		t.Errorf("ended %d times", ended)
	}
}
