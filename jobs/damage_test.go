package jobs_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The objects that twoNights plays with.
const (
	lateObject = "nba-com/team-boxscore/20231024/0022300062/20231025_123015.json"
	goneObject = "espn/scoreboard/2023-10-24/20231025_081000.json"
)

// twoNights are two nights over the small bucket. The first lacks an object, which
// ends an event when the second has it; the second lacks one that the first had.
func twoNights(t *testing.T) (work string, flags []string) {
	t.Helper()
	bucket, work := copyBucket(t, smallBucket()), t.TempDir()
	flags = []string{"--bucket", bucket, "--workdir", work}
	late, err := os.ReadFile(filepath.Join(bucket, lateObject))
	if err == nil {
		err = os.Remove(filepath.Join(bucket, lateObject))
	}
	if err != nil {
		t.Fatal(err)
	}
	must(t, 0, append([]string{"nightly", "-q", "--as-of", "2025-02-20T14:00:00Z"}, flags...)...)
	if err := os.WriteFile(filepath.Join(bucket, lateObject), late, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(bucket, goneObject)); err != nil {
		t.Fatal(err)
	}
	must(t, 0, append([]string{"nightly", "-q", "--as-of", "2025-02-21T14:00:00Z"}, flags...)...)
	return work, flags
}

// only is the one file of a folder that a pattern fits.
func only(t *testing.T, parts ...string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(parts...))
	if err != nil || len(names) != 1 {
		t.Fatalf("%s is %v, %v", filepath.Join(parts...), names, err)
	}
	return names[0]
}

// dataTables is what the tables of a working directory hold, without those that
// tell of runs and actions, which say when.
func dataTables(t *testing.T, work string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range tables(t) {
		if f.Name != "coverage_runs" && f.Name != "coverage_actions" {
			out[f.Name] = fmt.Sprint(rows(t, filepath.Join(work, "warehouse"), f.Name))
		}
	}
	return out
}

