package bq_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"sourcecov/sync/bq"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/gcs"
	"sourcecov/sync/gcs/gcstest"
	"sourcecov/sync/warehouse"
	"sourcecov/sync/warehouse/warehousetest"
)

// place is a dataset "d" with the suite's tables on a server of its own, and
// patience that fits a test.
type place struct {
	*bq.Warehouse
	server *bqtest.Server
	cloud  *gcstest.Server // where files wait; nil if they are sent with their jobs
}

func empty(t *testing.T, staged bool, change ...func(*bq.Options)) place {
	t.Helper()
	p := place{}
	o := bqtest.Options{}
	if staged {
		p.cloud = gcstest.NewServer(t)
		p.cloud.CreateBucket("stage")
		o.Objects = p.cloud.Read
	}
	var err error
	if p.server, err = bqtest.NewServer(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.server.Close() })
	p.Warehouse = p.open(t, change...)
	return p
}

// open is another process with the same dataset.
func (p place) open(t *testing.T, change ...func(*bq.Options)) *bq.Warehouse {
	t.Helper()
	o := bq.Options{Project: "test", Dataset: "d", Endpoint: p.server.URL, Pause: 5 * time.Millisecond, Call: 5 * time.Second, Load: 20 * time.Second}
	if p.cloud != nil {
		client, err := gcs.Open(t.Context(), gcs.Options{Endpoint: p.cloud.Endpoint()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		o.Stage = client.Stage("stage", "in")
	}
	for _, c := range change {
		c(&o)
	}
	w, err := bq.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

var tables = []warehouse.Table{warehousetest.Games, warehousetest.Whole}

func made(t *testing.T, staged bool, change ...func(*bq.Options)) place {
	t.Helper()
	return empty(t, staged, change...).with(t, tables, nil)
}

// with is a place after an Apply, of which it has forgotten the requests.
func (p place) with(t *testing.T, tables []warehouse.Table, views []warehouse.View) place {
	t.Helper()
	if _, err := p.Apply(t.Context(), tables, views); err != nil {
		t.Fatal(err)
	}
	p.server.ClearRequests()
	return p
}

func (p place) rows(t *testing.T, table string) []string {
	t.Helper()
	rows, err := p.server.Rows("d", table)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestWarehouse runs the suite of all warehouses, with files sent along and with
// files that wait in a bucket. Nothing but loads and looks at metadata is asked,
// and nothing stays behind.
func TestWarehouse(t *testing.T) {
	for _, staged := range []bool{false, true} {
		t.Run(fmt.Sprintf("staged=%t", staged), func(t *testing.T) {
			warehousetest.Run(t, func(t *testing.T) warehousetest.Place {
				p := made(t, staged)
				t.Cleanup(func() { p.asksOnly(t) })
				return warehousetest.Place{Loader: p.Warehouse, Rows: p.rows}
			})
		})
	}
	t.Run("dry run", func(t *testing.T) {
		warehousetest.Run(t, func(t *testing.T) warehousetest.Place {
			p := made(t, false)
			t.Cleanup(func() {
				if n := p.server.Count("jobs.insert"); n > 0 {
					t.Errorf("a dry run submitted %d jobs", n)
				}
			})
			return warehousetest.Place{Loader: warehouse.DryRun{Loader: p.Warehouse}, Rows: p.rows}
		}, warehousetest.NeverLoads("that is what a dry run is"))
	})
}

// asksOnly holds what was asked of the servers to loads, jobs and metadata, and
// the staging area to being empty.
func (p place) asksOnly(t *testing.T) {
	t.Helper()
	for _, r := range p.server.Requests() {
		if !slices.Contains([]string{"jobs.insert", "jobs.get", "tables.get", "datasets.get", "upload.start", "upload.chunk"}, r.Call) || r.Call == "jobs.insert" && r.Kind != "load" {
			t.Errorf("it asked %s %s (%s %s)", r.Method, r.Path, r.Call, r.Kind)
		}
	}
	if p.cloud != nil {
		if left := p.cloud.Names("stage"); len(left) > 0 {
			t.Errorf("left in the stage: %v", left)
		}
	}
}

// one is a load of one row into the partition of 1 January 2025.
func one(t *testing.T, id, value string) warehouse.Load {
	t.Helper()
	return warehousetest.Load(t, warehousetest.Games, "20250101", id, warehousetest.Row("2025-01-01", value, 1))
}

// TestFaults: whatever goes wrong once, the partition holds the rows exactly
// once, and where an answer was lost no second job runs.
func TestFaults(t *testing.T) {
	insert, get := "jobs.insert", "jobs.get"
	for name, c := range map[string]struct {
		faults []bqtest.Fault
		jobs   int // that ran, failed ones included
	}{
		"503 before it is accepted":    {[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.Status503Before}}, 1},
		"503 after it is accepted":     {[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.Status503After}}, 1},
		"500":                          {[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.Status500}}, 1},
		"answer lost":                  {[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.DropAnswer}}, 1},
		"a page for an answer":         {[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.HTMLAfter}}, 1},
		"a page that says 404":         {[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.HTML404}}, 1},
		"a 404 without a word":         {[]bqtest.Fault{{Call: get, Nth: 1, Do: bqtest.Empty404}}, 1},
		"half an answer":               {[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.HalfAnswer}}, 1},
		"half an answer while waiting": {[]bqtest.Fault{{Call: get, Nth: 1, Do: bqtest.HalfAnswer}}, 1},
		"answer lost, then not found": {
			[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.DropAnswer}, {Call: get, Nth: 1, Do: bqtest.NotFound404}},
			1,
		},
		"429":                          {[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.RateLimited429}}, 1},
		"rate limit":                   {[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.RateLimited403}}, 1},
		"job not to be seen at first":  {[]bqtest.Fault{{Call: get, Nth: 1, Do: bqtest.NotFound404}}, 1},
		"503 while waiting":            {[]bqtest.Fault{{Call: get, Nth: 1, Do: bqtest.Status503Before}}, 1},
		"answer lost while waiting":    {[]bqtest.Fault{{Call: get, Nth: 1, Do: bqtest.DropAnswer}}, 1},
		"connection cut in the upload": {[]bqtest.Fault{{Nth: 1, Do: bqtest.CutUpload}}, 1},
		"backend error in the job":     {[]bqtest.Fault{{Call: insert, Nth: 1, Do: bqtest.JobBackendError}}, 2},
		"internal error, then lost": {
			[]bqtest.Fault{
				{Call: insert, Nth: 1, Do: bqtest.JobInternalError}, {Call: insert, Nth: 1, Do: bqtest.DropAnswer},
			},
			2,
		},
		"rate limit in the job, thrice": {
			[]bqtest.Fault{
				{Call: insert, Nth: 1, Do: bqtest.JobRateLimited}, {Call: insert, Nth: 1, Do: bqtest.JobRateLimited},
				{Call: insert, Nth: 1, Do: bqtest.JobRateLimited},
			},
			4,
		},
	} {
		for _, staged := range []bool{false, true} {
			if staged && strings.Contains(name, "upload") {
				continue
			}
			t.Run(fmt.Sprintf("%s, staged=%t", name, staged), func(t *testing.T) {
				t.Parallel()
				p := made(t, staged)
				if _, err := p.Load(t.Context(), one(t, "sourcecov-0", "before")); err != nil {
					t.Fatal(err)
				}
				p.server.Inject(c.faults...)
				if rows, err := p.Load(t.Context(), one(t, "sourcecov-1", "after")); err != nil || rows != 1 {
					t.Fatalf("%d rows, %v", rows, err)
				}
				if got := p.rows(t, "games"); len(got) != 1 || !strings.Contains(got[0], `"after"`) {
					t.Errorf("it holds %v", got)
				}
				if ids := p.server.JobIDs(); len(ids) != c.jobs+1 {
					t.Errorf("jobs %v, want %d and the one before", ids, c.jobs)
				}
				if left := p.server.Planned(); left > 0 {
					t.Errorf("%d faults did not happen", left)
				}
				p.asksOnly(t)
			})
		}
	}
}

