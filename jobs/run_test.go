package jobs

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPrune: the newest databases by time of writing are kept, this run's own
// among them, and every record.
func TestPrune(t *testing.T) {
	n := &night{runs: t.TempDir()}
	for i := range keptDatabases + 2 {
		dir := filepath.Join(n.runs, fmt.Sprintf("run-%02d", i))
		n.dir = dir
		for _, name := range []string{"run.duckdb", "run.json"} {
			if err := writeFile(filepath.Join(dir, name), []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		at := time.Date(2025, 1, 1+i, 0, 0, 0, 0, time.UTC)
		if err := os.Chtimes(filepath.Join(dir, "run.duckdb"), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.prune(); err != nil {
		t.Fatal(err)
	}
	records, _ := filepath.Glob(filepath.Join(n.runs, "*", "run.json"))
	if len(records) != keptDatabases+2 {
		t.Errorf("%d records are left", len(records))
	}
	for i := range keptDatabases + 2 {
		_, err := os.Stat(filepath.Join(n.runs, fmt.Sprintf("run-%02d", i), "run.duckdb"))
		if kept := err == nil; kept != (i >= 2) {
			t.Errorf("run-%02d kept: %v", i, kept)
		}
	}
}

// TestEnvironment: every flag has a twin in the environment; the flag wins.
func TestEnvironment(t *testing.T) {
	env := map[string]string{"SOURCECOV_GAME": "0022300061", "SOURCECOV_THREADS": "3", "SOURCECOV_FAIL_ON": "critical"}
	w := World{Args: []string{"nightly", "--threads", "2"}, Getenv: func(k string) string { return env[k] },
		Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now}
	c, err := parse(t.Context(), w, verbs()[0])
	if err != nil {
		t.Fatal(err)
	}
	if c.game != "0022300061" || c.threads != 2 || c.failOn != "critical" {
		t.Errorf("game %s, threads %d, fail-on %s", c.game, c.threads, c.failOn)
	}
	env["SOURCECOV_THREADS"] = "many"
	if _, err := parse(t.Context(), w, verbs()[0]); err == nil {
		t.Error("a bad value in the environment is taken")
	}
}

// TestSettle: flags before what the bucket says before the clock.
func TestSettle(t *testing.T) {
	clock := func() time.Time { return time.Date(2025, 11, 27, 5, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		asOf, from, to, bucketAsOf, bucketWindow string
		full                                     bool
		want                                     string
	}{
		"clock":      {want: "2025-11-27T05:00:00Z 2025-11-20 2025-11-27"},
		"full audit": {full: true, want: "2025-11-27T05:00:00Z 2025-08-29 2025-11-27"},
		"bucket": {bucketAsOf: "2025-04-20T14:00:00Z", bucketWindow: "2023-10-01..2025-04-20",
			want: "2025-04-20T14:00:00Z 2023-10-01 2025-04-20"},
		"flags": {asOf: "2025-04-20T10:00:00-04:00", from: "2025-04-01", bucketAsOf: "2024-01-01T00:00:00Z",
			bucketWindow: "2023-10-01..2025-04-20", want: "2025-04-20T14:00:00Z 2025-04-01 2025-04-20"},
		"bad window":  {bucketWindow: "2023-10-01 to 2025-04-20", want: "error"},
		"bad as-of":   {bucketAsOf: "now", want: "error"},
		"before from": {from: "2025-12-01", want: "error"},
	} {
		t.Run(name, func(t *testing.T) {
			n := &config{now: clock}
			n.raw.asOf, n.raw.from, n.raw.to, n.raw.fullAudit = c.asOf, c.from, c.to, c.full
			got := "error"
			if err := n.settle(c.bucketAsOf, c.bucketWindow); err == nil {
				got = n.asOf.Format(time.RFC3339) + " " + n.from + " " + n.to
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
