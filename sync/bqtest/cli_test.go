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
	if _, err := exec.LookPath("bq"); err != nil {
		t.Skipf("the bq command line is not installed: %v", err)
	}
	w := newWorld(t, bqtest.Options{Polls: 1})
	c := &cli{w, t.TempDir()}
	w.must(os.WriteFile(filepath.Join(c.dir, "bigqueryrc"), nil, 0o600))
	local := filepath.Join(c.dir, "local.parquet")
	w.must(os.WriteFile(local, parquet(t, "SELECT *, ['a', 'b'] AS tags FROM ("+day("2024-01-02", 3, 0)+")"), 0o600))
	remote := w.put("remote.parquet", parquet(t, "SELECT *, ['c'] AS tags FROM ("+day("2024-01-03", 2, 10)+")"))
	schema := filepath.Join(c.dir, "schema.json")
	w.must(os.WriteFile(schema, []byte(`[
		{"name":"game_date","type":"DATE","mode":"NULLABLE","description":"day of the game"},{"name":"game","type":"STRING"},
		{"name":"n","type":"INT64"},{"name":"tags","type":"STRING","mode":"REPEATED"}]`), 0o600))

	c.mustRun("mk", "--dataset", "--location=US", "test:cli")
	c.mustRun("mk", "--table", "--schema", schema, "--time_partitioning_field", "game_date", "--time_partitioning_type", "DAY",
		"--clustering_fields", "game", "--require_partition_filter", "--description", "the games", "test:cli.t")
	load := []string{"--job_id=job1", "load", "--source_format=PARQUET", "--parquet_enable_list_inference", "--replace", "--schema", schema}
	c.mustRun(append(load, "cli.t$20240102", local)...)
	if rows, err := w.Rows("cli", "t"); err != nil || len(rows) != 3 || rows[0] != `{"game_date":"2024-01-02","game":"g0","n":0,"tags":["a","b"]}` {
		t.Errorf("loaded %v, %v", rows, err)
	}
	load[0] = "--job_id=job2"
	c.mustRun(append(load, "cli.t$20240103", remote)...)
	if got, err := w.PartitionRows("cli", "t"); err != nil || got["20240102"] != 3 || got["20240103"] != 2 {
		t.Errorf("partitions %v, %v", got, err)
	}

	// These only look, two at a time.
	var all sync.WaitGroup
	for _, two := range [][]func(){
		{func() {
			var md struct {
				NumRows, Description, Location string
				RequirePartitionFilter         bool
			}
			out := c.mustRun("--format=json", "show", "cli.t")
			if err := json.Unmarshal([]byte(out), &md); err != nil || md.NumRows != "5" || md.Description != "the games" || !md.RequirePartitionFilter {
				t.Errorf("show: %v\n%s", err, out)
			}
		}, func() {
			if out := c.mustRun("--format=json", "ls", "cli"); !strings.Contains(out, `"tableId":"t"`) {
				t.Errorf("ls:\n%s", out)
			}
			if out, err := c.run(append(load, "cli.t$20240103", remote)...); err == nil || !strings.Contains(out, "Already Exists: Job test:US.job2") {
				t.Errorf("the id again: %v\n%s", err, out)
			}
		}},
		{func() {
			if out := c.mustRun("--format=json", "head", "--max_rows=4", "cli.t"); strings.Count(out, `"game":`) != 4 || !strings.Contains(out, `"tags":["a","b"]`) {
				t.Errorf("head:\n%s", out)
			}
		}, func() {
			query := []string{"--format=json", "query", "--use_legacy_sql=false"}
			if out := c.mustRun(append(query, "SELECT COUNT(*) AS there FROM cli.t WHERE game_date = '2024-01-03'")...); !strings.Contains(out, `[{"there":"2"}]`) {
				t.Errorf("query:\n%s", out)
			}
			if out, err := c.run(append(query, "SELECT * FROM cli.t")...); err == nil || !strings.Contains(out, "without a filter") {
				t.Errorf("query without a filter: %v\n%s", err, out)
			}
		}},
	} {
		for _, fn := range two {
			all.Go(fn)
		}
		all.Wait()
	}
	c.mustRun("cp", "--force", "cli.t$20240102", "cli.copy")
	if rows, err := w.Rows("cli", "copy"); err != nil || len(rows) != 3 {
		t.Errorf("copied %v, %v", rows, err)
	}
	c.mustRun("rm", "--force", "--table", "cli.t")
	if _, err := w.Rows("cli", "t"); err == nil {
		t.Error("the table is still there")
	}
	for _, r := range w.Requests() {
		if r.Call == "unknown" {
			t.Errorf("bq asked for something unknown: %+v", r)
		}
	}
}
