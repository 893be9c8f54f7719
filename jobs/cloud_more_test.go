package jobs_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sourcecov/fixtures"
	"sourcecov/sql"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/gcs/gcstest"
)

// TestCloudRace: of two runs that began with one state, in two working
// directories, the first to record what it intends loads; the other stops with
// exit 5 before any load, and its next try finds everything done.
func TestCloudRace(t *testing.T) {
	t.Parallel()
	// Both are let go when both are about to record their intents.
	var mu sync.Mutex
	arrived, both := 0, make(chan struct{})
	c := newCloud(t)
	c.gcs.OnRequest = func(r *http.Request, before bool) {
		if !before || !strings.Contains(r.URL.Query().Get("name"), "state/HEAD-00000001") {
			return
		}
		mu.Lock()
		if arrived++; arrived == 2 {
			close(both)
		}
		mu.Unlock()
		select {
		case <-both:
		case <-time.After(30 * time.Second):
		}
	}
	c.migrate(t)
	codes := make([]int, 2)
	said := make([]string, 2)
	var all sync.WaitGroup
	for i := range codes {
		work := t.TempDir()
		all.Go(func() {
			codes[i], _, said[i] = c.run(t.Context(), slices.Concat([]string{"nightly", "-q"}, c.flags(work))...)
		})
	}
	all.Wait()
	if slices.Sort(codes); !slices.Equal(codes, []int{0, 5}) {
		t.Fatalf("exits %v\n%s", codes, said)
	}
	if text := strings.Join(said, ""); !strings.Contains(text, "another run wrote the state first") || !strings.Contains(text, "next: wait for the other run to end") {
		t.Errorf("the loser says %q", text)
	}
	once := map[string]int{}
	for _, id := range c.bq.JobIDs() {
		once[id]++
		if !strings.HasSuffix(id, "-0") {
			t.Errorf("%s is a second attempt", id)
		}
	}
	before := c.loads()
	c.night(t, 0, t.TempDir())
	c.idle(t, before)
}

// TestCloudOvertaken: a run that another one overtakes after it has recorded its
// intents starts no load any more. What it left open the other has settled.
func TestCloudOvertaken(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.migrate(t)
	first := make(chan struct{})
	var once sync.Once
	c.gcs.OnRequest = func(r *http.Request, before bool) {
		if !before && strings.Contains(r.URL.Query().Get("name"), "state/HEAD-00000001") {
			// The intents are recorded and the answer has not come yet: here the other overtakes.
			once.Do(func() {
				close(first)
				time.Sleep(200 * time.Millisecond)
				code, _, said := c.run(t.Context(), slices.Concat([]string{"nightly", "-q"}, c.flags(t.TempDir()))...)
				if code != 0 {
					t.Errorf("the other: exit %d %s", code, said)
				}
			})
		}
	}
	code, _, said := c.run(t.Context(), slices.Concat([]string{"nightly", "-q"}, c.flags(t.TempDir()))...)
	<-first
	if code != 5 || !strings.Contains(said, "another run wrote the state first") {
		t.Errorf("exit %d: %s", code, said)
	}
	for _, id := range c.bq.JobIDs() {
		if !strings.HasSuffix(id, "-0") {
			t.Errorf("%s is a second attempt", id)
		}
	}
}

// TestCloudForce: --force loads again what is there already, and nothing else.
func TestCloudForce(t *testing.T) {
	t.Parallel()
	c, work := newCloud(t), t.TempDir()
	c.migrate(t)
	c.night(t, 0, work)
	before := c.loads()
	c.night(t, 0, work, "--force", "known_gaps", "--force", "source_status:2025-02-19")
	var more []string
	for _, id := range c.loads() {
		if name, _, _ := strings.Cut(strings.TrimPrefix(id, "sourcecov-"), "-"); !slices.Contains(before, id) {
			more = append(more, name)
		}
	}
	if slices.Sort(more); !slices.Equal(more, []string{"coverage_runs", "known_gaps", "source_status"}) {
		t.Errorf("loaded were %v", more)
	}
	for _, bad := range []string{"nothing", "source_status:yesterday"} {
		code, _, said := c.run(t.Context(), slices.Concat([]string{"nightly", "--force", bad}, c.flags(work))...)
		if code != 2 || !strings.Contains(said, bad) {
			t.Errorf("--force %s: exit %d %s", bad, code, said)
		}
	}
}

