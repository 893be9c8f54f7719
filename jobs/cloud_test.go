package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sourcecov/fixtures"
	"sourcecov/jobs"
	"sourcecov/sql"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/gcs/gcstest"
	"sourcecov/sync/warehouse/warehousetest"
)

// A cloud is a bucket service and a BigQuery in this process. The bucket
// "scraped" holds the small bucket, with the generations that a directory gives it.
type cloud struct {
	gcs *gcstest.Server
	bq  *bqtest.Server
}

func newCloud(t *testing.T, change ...func(*bqtest.Options)) cloud {
	t.Helper()
	c := cloud{gcs: gcstest.NewServer(t)}
	o := bqtest.Options{Objects: c.gcs.Read}
	for _, f := range change {
		f(&o)
	}
	var err error
	if c.bq, err = bqtest.NewServer(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.bq.Close() })
	for _, name := range []string{"scraped", "ours"} {
		c.gcs.CreateBucket(name)
	}
	c.seed(t, smallBucket())
	return c
}

// seed puts the files of a tree into the bucket.
func (c cloud) seed(t *testing.T, from fs.FS) {
	t.Helper()
	err := fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(from, path)
		c.put(fixtures.DecodeName(path), body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// put makes an object of the bucket, with the generation that a directory would give it.
func (c cloud) put(name string, body []byte) {
	c.gcs.PutObject(gcstest.Object{Bucket: "scraped", Name: name, Body: body,
		Generation: int64(crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))})
}

// env is the environment of a program that knows this cloud and no other.
func (c cloud) env(name string) string {
	if at := map[string]string{"STORAGE_EMULATOR_HOST": c.gcs.Endpoint(),
		"BIGQUERY_EMULATOR_HOST": c.bq.URL}[name]; at != "" {
		return at
	}
	return environment(name)
}

// flags name the places of a night in the cloud.
func (c cloud) flags(work string) []string {
	return []string{"--bucket", "gs://scraped", "--workdir", work, "--state", "gs://ours/state", "--warehouse",
		"bq:test.coverage", "--staging", "gs://ours/staged"}
}

func (c cloud) run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = jobs.Main(ctx, jobs.World{Args: args, Getenv: c.env, Stdout: &out, Stderr: &err,
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }})
	return code, out.String(), err.String()
}

