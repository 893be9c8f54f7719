package bqtest_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/bqtest"
)

// A cli runs the bq command line against a server.
type cli struct {
	*world
	dir string
}

// run runs one bq command, which takes some seconds, and returns all it printed.
func (c *cli) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
	defer cancel()
	rc := filepath.Join(c.dir, "bigqueryrc")
	config, err := os.MkdirTemp(c.dir, "config") // commands run at the same time
	if err != nil {
		return "", err
	}
	all := append([]string{"--api", c.URL, "--oauth_access_token=dummy", "--project_id", "test", "--bigqueryrc", rc, "--quiet", "--headless"}, args...)
	cmd := exec.CommandContext(ctx, "bq", all...)
	cmd.Env = append(os.Environ(), "CLOUDSDK_CONFIG="+config, "CLOUDSDK_CORE_DISABLE_PROMPTS=1", "HOME="+config)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *cli) mustRun(args ...string) string {
	c.Helper()
	out, err := c.run(args...)
	if err != nil {
		c.Fatalf("bq %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func TestCommandLine(t *testing.T) {
	if testing.Short() {
		t.Skip("long: bq takes seconds to start")
	}
	if _, err := exec.LookPath("bq"); err != nil {
		t.Skipf("the bq command line is not installed: %v", err)
	}
	w := newWorld(t, bqtest.Options{Polls: 1})
	c := &cli{w, t.TempDir()}
	w.must(os.WriteFile(filepath.Join(c.dir, "bigqueryrc"), nil, 0o600))
	md := partitioned(append(games[:len(games):len(games)], &bigquery.FieldSchema{Name: "tags", Type: bigquery.StringFieldType, Repeated: true}))
	md.Description, md.RequirePartitionFilter = "the games", true
	w.must(w.ds.Table("t").Create(t.Context(), md))

	local := filepath.Join(c.dir, "local.parquet")
	w.must(os.WriteFile(local, parquet(t, "SELECT *, ['a', 'b'] AS tags FROM ("+day("2024-01-02", 3, 0)+")"), 0o600))
	load := []string{
		"--job_id=job1", "--location=EU", "load", "--source_format=PARQUET", "--parquet_enable_list_inference",
		"--replace", "--schema", filepath.Join(c.dir, "schema.json"),
	}
	w.must(os.WriteFile(filepath.Join(c.dir, "schema.json"), []byte(`[{"name":"game_date","type":"DATE"},{"name":"game","type":"STRING"},
		{"name":"n","type":"INT64"},{"name":"tags","type":"STRING","mode":"REPEATED"}]`), 0o600))
	c.mustRun(append(load, "ds.t$20240102", local)...)
	if rows, err := w.Rows("ds", "t"); err != nil || len(rows) != 3 || rows[0] != `{"game_date":"2024-01-02","game":"g0","n":0,"tags":["a","b"]}` {
		t.Errorf("loaded %v, %v", rows, err)
	}

	// These only look, two at a time.
	var all sync.WaitGroup
	few := make(chan struct{}, 2)
	for _, look := range []func(){
		func() {
			var md struct {
				NumRows, Description, Location string
				RequirePartitionFilter         bool
			}
			out := c.mustRun("--format=json", "show", "ds.t")
			if err := json.Unmarshal([]byte(out), &md); err != nil || md.NumRows != "3" || md.Description != "the games" || !md.RequirePartitionFilter {
				t.Errorf("show: %v\n%s", err, out)
			}
		}, func() {
			if out := c.mustRun("--format=json", "ls", "ds"); !strings.Contains(out, `"tableId":"t"`) {
				t.Errorf("ls:\n%s", out)
			}
		}, func() {
			if out := c.mustRun("--format=json", "head", "-n", "2", "ds.t"); strings.Count(out, `"game":`) != 2 || !strings.Contains(out, `"tags":["a","b"]`) {
				t.Errorf("head:\n%s", out)
			}
		}, func() {
			query := "SELECT game, COUNT(*) AS there FROM ds.t WHERE game_date = '2024-01-02' AND n > 1 GROUP BY game"
			if out := c.mustRun("--format=json", "query", "--use_legacy_sql=false", query); !strings.Contains(out, `[{"game":"g2","there":"1"}]`) {
				t.Errorf("query:\n%s", out)
			}
		},
	} {
		all.Go(func() {
			few <- struct{}{}
			defer func() { <-few }()
			look()
		})
	}
	all.Wait()
	for _, r := range w.Requests() {
		if r.Call == "unknown" {
			t.Errorf("bq asked for something unknown: %+v", r)
		}
	}
}
