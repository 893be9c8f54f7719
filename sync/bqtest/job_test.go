package bqtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/bqtest"
)

func TestJobIDsAreTakenForEver(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.create("t")
	one := parquet(t, day("2024-01-02", 3, 0))
	label := func(l *bigquery.Loader, _ *bigquery.FileConfig) { l.Labels = map[string]string{"run": "r1"} }
	w.loads(3, one, as(games), id("a"), label)
	_, err := w.load(one, as(games), id("a"))
	isHTTPError(t, err, 409, "Already Exists: Job test:EU.a, duplicate")
	w.refuses("invalid", "", []byte("no parquet"), as(games), id("b"))
	_, err = w.load(one, as(games), id("b")) // not even after a failure
	isHTTPError(t, err, 409, "Already Exists: Job test:EU.b")
	w.holds("t", map[string]int64{"20240102": 3})

	job, err := w.client.JobFromIDLocation(t.Context(), "a", "eu")
	w.must(err)
	config, err := job.Config()
	w.must(err)
	load := config.(*bigquery.LoadConfig)
	if load.Labels["run"] != "r1" || load.Dst.TableID != "t" || load.Dst.DatasetID != "ds" || job.Location() != "EU" || job.LastStatus().Statistics.EndTime.IsZero() {
		t.Errorf("job %+v: %+v", job, load)
	}
	for _, c := range []struct{ id, location string }{{"a", "US"}, {"none", "EU"}} {
		_, err := w.client.JobFromIDLocation(t.Context(), c.id, c.location)
		isHTTPError(t, err, 404, "Not found: Job test:"+c.location+"."+c.id)
	}
	if ids := w.JobIDs(); !slices.Equal(ids, []string{"a", "b"}) {
		t.Errorf("jobs %v", ids)
	}
}

func TestLocations(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	tokyo := w.client.Dataset("tokyo")
	w.must(tokyo.Create(t.Context(), &bigquery.DatasetMetadata{Location: "Asia-Northeast1"}))
	w.must(tokyo.Table("t").Create(t.Context(), partitioned(games)))
	one := parquet(t, day("2024-01-02", 3, 0))
	there := func(l *bigquery.Loader, _ *bigquery.FileConfig) {
		l.Dst, l.Location = tokyo.Table("t"), "asia-northeast1"
	}
	w.loads(3, one, there, as(games), id("a"))
	w.client.Location = ""
	_, err := w.client.JobFromID(t.Context(), "a") // outside US and EU the location has to be given
	isHTTPError(t, err, 404, "Not found: Job test:a")
	_, err = w.load(one, as(games), func(l *bigquery.Loader, _ *bigquery.FileConfig) { l.Location = "US" })
	isHTTPError(t, err, 404, "Dataset test:ds was not found in location US")
}

func TestStatesOverPolls(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: 3})
	w.create("t")
	job, err := w.loader(parquet(t, day("2024-01-02", 3, 0)), as(games)).Run(t.Context())
	w.must(err)
	states := []bigquery.State{job.LastStatus().State}
	for range 4 {
		s, err := job.Status(t.Context())
		w.must(err)
		states = append(states, s.State)
	}
	p, r, d := bigquery.Pending, bigquery.Running, bigquery.Done
	if want := []bigquery.State{p, p, p, r, d}; !slices.Equal(states, want) {
		t.Errorf("states %v, want %v", states, want)
	}
}

func TestEndlessJobs(t *testing.T) {
	c := &clock{at: time.Now()}
	w := newWorld(t, bqtest.Options{Now: c.now})
	w.create("t")
	one := parquet(t, day("2024-01-02", 3, 0))
	endless := bqtest.Fault{Call: "jobs.insert", Table: "ds.t", Do: bqtest.JobEndless, Nth: 1}
	start := func() *bigquery.Job {
		w.Inject(endless)
		job, err := w.loader(one, as(games), func(l *bigquery.Loader, _ *bigquery.FileConfig) { l.JobTimeout = time.Hour }).Run(t.Context())
		w.must(err)
		_, err = w.wait(job)
		if err == nil || err.Error() != "never done" {
			t.Fatalf("the endless job ended: %v", err)
		}
		return job
	}
	cancelled, late, released := start(), start(), start()
	w.holds("t", map[string]int64{})
	w.must(cancelled.Cancel(t.Context()))
	_, err := w.wait(cancelled)
	isJobError(t, err, "stopped", "cancelled")
	c.advance(time.Hour + time.Second)
	_, err = w.wait(late)
	isJobError(t, err, "stopped", "timed out")
	w.Release()
	_, err = w.wait(released)
	w.must(err)
	w.holds("t", map[string]int64{"20240102": 3})
}

