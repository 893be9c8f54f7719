package jobs_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sourcecov/jobs"
	"sourcecov/jobs/compute"
	"sourcecov/sql"
)

// TestSandboxOfARun: the engine of a run reaches the landing files that it reads and
// its own folder: not the state, not the warehouse, not what else lies beside them.
func TestSandboxOfARun(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	copyFinished(t, work)
	cat, err := sql.Load(sql.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	one := func(pattern string) string {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(work, pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		return names[len(names)-1]
	}
	segment, listing := one("landing/segment-*"), one("landing/listing-*")
	old := filepath.Join(work, "landing", "old.parquet")
	body, err := os.ReadFile(segment)
	if err == nil {
		err = os.WriteFile(old, body, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(work, "runs", "another")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	before := tree(t, work)
	run, err := compute.Start(t.Context(), compute.Options{
		Catalog: cat, Segments: []string{segment}, Listing: listing, Dir: dir, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := compute.OpenRules(t.Context(), cat, nil, 1, "", filepath.Join(work, "landing"), filepath.Join(work, ".tmp"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.DB.Strings(t.Context(), "SELECT object FROM read_parquet('"+segment+"')"); err != nil {
		t.Errorf("its own landing file: %v", err)
	}
	for _, name := range []string{
		one("state/HEAD-*"), one("warehouse/known_gaps/*"), one("runs/*/run.json"), one("bucket"),
	} {
		for who, db := range map[string]interface {
			Strings(context.Context, string) ([]string, error)
		}{"the run": run.DB, "the rules": rules} {
			for _, text := range []string{
				"SELECT content FROM read_text('" + name + "')", "COPY (SELECT 1) TO '" + name + "'",
				"COPY (SELECT 1) TO '" + filepath.Join(filepath.Dir(name), "new") + "'",
			} {
				if _, err := db.Strings(t.Context(), text); err == nil || !strings.Contains(err.Error(), "Permission Error") {
					t.Errorf("%s, %s: %v", who, text, err)
				}
			}
		}
	}
	for _, text := range []string{"SELECT object FROM read_parquet('" + old + "')",
		"COPY (SELECT 1) TO '" + filepath.Join(work, "landing", "new.parquet") + "'"} {
		if _, err := run.DB.Strings(t.Context(), text); err == nil || !strings.Contains(err.Error(), "Permission Error") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := rules.Close(); err != nil {
		t.Error(err)
	}
	if err := run.DB.Close(); err != nil {
		t.Error(err)
	}
	for name := range tree(t, work) {
		if _, was := before[name]; !was && !strings.HasPrefix(name, filepath.Join("runs", "another")) {
			t.Errorf("there is a new file %s", name)
		}
	}
}

// TestHostileSQL: what stands in a header of --sql in the place of a condition or a
// type, and goes on, writes nowhere: neither into state nor into warehouse or landing.
func TestHostileSQL(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	copyFinished(t, work)
	before := tree(t, work)
	escape := func(place string) string {
		return "COPY (SELECT 1 AS a) TO '" + filepath.Join(work, place) + "' (FORMAT parquet)"
	}
	for name, c := range map[string]struct{ file, from, to, says string }{
		"a condition": {"check/objects_accounted.sql", "-- over: listing", "-- over: listing where true; " +
			escape("landing/condition.parquet") + "; SELECT 1", "sql/check/objects_accounted.sql:"},
		"a condition in brackets": {"check/objects_accounted.sql", "-- over: listing", "-- over: listing where true); " +
			escape("landing/brackets.parquet") + "; SELECT (1", "sql/check/objects_accounted.sql:"},
		"a relation": {"check/objects_accounted.sql", "-- over: listing", `-- over: listing"; ` +
			escape("landing/relation.parquet") + "; --", "nothing defines rows of"},
		"a type": {"model/game_date.sql", " DATE -- ", " DATE); " + escape("landing/type.parquet") +
			"; SELECT CAST(NULL AS DATE -- ", "is no type"},
		"a union": {"stage/espn_scoreboard.sql", "-- into: stage.", `-- into: stage."; ` + escape("state/x") + "; --",
			"a union is named stage.<name>"},
		"a clock": {"model/game.sql", "min(snapshot_at) OVER", "min(localtimestamp::TIMESTAMPTZ) OVER",
			"localtimestamp() is forbidden"},
		"the context": {"model/game.sql", "min(snapshot_at) OVER", "min(pg_conf_load_time()) OVER",
			"pg_conf_load_time() is forbidden"},
	} {
		dir := sqlDir(t, c.file, func(text string) string {
			if !strings.Contains(text, c.from) {
				t.Errorf("%s: %s does not hold %q", name, c.file, c.from)
			}
			return strings.Replace(text, c.from, c.to, 1)
		})
		code, _, said := run(t.Context(), "nightly", "--workdir", work, "--sql", dir)
		if code != 2 || !strings.Contains(said, c.says) || !strings.Contains(said, "next: fix th") {
			t.Errorf("%s: exit %d: %s", name, code, said)
		}
		if !same(before, tree(t, work)) {
			t.Fatalf("%s: something has changed", name)
		}
		count("command lines", tally{tried: 1, survived: 1})
	}
}

// meddler is a stderr that does something when a step is told.
type meddler struct {
	bytes.Buffer
	at string
	do func()
}

func (m *meddler) Write(p []byte) (int, error) {
	if m.do != nil && bytes.Contains(p, []byte(m.at)) {
		m.do()
		m.do = nil
	}
	return m.Buffer.Write(p)
}

// TestLandingChanges: a landing file that changes while a night reads it ends the
// night before anything is published.
func TestLandingChanges(t *testing.T) {
	long(t)
	t.Parallel()
	for _, file := range []string{"segment-*", "listing-*"} {
		work, changed := t.TempDir(), ""
		said := &meddler{at: `"step":"build"`, do: func() {
			names, err := filepath.Glob(filepath.Join(work, "landing", file))
			if err == nil && len(names) > 0 {
				changed = filepath.Base(names[len(names)-1])
				err = os.WriteFile(names[len(names)-1], []byte("x"), 0o644)
			}
			if err != nil {
				t.Error(err)
			}
		}}
		args := []string{"nightly", "-v", "--bucket", smallFinished(t).bucket, "--workdir", work}
		code := jobs.Main(t.Context(), jobs.World{Args: args, Getenv: environment, Stdout: &bytes.Buffer{}, Stderr: said,
			Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }})
		says := changed + " of " + filepath.Join(work, "landing") + " changed"
		if code != 1 || changed == "" || !strings.Contains(said.String(), says) {
			t.Errorf("%s: exit %d: %s", file, code, said)
		}
		if published, _ := filepath.Glob(filepath.Join(work, "warehouse", "*")); len(published) > 0 {
			t.Errorf("%s: and it published %v", file, published)
		}
	}
}
