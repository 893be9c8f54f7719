package bq_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/bq"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/warehouse"
)

const enough = 1 << 30

// theirs are the tables of the place, as one who only counts them sees them.
func (p place) theirs(t *testing.T, most int64, change ...func(*bq.Options)) *bq.Tables {
	t.Helper()
	o := bq.Options{Project: "test", Endpoint: p.server.URL, Pause: 5 * time.Millisecond, Call: 5 * time.Second, Load: 20 * time.Second}
	for _, c := range change {
		c(&o)
	}
	tables, err := bq.OpenTables(t.Context(), o, most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tables.Close() })
	return tables
}

// games is what is counted of the suite's table of games.
func games(change ...func(*bq.Counting)) bq.Counting {
	c := bq.Counting{Dataset: "d", Table: "games", Game: "id", Date: "game_date", Key: "n", From: "2025-01-01", To: "2025-12-31"}
	for _, f := range change {
		f(&c)
	}
	return c
}

// counted are rows as texts, sorted.
func counted(rows []bq.CountedRows) (out []string) {
	for _, r := range rows {
		out = append(out, fmt.Sprintf("{%s %s %d %d}", *r.Game, r.Date, r.Rows, r.Keys))
	}
	slices.Sort(out)
	return out
}

// TestCount: one query counts a table by game and date, of the dates asked for, and
// nothing else is asked but what the table is.
func TestCount(t *testing.T) {
	t.Parallel()
	p := threeDays(t)
	tables := p.theirs(t, enough)
	for name, c := range map[string]struct {
		what bq.Counting
		want string
	}{
		"all":      {games(), "[{a 2025-01-01 1 1} {b 2025-01-02 1 1} {c 2025-01-02 1 1}]"},
		"a day":    {games(func(c *bq.Counting) { c.From, c.To = "2025-01-02", "2025-01-02" }), "[{b 2025-01-02 1 1} {c 2025-01-02 1 1}]"},
		"no key":   {games(func(c *bq.Counting) { c.Key, c.To = "", "2025-01-01" }), "[{a 2025-01-01 1 1}]"},
		"by date":  {games(func(c *bq.Counting) { c.Game, c.Key = "ok", "id" }), "[{true 2025-01-01 1 1} {true 2025-01-02 2 2}]"},
		"no dates": {games(func(c *bq.Counting) { c.From, c.To = "2024-01-01", "2024-01-01" }), "[]"},
		"unparted": {games(func(c *bq.Counting) { c.Table = "whole" }), "[{a 2025-01-01 1 1}]"},
	} {
		p.server.ClearRequests()
		got, err := tables.Count(t.Context(), c.what)
		if err != nil || got.Fault != "" || fmt.Sprint(counted(got.Rows)) != c.want || got.Streaming != (bq.Streaming{Exists: true}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if p.server.Count("tables.get") != 1 || p.server.Count("jobs.insert") != 1 {
			t.Errorf("%s: asked %v", name, p.server.Requests())
		}
	}
	for _, r := range p.server.Requests() { // of the last
		if !slices.Contains([]string{"tables.get", "jobs.insert", "jobs.get", "jobs.getQueryResults"}, r.Call) ||
			r.Call == "jobs.insert" && (r.Kind != "query" || !strings.HasPrefix(r.SQL, "SELECT ") || !strings.HasPrefix(r.JobID, "sourcecov_audit_")) {
			t.Errorf("it asked %s %s (%s %s: %s)", r.Method, r.Path, r.Call, r.JobID, r.SQL)
		}
	}
}

// TestEstimate: what a query would read is told of each table, and none is read.
func TestEstimate(t *testing.T) {
	t.Parallel()
	p := threeDays(t)
	got, err := p.theirs(t, 1).Estimate(t.Context(), games())
	if err != nil || got.Fault != "" || got.Bytes != 3*3*8 || got.Rows != nil { // rows, columns, bytes of each
		t.Errorf("%+v, %v", got, err)
	}
	if ids := p.server.JobIDs(); slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(id, "audit") }) {
		t.Errorf("jobs %v", ids)
	}
}