// TestCloudBudget: a plan of more jobs than allowed is refused before the first.
func TestCloudBudget(t *testing.T) {
	t.Parallel()
	c, work := newCloud(t), t.TempDir()
	c.migrate(t)
	code, _, said := c.run(t.Context(), slices.Concat([]string{"nightly", "--max-jobs", "20"}, c.flags(work))...)
	if code != 2 || !strings.Contains(said, "more than the 20 that a run may start; nothing was loaded") || !strings.Contains(said, "--max-jobs") {
		t.Errorf("exit %d: %s", code, said)
	}
	if n := c.bq.Count("jobs.insert"); n > 0 || len(c.gcs.Names("ours")) > 0 {
		t.Errorf("%d jobs, %v", n, c.gcs.Names("ours"))
	}
}

// TestCloudGone: what somebody deleted from the dataset is noticed and loaded again.
func TestCloudGone(t *testing.T) {
	t.Parallel()
	c, work := newCloud(t), t.TempDir()
	c.migrate(t)
	c.night(t, 0, work)
	all := c.holds(t, "source_status")
	for _, gone := range []string{"source_status$20250219", "source_status"} {
		c.table(t, http.MethodDelete, gone, nil)
		if gone == "source_status" {
			code, _, said := c.run(t.Context(), slices.Concat([]string{"nightly"}, c.flags(work))...)
			if code != 2 || !strings.Contains(said, "source_status: wanted a table of") || !strings.Contains(said, "next: sourcecov migrate") {
				t.Errorf("a table is gone: exit %d %s", code, said)
			}
			c.migrate(t)
		}
		c.night(t, 0, work)
		if got := c.holds(t, "source_status"); !slices.Equal(got, all) {
			t.Errorf("%s was deleted; then there are %d of %d rows", gone, len(got), len(all))
		}
	}
}

// TestCloudFaults: what the services do to a night ends in the exit status that
// tells a scheduler what to do, and the next night is whole.
func TestCloudFaults(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		fault bqtest.Fault
		exit  int
		says  string
	}{
		"a job that is invalid":     {bqtest.Fault{Call: "jobs.insert", Table: "coverage.source_status", Nth: 1, Do: bqtest.JobInvalid}, 1, "failed: invalid"},
		"a day's quota is used up":  {bqtest.Fault{Call: "jobs.insert", Nth: 1, Do: bqtest.QuotaExceeded403}, 5, "quota"},
		"no permission to load":     {bqtest.Fault{Call: "jobs.insert", Do: bqtest.AccessDenied403}, 2, "sourcecov doctor"},
		"one backend error":         {bqtest.Fault{Call: "jobs.insert", Nth: 3, Do: bqtest.JobBackendError}, 0, ""},
		"one lost answer":           {bqtest.Fault{Call: "jobs.insert", Nth: 3, Do: bqtest.DropAnswer}, 0, ""},
		"an unavailable service":    {bqtest.Fault{Call: "jobs.insert", Nth: 2, Do: bqtest.Status503After}, 0, ""},
		"a table that is not there": {bqtest.Fault{Call: "tables.get", Table: "coverage.source_status", Nth: 1, Do: bqtest.NotFound404}, 2, "sourcecov migrate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, work := newCloud(t), t.TempDir()
			c.migrate(t)
			c.bq.Inject(x.fault)
			code, _, said := c.run(t.Context(), slices.Concat([]string{"nightly"}, c.flags(work))...)
			if code != x.exit || !strings.Contains(said, x.says) {
				t.Errorf("exit %d, want %d: %s", code, x.exit, said)
			}
			c.bq.ClearFaults()
			c.night(t, 0, t.TempDir())
			for _, f := range tables(t) {
				if rows := c.holds(t, f.Name); len(rows) == 0 {
					t.Errorf("%s is empty", f.Name)
				}
			}
			c.asksOnly(t)
			c.clean(t)
		})
	}
}

// TestCloudState: a bucket of the state that cannot be written is told before
// anything is loaded.
func TestCloudState(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.migrate(t)
	c.gcs.Inject(gcstest.Fault{Kind: gcstest.Forbidden, Method: http.MethodPost, URL: "HEAD", Times: -1})
	code, _, said := c.run(t.Context(), slices.Concat([]string{"nightly"}, c.flags(t.TempDir()))...)
	if code != 2 || !strings.Contains(said, "append to the state") || !strings.Contains(said, "sourcecov doctor") {
		t.Errorf("exit %d: %s", code, said)
	}
	if n := c.bq.Count("jobs.insert"); n > 0 {
		t.Errorf("%d jobs without a recorded intent", n)
	}
	args := c.flags(t.TempDir())
	args[1] = "gs://nowhere"
	code, _, said = c.run(t.Context(), append([]string{"nightly"}, args...)...)
	if code != 2 || !strings.Contains(said, "bucket gs://nowhere does not exist") {
		t.Errorf("exit %d: %s", code, said)
	}
}