// TestDamagedNight: a damaged or lost file of state or landing ends every night
// with its name and what to type, and that heals it: the next night publishes what
// it would have published.
func TestDamagedNight(t *testing.T) {
	long(t)
	t.Parallel()
	work, flags := twoNights(t)
	next := append([]string{"nightly", "-q", "--as-of", "2025-02-22T14:00:00Z"}, flags...)
	whole := filepath.Join(t.TempDir(), "whole")
	if err := os.CopyFS(whole, os.DirFS(work)); err != nil {
		t.Fatal(err)
	}
	restore := func() { // in its place: receipts name the warehouse by its path
		if err := os.RemoveAll(work); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(work, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
	}
	must(t, 0, next...)
	want := dataTables(t, work)
	for i, file := range []string{
		"state/receipts-00000002-*", "landing/segment-000001.parquet", "state/events-00000002-*",
		"landing/listing-000002.parquet", "state/actions-00000002-*", "state/runs-00000002-*",
		"state/intents-00000001-*", "state/HEAD-00000006", "landing/sums.json",
	} {
		restore()
		path := only(t, work, filepath.FromSlash(file))
		name := filepath.Base(path)
		if i%2 == 0 || name == "HEAD-00000006" || name == "sums.json" {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			flip(t, path, int(info.Size())/2)
		} else if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		before := tree(t, work)
		for _, verb := range [][]string{next, append([]string{"repair", "-q"}, flags...)} {
			code, _, said := run(t.Context(), verb...)
			isTold := strings.Contains(said, name) && strings.Contains(said, "sourcecov repair")
			if code != 1 || verb[0] == "nightly" && !isTold {
				t.Errorf("%s: %s: exit %d, %s", name, verb[0], code, said)
			}
		}
		if !same(before, tree(t, work)) {
			t.Errorf("%s: something was changed", name)
		}
		out := must(t, 0, append([]string{"repair", "--apply", "--json"}, flags...)...)
		damaged := ofType(t, out, "damaged")
		if len(damaged) != 1 || filepath.Base(damaged[0]["file"].(string)) != name {
			t.Errorf("%s: repair found %v", name, damaged)
		}
		if name == "segment-000001.parquet" { // what the bucket has no longer is lost, and a person must say so
			must(t, 3, next...)
			must(t, 0, append(next, "--accept-loss")...)
		} else {
			must(t, 0, next...)
		}
		got := dataTables(t, work)
		for table, rows := range want {
			if name == "segment-000001.parquet" || got[table] == rows {
				continue // what the bucket has no longer is lost, which the next test is about
			}
			t.Errorf("%s: %s is %.300s, want %.300s", name, table, got[table], rows)
		}
		equal(t, work, "newest")
		must(t, 0, append([]string{"repair"}, flags...)...)
	}
}

// TestRepairTellsWhatIsLost: what nobody can compute or ask for again is told one
// by one: an event that had ended, an object that the bucket dropped, a run.
func TestRepairTellsWhatIsLost(t *testing.T) {
	long(t)
	t.Parallel()
	work, flags := twoNights(t)
	ended := map[string]string{}
	for _, a := range rows(t, filepath.Join(work, "warehouse"), "coverage_actions") {
		if a["action"] == "resolved" {
			ended[a["event_id"]] = a["method"]
		}
	}
	if len(ended) == 0 {
		t.Fatal("no event has ended")
	}
	// What runs left is what segments are made again from.
	for _, name := range runsOf(t, work) {
		if err := os.RemoveAll(filepath.Join(work, "runs", name)); err != nil {
			t.Fatal(err)
		}
	}
	lost := func() map[string][]string {
		t.Helper()
		_, out, _ := run(t.Context(), append([]string{"repair", "--json"}, flags...)...)
		found := map[string][]string{}
		for _, l := range ofType(t, out, "lost") {
			what := l["what"].(string)
			found[what] = append(found[what], fmt.Sprint(l["name"], " ", l["said"]))
		}
		return found
	}
	events := only(t, work, "state", "events-00000002-*")
	for what, damage := range map[string]func() error{
		"a bit":     func() error { flip(t, events, 4); return nil },
		"all of it": func() error { return os.WriteFile(events, []byte("PAR1"), 0o644) },
		"gone":      func() error { return os.Remove(events) },
	} {
		whole, err := os.ReadFile(events)
		if err == nil {
			err = damage()
		}
		if err != nil {
			t.Fatal(err)
		}
		got := lost()["event"]
		if len(got) != len(ended) {
			t.Errorf("events, %s: %q, want each of %v", what, got, ended)
		}
		for id, method := range ended {
			if !slices.ContainsFunc(got, func(l string) bool {
				return strings.HasPrefix(l, id) && strings.Contains(l, "("+method+")")
			}) {
				t.Errorf("events, %s: %s is not among %q", what, id, got)
			}
		}
		if err := os.WriteFile(events, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	back := flip(t, only(t, work, "state", "actions-00000005-*"), 4)
	if got := lost()["action"]; len(got) != len(ended) {
		t.Errorf("actions: %q, want each of %v", got, ended)
	}
	back()
	back = flip(t, only(t, work, "state", "runs-00000002-*"), 4)
	if got := lost()["run"]; len(got) != 1 || !strings.Contains(got[0], "as of 2025-02-20T14:00:00Z, exit 0, into dir:") {
		t.Errorf("runs: %q", got)
	}
	back()
	segment := filepath.Join(work, "landing", "segment-000001.parquet")
	flip(t, segment, 4)
	if got := lost()["object"]; len(got) != 1 || !strings.HasPrefix(got[0], goneObject+" ") {
		t.Errorf("objects: %q", got)
	}
	if err := os.Remove(segment); err != nil { // the newest database knows what there was
		t.Fatal(err)
	}
	if got := lost()["object"]; len(got) != 1 || !strings.HasPrefix(got[0], goneObject+" ") {
		t.Errorf("objects of a segment that is gone: %q", got)
	}
}

// TestStateFromBefore: a night over state and landing as the version before wrote
// them names all of it, and from then on nothing in them changes unseen.
func TestStateFromBefore(t *testing.T) {
	t.Parallel()
	long(t)
	work, flags := twoNights(t)
	head := filepath.Join(work, "state", "HEAD-00000006")
	body, err := os.ReadFile(head)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "sums")
	delete(fields, "sha256")
	if body, err = json.MarshalIndent(fields, "", "  "); err == nil {
		err = os.WriteFile(head, append(body, '\n'), 0o644)
	}
	if err == nil {
		err = os.Remove(filepath.Join(work, "landing", "sums.json"))
	}
	if err != nil {
		t.Fatal(err)
	}
	night := append([]string{"nightly", "-q", "--as-of", "2025-02-22T14:00:00Z"}, flags...)
	for _, file := range []string{"landing/segment-000001.parquet", "landing/listing-000002.parquet",
		"state/events-00000002-*"} {
		path := only(t, work, filepath.FromSlash(file))
		back := flip(t, path, 100) // the record of the newest run knows better, and a segment's name
		if code, _, said := run(t.Context(), night...); code != 1 || !strings.Contains(said, filepath.Base(path)) {
			t.Errorf("%s: exit %d, %s", file, code, said)
		}
		back()
	}
	must(t, 0, night...)
	var now struct {
		Segments map[string][]string
		Sums     map[string]string
	}
	heads, err := filepath.Glob(filepath.Join(work, "state", "HEAD-*"))
	if err == nil {
		body, err = os.ReadFile(heads[len(heads)-1])
	}
	if err == nil {
		err = json.Unmarshal(body, &now)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range now.Segments {
		for _, name := range names {
			if now.Sums[name] == "" {
				t.Errorf("%s is not named with its sum", name)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(work, "landing", "sums.json")); err != nil {
		t.Error(err)
	}
	equal(t, work, "newest")
}

// TestNothingIsLeft: the temporary folders of a killed run, this version's or those
// of versions before, are gone after the next night; what only looks like one is not.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	night := []string{"nightly", "-q", "--bucket", smallFinished(t).bucket, "--workdir", work}
	left := []string{"state-123", "settle-4567", ".tmp/1", "runs/20240101T000000Z-00000000/building-1",
		"runs/20240101T000000Z-00000000/publish/source_status", "runs/20240101T000000Z-00000000/state"}
	kept := []string{"state-9/HEAD-00000001", "state-old/x", "settle-me/x"}
	for _, name := range append(left, kept...) {
		if slices.Contains(left, name) {
			name += "/x.parquet"
		}
		if err := os.MkdirAll(filepath.Join(work, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(work, name), "x")
	}
	must(t, 0, night...)
	for _, name := range left {
		if _, err := os.Stat(filepath.Join(work, name)); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", name, err)
		}
	}
	for _, name := range kept {
		if _, err := os.Stat(filepath.Join(work, name)); err != nil {
			t.Errorf("%s is nobody's to remove: %v", name, err)
		}
	}
	err := filepath.WalkDir(work, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (strings.HasPrefix(d.Name(), ".tmp") || strings.HasPrefix(d.Name(), "building-")) {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