// TestStreams: rows in a streaming buffer are told, of a table that can be counted and
// of one that cannot.
func TestStreams(t *testing.T) {
	t.Parallel()
	p := threeDays(t)
	since := time.Date(2025, 4, 20, 12, 0, 0, 0, time.UTC)
	if err := p.server.Stream("d", "games", 7, since); err != nil {
		t.Fatal(err)
	}
	for _, c := range []bq.Counting{games(), games(func(c *bq.Counting) { c.Key = "none" })} {
		got, err := p.theirs(t, enough).Count(t.Context(), c)
		if err != nil || got.Streaming != (bq.Streaming{Exists: true, Rows: 7, Oldest: since}) || (got.Fault == "") != (c.Key == "n") {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// TestTableFaults: what is wrong with one table is told of it, with what to do about it.
func TestTableFaults(t *testing.T) {
	t.Parallel()
	table := func(name string) bq.Counting { return games(func(c *bq.Counting) { c.Table = name }) }
	for name, c := range map[string]struct {
		what bq.Counting
		most int64
		make func(*testing.T, place)
		says string
	}{
		"no such table":   {what: table("none"), says: "there is no such table: 404 Not found: Table test:d.none: --audit bq:PROJECT with"},
		"no such dataset": {what: games(func(c *bq.Counting) { c.Dataset = "none" }), says: "there is no such table: 404 Not found: Dataset test:none"},
		"a view": {what: table("v"), says: "it is a view, not a table: name the table behind it in sql/reference/audited_tables.sql", make: func(t *testing.T, p place) {
			if err := p.client(t).Table("v").Create(t.Context(), &bigquery.TableMetadata{ViewQuery: "SELECT id FROM d.games"}); err != nil {
				t.Fatal(err)
			}
		}},
		"no such column": {what: games(func(c *bq.Counting) { c.Game = "none" }), says: "it has no column none"},
		"no such key":    {what: games(func(c *bq.Counting) { c.Key = "none" }), says: "it has no column none"},
		"no name":        {what: games(func(c *bq.Counting) { c.Game = "id` --" }), says: "it has no column id` --"},
		"no date":        {what: games(func(c *bq.Counting) { c.Date = "at" }), says: "its column at is TIMESTAMP and no DATE"},
		"another filter demanded": {what: table("other"), says: "it was refused: 400 Cannot query over table 'test.d.other' without a filter over column(s) 'loaded_on'", make: func(t *testing.T, p place) {
			md := &bigquery.TableMetadata{RequirePartitionFilter: true, TimePartitioning: &bigquery.TimePartitioning{Field: "loaded_on"}, Schema: bigquery.Schema{
				{Name: "id", Type: bigquery.StringFieldType}, {Name: "game_date", Type: bigquery.DateFieldType}, {Name: "loaded_on", Type: bigquery.DateFieldType}, {Name: "n", Type: bigquery.IntegerFieldType},
			}}
			if err := p.client(t).Table("other").Create(t.Context(), md); err != nil {
				t.Fatal(err)
			}
		}},
		"too small a limit": {most: 1 << 20, what: games(), says: "it takes more than the 1048576 bytes that --max-billed allows: Query exceeded limit for bytes billed: 1048576. 10485760 or higher required: sourcecov audit --dry-run tells"},
		"may not be looked at": {what: games(), says: "access is denied: 403 Access Denied: User does not have permission: bq query --nouse_legacy_sql 'GRANT `roles/bigquery.dataViewer` ON SCHEMA `test.d`", make: func(_ *testing.T, p place) {
			p.server.Inject(bqtest.Fault{Call: "tables.get", Table: "d.games", Do: bqtest.AccessDenied403})
		}},
		"may not be read": {what: games(), says: "TO \"WHO\"', or gcloud projects add-iam-policy-binding test --member=WHO --role=roles/bigquery.jobUser", make: func(_ *testing.T, p place) {
			p.server.Deny("bigquery.tables.getData")
		}},
		"no jobs may run": {what: games(), says: "does not have bigquery.jobs.create permission in project test", make: func(_ *testing.T, p place) {
			p.server.Deny("bigquery.jobs.create")
		}},
		"a job failed": {what: games(), says: "it was refused: Error while reading data", make: func(_ *testing.T, p place) {
			p.server.Inject(bqtest.Fault{Call: "jobs.insert", Do: bqtest.JobInvalid})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := threeDays(t)
			if c.make != nil {
				c.make(t, p)
			}
			if c.most == 0 {
				c.most = enough
			}
			got, err := p.theirs(t, c.most).Count(t.Context(), c.what)
			if err != nil || !strings.Contains(got.Fault, c.says) || got.Rows != nil {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// TestCountFaults: whatever goes wrong once, the table is counted; what does not pass is
// an error of all tables, and of its own kind.
func TestCountFaults(t *testing.T) {
	t.Parallel()
	insert, get, results := "jobs.insert", "jobs.get", "jobs.getQueryResults"
	for name, c := range map[string]struct {
		fault bqtest.Fault
		jobs  int
	}{
		"503":                     {bqtest.Fault{Call: "tables.get", Nth: 1, Do: bqtest.Status503Before}, 1},
		"503 after it was taken":  {bqtest.Fault{Call: insert, Nth: 1, Do: bqtest.Status503After}, 1},
		"answer lost":             {bqtest.Fault{Call: insert, Nth: 1, Do: bqtest.DropAnswer}, 1},
		"a page":                  {bqtest.Fault{Call: insert, Nth: 1, Do: bqtest.HTMLAfter}, 1},
		"half of a job":           {bqtest.Fault{Call: get, Nth: 1, Do: bqtest.HalfAnswer}, 1},
		"not to be seen at first": {bqtest.Fault{Call: get, Nth: 1, Do: bqtest.NotFound404}, 1},
		"half of the rows":        {bqtest.Fault{Call: results, Nth: 1, Do: bqtest.HalfAnswer}, 1},
		"rows lost":               {bqtest.Fault{Call: results, Nth: 1, Do: bqtest.DropAnswer}, 1},
		"rate limit":              {bqtest.Fault{Call: insert, Nth: 1, Do: bqtest.RateLimited403}, 1},
		"backend error":           {bqtest.Fault{Call: insert, Nth: 1, Do: bqtest.JobBackendError}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := threeDays(t)
			before := len(p.server.JobIDs())
			p.server.Inject(c.fault)
			got, err := p.theirs(t, enough).Count(t.Context(), games())
			if err != nil || len(got.Rows) != 3 || len(p.server.JobIDs()) != before+c.jobs || p.server.Planned() > 0 {
				t.Errorf("%+v, %v; jobs %v", got, err, p.server.JobIDs())
			}
		})
	}
	for name, c := range map[string]struct {
		fault bqtest.Fault
		is    error
		says  string
	}{
		"503 for ever":    {bqtest.Fault{Call: "tables.get", Do: bqtest.Status503Before}, warehouse.ErrTemporary, "count table test.d.games: "},
		"pages for ever":  {bqtest.Fault{Call: insert, Do: bqtest.HTMLAfter}, warehouse.ErrTemporary, "the answer is not JSON, or not all of it"},
		"a day's quota":   {bqtest.Fault{Call: insert, Do: bqtest.QuotaExceeded403}, warehouse.ErrTemporary, "Quota exceeded"},
		"a job's quota":   {bqtest.Fault{Call: insert, Do: bqtest.JobQuotaExceeded}, warehouse.ErrTemporary, "Quota exceeded"},
		"failed for ever": {bqtest.Fault{Call: insert, Do: bqtest.JobBackendError}, warehouse.ErrTemporary, "backendError"},
		"no credentials":  {bqtest.Fault{Call: "tables.get", Do: bqtest.Unauthorized401}, warehouse.ErrCredentials, "401"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := threeDays(t)
			p.server.Inject(c.fault)
			got, err := p.theirs(t, enough, func(o *bq.Options) { o.Call = 500 * time.Millisecond }).Count(t.Context(), games())
			if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.says) || got.Fault != "" || got.Rows != nil {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	t.Run("no end", func(t *testing.T) {
		t.Parallel()
		p := threeDays(t)
		p.server.Inject(bqtest.Fault{Call: insert, Do: bqtest.JobEndless})
		_, err := p.theirs(t, enough, func(o *bq.Options) { o.Load = 300 * time.Millisecond }).Count(t.Context(), games())
		if !errors.Is(err, warehouse.ErrTemporary) || !strings.Contains(err.Error(), "it was not done within 300ms") {
			t.Errorf("%v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := threeDays(t).theirs(t, enough).Count(ctx, games()); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

// TestAnotherProject: a project that is not there has no table.
func TestAnotherProject(t *testing.T) {
	t.Parallel()
	p := threeDays(t)
	got, err := p.theirs(t, enough, func(o *bq.Options) { o.Project = "nowhere" }).Count(t.Context(), games())
	if err != nil || !strings.Contains(got.Fault, "404 Not found: Project nowhere: --audit bq:PROJECT with the project that has it; bq ls --project_id=nowhere") {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestGarbage: whoever answers what BigQuery does not write is no BigQuery, and nothing
// is said of a table.
func TestGarbage(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"", "{}", "[]", `"x"`, `{"type": 1}`, `{"type": "TABLE", "schema": []}`, "<html>sign in</html>", `{"error": 1}`} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, answer)
			}))
			t.Cleanup(s.Close)
			tables, err := bq.OpenTables(t.Context(), bq.Options{Project: "test", Endpoint: s.URL, Pause: time.Millisecond, Call: time.Second, Attempts: 2}, enough)
			if err != nil {
				t.Fatal(err)
			}
			defer tables.Close()
			if got, err := tables.Count(t.Context(), games()); !errors.Is(err, warehouse.ErrTemporary) || got.Fault != "" {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// TestGarbledJobs: a table that is told of rightly, and jobs that are not.
func TestGarbledJobs(t *testing.T) {
	t.Parallel()
	p := threeDays(t)
	there, err := url.Parse(p.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	right := httputil.NewSingleHostReverseProxy(there)
	for _, answer := range []string{"", "[]", `"x"`, "<html>sign in</html>", `{"status": {"state": "DONE"}, "jobReference": {"jobId": "x"}}`,
		`{"jobReference": {"jobId": "x"}, "status": {"state": "DONE"}, "configuration": {"query": {}}, "jobComplete": true, "rows": [{"f": [{"v": "1"}]}], "totalRows": "1"}`} {
		t.Run(answer, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "/tables/") {
					right.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, answer)
			}))
			t.Cleanup(s.Close)
			tables := p.theirs(t, enough, func(o *bq.Options) {
				o.Endpoint, o.Attempts, o.Call, o.Load, o.Pause = s.URL, 2, 300*time.Millisecond, time.Second, time.Millisecond
			})
			for _, ask := range []func(context.Context, bq.Counting) (bq.Counted, error){tables.Count, tables.Estimate} {
				if got, err := ask(t.Context(), games()); !errors.Is(err, warehouse.ErrTemporary) || got.Fault != "" || got.Rows != nil {
					t.Errorf("%+v, %v", got, err)
				}
			}
		})
	}
}