// TestRefusals: what does not pass ends soon, says what it is by its type, and
// leaves the partition as it was.
func TestRefusals(t *testing.T) {
	var setup *warehouse.SetupError
	var failed *bq.JobError
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	as := func(target any) func(error) bool { return func(err error) bool { return errors.As(err, target) } }
	for name, c := range map[string]struct {
		fault bqtest.Fault
		right func(error) bool
		says  string
	}{
		"503 for ever": {
			bqtest.Fault{Call: "jobs.insert", Do: bqtest.Status503Before}, is(warehouse.ErrTemporary),
			"load games$20250101",
		},
		"pages for ever": {
			bqtest.Fault{Call: "jobs.insert", Do: bqtest.HTML404}, is(warehouse.ErrTemporary), "not JSON",
		},
		"half answers to polls": {
			bqtest.Fault{Call: "jobs.get", Do: bqtest.HalfAnswer}, is(warehouse.ErrTemporary), "not known yet",
		},
		"accepted and 503": {bqtest.Fault{Call: "jobs.insert", Do: bqtest.Status503After}, nil, ""},
		"a day's quota": {
			bqtest.Fault{Call: "jobs.insert", Do: bqtest.QuotaExceeded403}, is(warehouse.ErrTemporary), "quota",
		},
		"quota in the job": {
			bqtest.Fault{Call: "jobs.insert", Do: bqtest.JobQuotaExceeded}, is(warehouse.ErrTemporary), "quotaExceeded",
		},
		"invalid": {bqtest.Fault{Call: "jobs.insert", Do: bqtest.JobInvalid}, as(&failed), "failed: invalid"},
		"failing for ever": {
			bqtest.Fault{Call: "jobs.insert", Do: bqtest.JobBackendError}, is(warehouse.ErrTemporary), "backendError",
		},
		"endless": {
			bqtest.Fault{Call: "jobs.insert", Do: bqtest.JobEndless}, is(warehouse.ErrTemporary), "not done within 3s",
		},
		"no access":      {bqtest.Fault{Call: "jobs.insert", Do: bqtest.AccessDenied403}, as(&setup), "permission"},
		"no credentials": {bqtest.Fault{Call: "jobs.insert", Do: bqtest.Unauthorized401}, as(&setup), "credentials that are accepted"},
		"polls fail": {
			bqtest.Fault{Call: "jobs.get", Do: bqtest.Status503Before}, is(warehouse.ErrTemporary), "not known yet",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := made(t, true, func(o *bq.Options) { o.Call, o.Load, o.Attempts = 500*time.Millisecond, 3*time.Second, 2 })
			if _, err := p.Load(t.Context(), one(t, "sourcecov-0", "before")); err != nil {
				t.Fatal(err)
			}
			p.server.Inject(c.fault)
			start := time.Now()
			rows, err := p.Load(t.Context(), one(t, "sourcecov-1", "after"))
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			if c.right == nil {
				if err != nil || rows != 1 {
					t.Errorf("%d rows, %v", rows, err)
				}
				return
			}
			if err == nil || !c.right(err) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%d rows, %v; want %q", rows, err, c.says)
			}
			// Once the fault is over the same load can be made, or is found to be there.
			p.server.ClearFaults()
			p.server.Release()
			next := p.open(t)
			load := one(t, "sourcecov-1", "after")
			o, err := next.Find(t.Context(), load)
			if err != nil {
				t.Fatal(err)
			}
			if o.Status != warehouse.Loaded {
				load.Mark = "next"
				if rows, err := next.Load(t.Context(), load); err != nil || rows != 1 {
					t.Errorf("then: %d rows, %v", rows, err)
				}
			}
			if got := p.rows(t, "games"); len(got) != 1 || !strings.Contains(got[0], `"after"`) {
				t.Errorf("it holds %v", got)
			}
			if err := next.Release(t.Context(), load); err != nil {
				t.Error(err)
			}
			p.asksOnly(t)
		})
	}
}