// TestFaults: each kind of fault, what the client sees of it, and what is there then.
func TestFaults(t *testing.T) {
	one := parquet(t, day("2024-01-02", 3, 0))
	for _, c := range []struct {
		kind   bqtest.Kind
		http   string // in the error of the first attempt; "": none
		reason string // of the job that was accepted
		loaded bool
	}{
		{bqtest.Status503Before, "503", "", false},
		{bqtest.Status503After, "503", "", true},
		{bqtest.DropAnswer, "connection reset", "", true},
		{bqtest.HTMLAfter, "invalid character '<'", "", true},
		{bqtest.HTML404, "404", "", false},
		{bqtest.Empty404, "404", "", false},
		{bqtest.HalfAnswer, "unexpected end", "", true},
		{bqtest.Status500, "500", "", false},
		{bqtest.RateLimited429, "rateLimitExceeded", "", false},
		{bqtest.RateLimited403, "rateLimitExceeded", "", false},
		{bqtest.QuotaExceeded403, "quotaExceeded", "", false},
		{bqtest.AccessDenied403, "accessDenied", "", false},
		{bqtest.Unauthorized401, "401", "", false},
		{bqtest.NotFound404, "404", "", false},
		{bqtest.Duplicate409, "409", "", false},
		{bqtest.PreconditionFails, "412", "", false},
		{bqtest.CutUpload, "", "", false}, // how the client calls it differs
		{bqtest.JobBackendError, "", "backendError", false},
		{bqtest.JobInternalError, "", "internalError", false},
		{bqtest.JobRateLimited, "", "rateLimitExceeded", false},
		{bqtest.JobQuotaExceeded, "", "quotaExceeded", false},
		{bqtest.JobInvalid, "", "invalid", false},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			w := newWorld(t, bqtest.Options{})
			w.create("t")
			w.Inject(bqtest.Fault{Call: "jobs.insert", Do: c.kind, Nth: 1})
			_, err := w.load(one, as(games), id("j"))
			var e *bigquery.Error
			switch {
			case c.reason != "":
				isJobError(t, err, c.reason, "")
			case err == nil, errors.As(err, &e), !strings.Contains(err.Error(), c.http):
				t.Errorf("err = %v, want %q", err, c.http)
			}
			if n := w.Planned(); n != 0 {
				t.Errorf("%d faults did not happen", n)
			}
			want := map[string]int64{}
			if c.loaded {
				want["20240102"] = 3
			}
			w.holds("t", want)
			// Under the same id again: accepted jobs have taken it.
			_, err = w.load(one, as(games), id("j"))
			if taken := c.loaded || c.reason != ""; taken {
				isHTTPError(t, err, 409, "Already Exists")
			} else if err != nil {
				t.Errorf("again: %v", err)
			}
		})
	}
}

// The client itself repeats what it may repeat; the plan says which call fails.
func TestFaultsOfCalls(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.create("t")
	w.ClearRequests()
	w.Inject(
		bqtest.Fault{Call: "tables.get", Table: "ds.t", Do: bqtest.Status503Before, Nth: 2},
		bqtest.Fault{Call: "jobs.get", Do: bqtest.NotFound404, Nth: 1},
	)
	for range 2 {
		_, err := w.ds.Table("t").Metadata(t.Context())
		w.must(err)
	}
	var statuses []int
	for _, r := range w.Requests() {
		statuses = append(statuses, r.Status)
	}
	if !slices.Equal(statuses, []int{200, 503, 200}) {
		t.Errorf("statuses %v", statuses)
	}
	_, err := w.load(parquet(t, day("2024-01-02", 3, 0)), as(games), id("j"))
	isHTTPError(t, err, 404, "Not found")
	_, err = w.client.JobFromID(t.Context(), "j")
	w.must(err)
	w.Inject(bqtest.Fault{Call: "tables.get", Do: bqtest.QuotaExceeded403, Nth: 0})
	for range 3 {
		_, err := w.ds.Table("t").Metadata(t.Context())
		isHTTPError(t, err, 403, "quotaExceeded")
	}
	w.ClearFaults()
	_, err = w.ds.Table("t").Metadata(t.Context())
	w.must(err)
}