// TestBQ: the bq command line, which is not ours, lists the tables of a night and
// prints rows of each that has a type of columns which those before it lack.
func TestBQ(t *testing.T) {
	bq, err := exec.LookPath("bq")
	if err != nil {
		t.Skip("bq, the command line of BigQuery, is not installed here")
	}
	t.Parallel()
	c := newCloud(t)
	c.seed(t, fixtures.Bucket())
	c.migrate(t)
	c.night(t, 0, t.TempDir())
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "bigqueryrc"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	call := func(args ...string) string {
		cmd := exec.Command(bq, append([]string{"--api", c.bq.URL, "--oauth_access_token=dummy", "--project_id", "test", "--bigqueryrc", filepath.Join(home, "bigqueryrc")}, args...)...)
		cmd.Env = append(os.Environ(), "CLOUDSDK_CONFIG="+home, "HOME="+home)
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("bq %v: %v\n%s%s", args, err, out, &said)
		}
		return string(out)
	}
	list := call("ls", "coverage")
	var all sync.WaitGroup
	few := make(chan struct{}, 2) // each call takes seconds, most of them to start
	printed := map[string]bool{}
	for _, f := range tables(t) {
		if !strings.Contains(list, f.Name) {
			t.Errorf("bq ls does not list %s:\n%s", f.Name, list)
		}
		if !slices.ContainsFunc(f.Columns, func(c sql.Column) bool { return !printed[c.Type] }) {
			continue // of each type of columns some table is printed
		}
		for _, c := range f.Columns {
			printed[c.Type] = true
		}
		all.Go(func() {
			few <- struct{}{}
			defer func() { <-few }()
			rows := c.holds(t, f.Name)
			out := call("--format=json", "head", "-n", fmt.Sprint(len(rows)), "coverage."+f.Name)
			if n := strings.Count(out, `"`+f.Key[0]+`":`); n != len(rows) || n == 0 {
				t.Errorf("bq head prints %d rows of %s, which has %d:\n%.300s", n, f.Name, len(rows), out)
			}
		})
	}
	all.Wait()
	if !strings.Contains(list, "source_coverage_log_current") {
		t.Errorf("bq ls does not list the view:\n%s", list)
	}
}

// TestMonthCloud: the real month, of which every table has more partitions than
// are loaded one by one, is in BigQuery what it is in a directory; the night after
// it, on which one number was corrected, loads just what changed.
func TestMonthCloud(t *testing.T) {
	t.Parallel()
	month, c, work := monthBucket(t), newCloud(t), t.TempDir()
	bucket := filepath.Join(t.TempDir(), "bucket")
	if err := os.CopyFS(bucket, os.DirFS(month)); err != nil {
		t.Fatal(err)
	}
	c.migrate(t)
	night := slices.Concat([]string{"nightly", "-q", "--bucket", bucket, "--workdir", work}, monthArgs)
	for _, state := range []string{"whole", "corrected"} {
		before := c.loads()
		c.must(t, 0, append(night, "--warehouse", "bq:test.coverage")...)
		local := filepath.Join(t.TempDir(), "local") // the same landing, published elsewhere by a state that knows nothing
		must(t, 0, append(night, "--warehouse", "dir:"+filepath.Join(local, "warehouse"), "--state", filepath.Join(local, "state"))...)
		for _, f := range tables(t) {
			got, want := c.holds(t, f.Name), dirHolds(t, filepath.Join(local, "warehouse"), f.Name)
			// What the first night saw of events is seen again, and what was corrected is told, in the cloud only.
			tells := f.Name == "coverage_runs" || state == "corrected" && (f.Name == "coverage_actions" || f.Name == "source_coverage_log")
			if !tells && !slices.Equal(got, want) {
				t.Errorf("%s: %s holds %d rows in BigQuery and %d in the directory, or others", state, f.Name, len(got), len(want))
			}
		}
		whole, all := 0, 0
		for _, id := range c.loads() {
			if !slices.Contains(before, id) {
				all++
				whole += strings.Count(id, "-all-")
			}
		}
		if state == "whole" && (whole < 8 || all > 40) || state == "corrected" && (all < 6 || all > 60) {
			t.Errorf("%s: %d loads, %d of them of whole tables", state, all, whole)
		}
		if state == "whole" {
			correct(t, bucket, "nba-com/gamebooks-data/2023-11-05/*/*.json")
		}
	}
	c.asksOnly(t)
}

// correct changes one number of the first object of a bucket that fits a pattern.
func correct(t *testing.T, bucket, pattern string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(bucket, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	body, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`("assists": *)\d+`).FindSubmatchIndex(body)
	if number == nil {
		t.Fatalf("%s has no assists", names[0])
	}
	body = slices.Concat(body[:number[3]], []byte("31"), body[number[1]:])
	if err := os.WriteFile(names[0], body, 0o644); err != nil {
		t.Fatal(err)
	}
}