// TestOldJob: a job of another process with the very id of a load is no proof of
// what the table holds today, for its rows may have been replaced since. State
// that was lost begins again with such ids.
func TestOldJob(t *testing.T) {
	p := made(t, false)
	for _, l := range []warehouse.Load{one(t, "sourcecov-1", "first"), one(t, "sourcecov-2", "second")} {
		if _, err := p.Load(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	again := one(t, "sourcecov-1", "first")
	again.Mark = "another"
	if o, err := p.open(t).Find(t.Context(), again); err != nil || o.Status != warehouse.NeverRan {
		t.Errorf("a job of before is taken for this load: %+v, %v", o, err)
	}
	if rows, err := p.open(t).Load(t.Context(), again); err != nil || rows != 1 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	if got := p.rows(t, "games"); len(got) != 1 || !strings.Contains(got[0], `"first"`) {
		t.Errorf("it holds %v", got)
	}
	if ids := p.server.JobIDs(); !slices.Equal(ids, []string{"sourcecov-1-0", "sourcecov-1-1", "sourcecov-2-0"}) {
		t.Errorf("jobs %v", ids)
	}
}

// TestStrangersJob: a job id that somebody else uses for another table is said so.
func TestStrangersJob(t *testing.T) {
	p := made(t, false)
	if _, err := p.Load(t.Context(), warehousetest.Load(t, warehousetest.Whole, warehouse.All, "sourcecov-1", warehousetest.Row("2025-01-01", "x", 1))); err != nil {
		t.Fatal(err)
	}
	_, err := p.open(t).Load(t.Context(), one(t, "sourcecov-1", "mine"))
	if err == nil || !strings.Contains(err.Error(), "somebody else uses this id") {
		t.Error(err)
	}
}

// TestCutOff: a load whose process ended while the job ran is found by the next
// one, which waits for it, and its staged file is cleared away then and not before.
func TestCutOff(t *testing.T) {
	p := made(t, true)
	p.server.Inject(bqtest.Fault{Call: "jobs.insert", Nth: 1, Do: bqtest.JobEndless})
	load := one(t, "sourcecov-1", "late")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := p.Load(ctx, load); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if left := p.cloud.Names("stage"); len(left) != 1 {
		t.Errorf("the job still needs its file: %v", left)
	}
	time.AfterFunc(200*time.Millisecond, p.server.Release)
	if o, err := p.open(t).Find(t.Context(), load); err != nil || o.Status != warehouse.Loaded || o.Rows != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	if left := p.cloud.Names("stage"); len(left) != 1 {
		t.Errorf("who only asks has removed something: %v", left)
	}
	if err := p.Release(t.Context(), load); err != nil {
		t.Error(err)
	}
	p.asksOnly(t)
}

// TestStageInTheWay: another file under the name of a staged one is never loaded.
func TestStageInTheWay(t *testing.T) {
	p := made(t, true)
	load := one(t, "sourcecov-1", "mine")
	p.cloud.Put("stage", "in/20250101T000000Z-0a1b2c3d/sourcecov-1.parquet", []byte("somebody else's"))
	if _, err := p.Load(t.Context(), load); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	if n := p.server.Count("jobs.insert"); n > 0 {
		t.Errorf("%d jobs were submitted", n)
	}
}

// onDay is a load of one row into the partition of a day.
func onDay(t *testing.T, id, partition, date string) warehouse.Load {
	t.Helper()
	return warehousetest.Load(t, warehousetest.Games, partition, id, warehousetest.Row(date, "x", 1))
}