// With a job id a load from the bucket is repeated by the client until it is
// told that its own job is there already.
func TestLostAnswerAndTheClientsOwnRetry(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.create("t")
	src := bigquery.NewGCSReference(w.put("a.parquet", parquet(t, day("2024-01-02", 3, 0))))
	w.Inject(bqtest.Fault{Call: "jobs.insert", Do: bqtest.Status503After, Nth: 1})
	_, err := w.set(w.ds.Table("t").LoaderFrom(src), &src.FileConfig, []load{as(games), id("j")}).Run(t.Context())
	isHTTPError(t, err, 409, "Already Exists: Job test:EU.j")
	w.holds("t", map[string]int64{"20240102": 3})
}

// A plan meets only the table that it is for, and the nth call.
func TestFaultsOfATable(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.create("t")
	w.create("u")
	one := parquet(t, day("2024-01-02", 3, 0))
	for _, kind := range []bqtest.Kind{bqtest.CutUpload, bqtest.DropAnswer, bqtest.QuotaExceeded403, bqtest.JobInvalid} {
		w.Inject(bqtest.Fault{Call: "jobs.insert", Table: "ds.u", Do: kind, Nth: 2})
		for i, table := range []string{"t", "u$20240102", "t", "u$20240102", "u", "t"} {
			if _, err := w.load(one, as(games), into(table)); (err != nil) != (i == 3) {
				t.Errorf("%s: load %d, into %s: %v", kind, i, table, err)
			}
		}
	}
	cut := slices.IndexFunc(w.Requests(), func(r bqtest.Request) bool { return r.Fault == bqtest.CutUpload })
	if r := w.Requests()[cut]; r.Table != "ds.u$20240102" || r.Kind != "load" || r.JobID == "" || r.Status != 0 {
		t.Errorf("recorded as %+v", r)
	}
	w.holds("t", map[string]int64{"20240102": 3 * 3 * 4})
	w.holds("u", map[string]int64{"20240102": 3 * (2*4 + 1)}) // the dropped answer was an accepted job
}

// A big upload is cut in the middle; the client sends the chunk again.
func TestCutResumableUpload(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	schema := bigquery.Schema{{Name: "noise", Type: bigquery.StringFieldType}}
	w.must(w.ds.Table("t").Create(t.Context(), &bigquery.TableMetadata{Schema: schema}))
	big := parquet(t, "SELECT sha256(i::VARCHAR) AS noise FROM range(400_000) r(i)")
	if len(big) < 17<<20 {
		t.Fatalf("the file has %d bytes only", len(big))
	}
	w.Inject(bqtest.Fault{Call: "upload.chunk", Do: bqtest.CutUpload, Nth: 1}, bqtest.Fault{Call: "jobs.insert", Do: bqtest.CutUpload, Nth: 1})
	w.loads(400_000, big, as(schema))
	if n := w.Planned(); n != 0 {
		t.Errorf("%d faults did not happen", n)
	}
}

func TestOnRequest(t *testing.T) {
	var mu sync.Mutex
	var told []string
	var s *bqtest.Server
	w := newWorld(t, bqtest.Options{OnRequest: func(r bqtest.Request, when bqtest.When) {
		if r.Call != "jobs.insert" && r.Call != "jobs.get" {
			return
		}
		there, err := s.PartitionRows("ds", "t") // it may ask
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprintf("%s %s %s %s %s %d %v %v", when, r.Call, r.JobID, r.Kind, r.Table, r.Status, there, err))
	}})
	s = w.Server
	w.create("t")
	w.loads(3, parquet(t, day("2024-01-02", 3, 0)), as(games), id("j"), into("t$20240102"))
	want := []string{
		"before jobs.insert j load ds.t$20240102 0 map[] <nil>",
		"after jobs.insert j load ds.t$20240102 200 map[20240102:3] <nil>", // asking has completed the job
		"before jobs.get j   0 map[20240102:3] <nil>",
		"after jobs.get j   200 map[20240102:3] <nil>",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
}

func TestCancelledClient(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{}) // until then nothing is answered: a client that has both may take the answer
	w := newWorld(t, bqtest.Options{OnRequest: func(r bqtest.Request, when bqtest.When) {
		switch {
		case r.Call != "jobs.insert":
		case when == bqtest.Before:
			cancel()
		default:
			<-gone
		}
	}})
	w.create("t")
	_, err := w.loader(parquet(t, day("2024-01-02", 3, 0)), as(games)).Run(ctx)
	close(gone)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	w.eventually(func() bool {
		there, err := w.PartitionRows("ds", "t")
		return err == nil && there["20240102"] == 3
	})
}
