package jobs_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sourcecov/jobs"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/gcs/gcstest"
)

// TestCloudForce: --force loads again what is there already, and nothing else.
func TestCloudForce(t *testing.T) {
	t.Parallel()
	long(t)
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
		code, said := c.try(t, work, "--force", bad)
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
	code, said := c.try(t, work, "--max-jobs", "20")
	if code != 2 || !strings.Contains(said, "more than the 20 that a run may start; nothing was loaded") ||
		!strings.Contains(said, "--max-jobs") {
		t.Errorf("exit %d: %s", code, said)
	}
	// What was landed is in the state by then, and named by one HEAD; no intent is.
	if n := c.bq.Count("jobs.insert"); n > 0 || slices.ContainsFunc(c.gcs.Names("ours"), func(name string) bool {
		return name != "state/HEAD-00000001" && !strings.HasPrefix(name, "state/landing/")
	}) {
		t.Errorf("%d jobs, %v", n, c.gcs.Names("ours"))
	}
}

// TestCloudGone: what somebody deleted from the dataset is noticed and loaded again.
func TestCloudGone(t *testing.T) {
	t.Parallel()
	long(t)
	c, work := newCloud(t), t.TempDir()
	c.migrate(t)
	c.night(t, 0, work)
	all := c.holds(t, "source_status")
	for _, gone := range []string{"source_status$20250219", "source_status"} {
		c.api(t, http.MethodDelete, "/coverage/tables/"+gone, "")
		if gone == "source_status" {
			code, said := c.try(t, work)
			if code != 2 || !strings.Contains(said, "source_status: wanted a table of") ||
				!strings.Contains(said, "next: sourcecov migrate") {
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
		faults []bqtest.Fault
		exit   int
		says   string
	}{
		"a job that is invalid": {[]bqtest.Fault{{Call: "jobs.insert", Table: "coverage.source_status", Nth: 1,
			Do: bqtest.JobInvalid}}, 1, "it is of the rows nba_game_id 0022"},
		"a job of objects that is invalid": {[]bqtest.Fault{{Call: "jobs.insert", Table: "coverage.landed_objects", Nth: 1,
			Do: bqtest.JobInvalid}}, 1, "it is of the rows object "},
		"a day's quota is used up": {[]bqtest.Fault{{Call: "jobs.insert", Nth: 1, Do: bqtest.QuotaExceeded403}}, 5,
			"quota"},
		"no permission to load": {[]bqtest.Fault{{Call: "jobs.insert", Do: bqtest.AccessDenied403}}, 2,
			"sourcecov doctor"},
		"an unavailable service, a backend error and a lost answer": {[]bqtest.Fault{
			{Call: "jobs.insert", Nth: 2, Do: bqtest.Status503After},
			{Call: "jobs.insert", Nth: 5, Do: bqtest.JobBackendError},
			{Call: "jobs.insert", Nth: 8, Do: bqtest.DropAnswer}}, 0, ""},
		"a page of HTML for an answer, and once half of one": {[]bqtest.Fault{
			{Call: "datasets.get", Nth: 1, Do: bqtest.HalfAnswer}, {Call: "datasets.get", Do: bqtest.HTMLAfter}}, 5,
			"the answer is not JSON"},
		"a table that is not there": {[]bqtest.Fault{{Call: "tables.get", Table: "coverage.source_status", Nth: 1,
			Do: bqtest.NotFound404}}, 2, "sourcecov migrate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if x.exit != 0 {
				long(t)
			}
			c, work := newCloud(t), t.TempDir()
			c.migrate(t)
			for _, f := range x.faults {
				c.bq.Inject(f)
			}
			code, said := c.try(t, work)
			if code != x.exit || !strings.Contains(said, x.says) {
				t.Errorf("exit %d, want %d: %s", code, x.exit, said)
			}
			c.bq.ClearFaults()
			c.night(t, 0, t.TempDir())
			for _, f := range tables(t) {
				if rows := c.holds(t, f.Name); len(rows) == 0 && f.Name != unlooked {
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
	code, said := c.try(t, t.TempDir())
	if code != 2 || !strings.Contains(said, "append to the state") ||
		!strings.Contains(said, "next: gcloud storage buckets add-iam-policy-binding gs://ours --member=WHO --role=roles/storage.objectUser") {
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

// TestCloudBeforeThePull: what is wrong with warehouse or state is told before one
// object is read, be it that nobody is there.
func TestCloudBeforeThePull(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()
	c := newCloud(t)
	for name, x := range map[string]struct {
		state, bigquery string
		exit            int
		says            []string
	}{
		"no dataset": {"gs://ours/state", c.bq.URL, 2, []string{"a dataset in US, there is nothing"}},
		"no state":   {"gs://nowhere/state", c.bq.URL, 2, []string{"gs://nowhere does not exist"}},
		"nobody": {"gs://ours/state", nobody, 5,
			[]string{"BigQuery is not there: no connection to " + nobody + ": connection refused; asking again",
				"look at dataset test.coverage: no connection to " + nobody + ": connection refused\n"}},
	} {
		work, said, before := t.TempDir(), &bytes.Buffer{}, len(c.gcs.Requests())
		env := func(name string) string {
			if name == "BIGQUERY_EMULATOR_HOST" {
				return x.bigquery
			}
			return c.env(name)
		}
		args := append([]string{"nightly"}, append(c.flags(work), "--state", x.state)...)
		code := jobs.Main(t.Context(), jobs.World{Args: args, Stdout: io.Discard, Stderr: said, Now: time.Now, Getenv: env})
		for _, text := range x.says {
			if !strings.Contains(said.String(), text) {
				t.Errorf("%s: it does not say %q", name, text)
			}
		}
		if code != x.exit {
			t.Errorf("%s: exit %d: %s", name, code, said)
		}
		for _, r := range c.gcs.Requests()[before:] {
			if strings.Contains(r.URL, "/scraped/") && strings.Contains(r.URL, ".json") {
				t.Errorf("%s: before that it read %s", name, r.URL)
			}
		}
		if landed, _ := filepath.Glob(filepath.Join(work, "landing", "*")); len(landed) > 0 {
			t.Errorf("%s: before that it landed %v", name, landed)
		}
	}
}

// TestCloudMadeAgain: a dataset that was lost and made again, or a table of it that
// was emptied, is one question a table, and is filled again.
func TestCloudMadeAgain(t *testing.T) {
	t.Parallel()
	long(t)
	c, work := newCloud(t), t.TempDir()
	c.migrate(t)
	c.night(t, 0, work)
	before := map[string][]string{}
	for _, f := range tables(t) {
		before[f.Name] = c.holds(t, f.Name)
	}
	c.api(t, http.MethodDelete, "/coverage?deleteContents=true", "")
	c.migrate(t)
	c.night(t, 0, work)
	for _, r := range c.bq.Requests() {
		if r.Call == "tables.get" && strings.Contains(r.Table, "$") {
			t.Fatalf("of a table without rows it asked for %s", r.Table)
		}
	}
	for _, f := range tables(t) {
		if got := c.holds(t, f.Name); f.Name != "coverage_runs" && !slices.Equal(got, before[f.Name]) {
			t.Errorf("%s holds %d of %d rows, or others", f.Name, len(got), len(before[f.Name]))
		}
	}
	// One partition of one table is gone: each of that table's is asked for once.
	c.api(t, http.MethodDelete, "/coverage/tables/source_status$20250219", "")
	c.bq.ClearRequests()
	c.night(t, 0, work)
	looks := map[string]int{}
	for _, r := range c.bq.Requests() {
		if r.Call == "tables.get" && strings.Contains(r.Table, "$") {
			looks[r.Table]++
		}
	}
	for table, n := range looks {
		if n != 1 || !strings.HasPrefix(table, "coverage.source_status$") {
			t.Errorf("it asked for %s %d times", table, n)
		}
	}
	if len(looks) == 0 || !slices.Equal(c.holds(t, "source_status"), before["source_status"]) {
		t.Errorf("after %d looks it holds %d rows", len(looks), len(c.holds(t, "source_status")))
	}
}