func (c cloud) must(t *testing.T, want int, args ...string) string {
	t.Helper()
	code, out, said := c.run(t.Context(), args...)
	if code != want {
		t.Fatalf("sourcecov %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, said)
	}
	return out
}

// night runs one in the cloud.
func (c cloud) night(t *testing.T, want int, work string, more ...string) string {
	t.Helper()
	return c.must(t, want, slices.Concat([]string{"nightly", "--json"}, c.flags(work), more)...)
}

// try runs a night in the cloud, quietly, that may end in any way.
func (c cloud) try(t *testing.T, work string, more ...string) (code int, said string) {
	t.Helper()
	code, _, said = c.run(t.Context(), slices.Concat([]string{"nightly", "-q"}, c.flags(work), more)...)
	return code, said
}

func (c cloud) migrate(t *testing.T) {
	t.Helper()
	c.must(t, 0, "migrate", "--apply", "--warehouse", "bq:test.coverage")
	c.bq.ClearRequests()
}

// tables are the published ones, by name.
func tables(t *testing.T) []*sql.File {
	t.Helper()
	cat, err := sql.Load(sql.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return cat.Kind(sql.Publish)
}

// unlooked is the published table that is empty where no night looked into the platform's tables.
const unlooked = "audit_findings"

// holds is what a table of the dataset holds, each row as a JSON object.
func (c cloud) holds(t *testing.T, table string) []string {
	t.Helper()
	rows, err := c.bq.Rows("coverage", table)
	if err != nil {
		t.Fatal(err)
	}
	return normalRows(t, rows)
}

// normalRows puts the fields of rows into one order.
func normalRows(t *testing.T, rows []string) []string {
	t.Helper()
	out := make([]string, len(rows))
	for i, r := range rows {
		var fields map[string]any
		if err := json.Unmarshal([]byte(r), &fields); err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(body)
	}
	slices.Sort(out)
	return out
}

// dirHolds is the same of a directory warehouse.
func dirHolds(t *testing.T, warehouse, table string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(warehouse, table, "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, name := range names {
		rows = append(rows, warehousetest.FileRows(t, name)...)
	}
	return normalRows(t, rows)
}

// loads are the load jobs that were asked for, without the number of the attempt.
func (c cloud) loads() []string {
	var ids []string
	for _, id := range c.bq.JobIDs() {
		ids = append(ids, id[:strings.LastIndexByte(id, '-')])
	}
	slices.Sort(ids)
	return ids
}

// asksOnly holds what was asked of BigQuery since the tables were made to loads,
// jobs and metadata: no query, no DML, no streaming.
func (c cloud) asksOnly(t *testing.T) {
	t.Helper()
	for _, r := range c.bq.Requests() {
		if !slices.Contains([]string{"jobs.insert", "jobs.get", "tables.get", "datasets.get"}, r.Call) ||
			r.Call == "jobs.insert" && r.Kind != "load" {
			t.Errorf("it asked %s %s (%s %s)", r.Method, r.Path, r.Call, r.Kind)
		}
	}
}

// TestCloudNight: from a bucket to BigQuery the night computes and publishes
// just what it does from a directory to a directory.
func TestCloudNight(t *testing.T) {
	t.Parallel()
	local, work := finished(t).work, t.TempDir()
	want := recordedOutputs(t, filepath.Join(local, "runs", runsOf(t, local)[0], "run.json"))
	c := newCloud(t)
	c.seed(t, fixtures.Bucket())
	c.migrate(t)
	out := c.night(t, 0, work)
	id := ofType(t, out, "run")[0]["run_id"].(string)
	if got := recordedOutputs(t, filepath.Join(work, "runs", id, "run.json")); !maps.Equal(got, want) {
		sameBut(t, "cloud and directory", want, got)
	}
	for _, f := range tables(t) {
		got, want := c.holds(t, f.Name), dirHolds(t, filepath.Join(local, "warehouse"), f.Name)
		if f.Name == "coverage_runs" {
			if len(got) != 1 || len(want) != 1 {
				t.Errorf("heartbeats: %v and %v", got, want)
			}
			continue
		}
		if len(want) == 0 && f.Name != unlooked || !slices.Equal(got, want) {
			t.Errorf("%s holds %d rows in BigQuery and %d in the directory, or others", f.Name, len(got), len(want))
		}
	}
	c.asksOnly(t)
	c.clean(t)

	// The same again is done already, another window has nothing new but its own row.
	c.bq.ClearRequests()
	before := c.loads()
	if again := ofType(t, c.night(t, 0, work), "run")[0]; again["already_done"] != true {
		t.Error("the night was not done")
	}
	if again := c.loads(); !slices.Equal(before, again) {
		t.Errorf("what was done already was loaded again: %d jobs, then %d", len(before), len(again))
	}
	c.night(t, 0, work, "--from", "2025-02-19", "--to", "2025-02-19")
	c.idle(t, before)
	// Nor has one in a container with an empty disk.
	before = c.loads()
	c.night(t, 0, t.TempDir(), "--from", "2025-02-18", "--to", "2025-02-19")
	c.idle(t, before)
	c.asksOnly(t)

	if out := c.must(t, 0, slices.Concat([]string{"verify", "newest", "--json"}, c.flags(work)[2:6])...); ofType(t, out,
		"verified")[0]["differences"].(float64) != 0 {
		t.Errorf("verify: %s", out)
	}
}

// clean holds the staging area to being empty.
func (c cloud) clean(t *testing.T) (left int) {
	t.Helper()
	for _, name := range c.gcs.Names("ours") {
		if strings.HasPrefix(name, "staged/") {
			left++
			t.Errorf("left in the stage: %s", name)
		}
	}
	return left
}

// idle holds the loads since before to one of the heartbeat.
func (c cloud) idle(t *testing.T, before []string) {
	t.Helper()
	var more []string
	for _, id := range c.loads() {
		if !slices.Contains(before, id) {
			more = append(more, id)
		}
	}
	if len(more) != 1 || !strings.HasPrefix(more[0], "sourcecov-coverage_runs-") {
		t.Errorf("an idle run loaded %v", more)
	}
}

// TestCloudPlan: a dry run changes nothing anywhere and prints the very plan
// that a real run then executes.
func TestCloudPlan(t *testing.T) {
	t.Parallel()
	long(t)
	c, work := newCloud(t), t.TempDir()
	c.migrate(t)
	plan := func() []string {
		before, tree0, jobs0 := c.everything(t), tree(t, work), len(c.bq.JobIDs())
		var ids []string
		for _, j := range ofType(t, c.night(t, 0, work, "--dry-run"), "job") {
			ids = append(ids, j["load_id"].(string))
		}
		if after := c.everything(t); before != after || !same(tree0, tree(t, work)) || jobs0 != len(c.bq.JobIDs()) {
			t.Error("a dry run changed something")
		}
		slices.Sort(ids)
		return ids
	}
	for _, night := range []string{"first", "after a change"} {
		planned, before := plan(), c.loads()
		c.night(t, 0, work)
		var loaded []string
		for _, id := range c.loads() {
			if !slices.Contains(before, id) && !strings.HasPrefix(id, "sourcecov-coverage_runs-") {
				loaded = append(loaded, id)
			}
		}
		if len(planned) == 0 || !slices.Equal(planned, loaded) {
			t.Errorf("%s night: planned\n%v\nloaded\n%v", night, planned, loaded)
		}
		name := "ball-dont-lie/boxscores/2023-10-24/20231025_080000.json"
		body, ok := c.gcs.Object("scraped", name)
		if !ok {
			t.Fatal("no such object")
		}
		c.gcs.Put("scraped", name, append(body, '\n'))
	}
}

// everything is all that the services hold, as a text.
func (c cloud) everything(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, bucket := range []string{"scraped", "ours"} {
		for _, name := range c.gcs.Names(bucket) {
			body, _ := c.gcs.Object(bucket, name)
			fmt.Fprintf(&b, "%s/%s %08x\n", bucket, name, crc32.ChecksumIEEE(body))
		}
	}
	for _, f := range tables(t) {
		fmt.Fprintln(&b, f.Name, c.holds(t, f.Name))
	}
	return b.String()
}
