package bqtest_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"
	_ "github.com/duckdb/duckdb-go/v2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"

	"sourcecov/sync/bqtest"
)

// A world is a server with a client, a bucket and a dataset ds. Each test has
// one of its own, and they all run at the same time: the client spends seconds
// in its pauses, bq in starting.
type world struct {
	*bqtest.Server
	*testing.T
	client *bigquery.Client
	ds     *bigquery.Dataset

	mu      sync.Mutex
	objects map[string][]byte // by bucket/object
}

func newWorld(t *testing.T, opt bqtest.Options) *world {
	t.Helper()
	t.Parallel()
	w := &world{T: t, objects: map[string][]byte{}}
	opt.Objects = func(_ context.Context, bucket, object string) ([]byte, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if body, found := w.objects[bucket+"/"+object]; found {
			return body, nil
		}
		return nil, fmt.Errorf("no object %s: %w", object, fs.ErrNotExist)
	}
	s, err := bqtest.NewServer(opt)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = s
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w.client = w.dial()
	w.ds = w.client.Dataset("ds")
	w.must(w.ds.Create(t.Context(), &bigquery.DatasetMetadata{Location: "EU"}))
	return w
}

func (w *world) dial() *bigquery.Client {
	w.Helper()
	c, err := bigquery.NewClient(w.Context(), "test", option.WithEndpoint(w.URL+"/bigquery/v2/"), option.WithoutAuthentication())
	if err != nil {
		w.Fatal(err)
	}
	c.Location = "EU"
	w.Cleanup(func() { c.Close() })
	return c
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// eventually waits for what a request that is still on its way will bring about.
func (w *world) eventually(is func() bool) {
	w.Helper()
	for range 500 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.Fatal("it has not come about")
}

// put writes an object and returns its URI.
func (w *world) put(name string, body []byte) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.objects["bucket/"+name] = body
	return "gs://bucket/" + name
}

// games are the columns of the table that most tests load into.
var games = bigquery.Schema{
	{Name: "game_date", Type: bigquery.DateFieldType, Description: "day of the game"},
	{Name: "game", Type: bigquery.StringFieldType, Description: "key of the game"},
	{Name: "n", Type: bigquery.IntegerFieldType},
}

func partitioned(schema bigquery.Schema) *bigquery.TableMetadata {
	return &bigquery.TableMetadata{
		Schema:           schema,
		TimePartitioning: &bigquery.TimePartitioning{Type: bigquery.DayPartitioningType, Field: "game_date"},
		Clustering:       &bigquery.Clustering{Fields: []string{"game"}},
	}
}

// create makes the table of games, partitioned and clustered.
func (w *world) create(name string) {
	w.Helper()
	w.must(w.ds.Table(name).Create(w.Context(), partitioned(games)))
}

// day is a SELECT of n rows of one day, whose column n starts at from.
func day(date string, n, from int) string {
	return fmt.Sprintf("SELECT DATE '%s' AS game_date, 'g' || (i + %d) AS game, (i + %d)::BIGINT AS n FROM range(%d) r(i)", date, from, from, n)
}

// parquet is what DuckDB writes of a SELECT.
func parquet(t *testing.T, query string) []byte {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	name := filepath.Join(t.TempDir(), "x.parquet")
	for _, text := range []string{"SET TimeZone = 'UTC'", "COPY (" + query + ") TO '" + name + "' (FORMAT parquet)"} {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// A load changes the loader that load runs.
type load func(*bigquery.Loader, *bigquery.FileConfig)

func into(table string) load {
	return func(l *bigquery.Loader, _ *bigquery.FileConfig) { l.Dst.TableID = table }
}

func write(d bigquery.TableWriteDisposition) load {
	return func(l *bigquery.Loader, _ *bigquery.FileConfig) { l.WriteDisposition = d }
}

func as(schema bigquery.Schema) load {
	return func(_ *bigquery.Loader, f *bigquery.FileConfig) { f.Schema = schema }
}

func id(job string) load { return func(l *bigquery.Loader, _ *bigquery.FileConfig) { l.JobID = job } }

func noLists(_ *bigquery.Loader, f *bigquery.FileConfig) { f.ParquetOptions = nil }

// loader makes a load job of one file, by media, into ds.t with CREATE_NEVER.
func (w *world) loader(body []byte, changes ...load) *bigquery.Loader {
	src := bigquery.NewReaderSource(bytes.NewReader(body))
	l := w.ds.Table("t").LoaderFrom(src)
	return w.set(l, &src.FileConfig, changes)
}

func (w *world) set(l *bigquery.Loader, f *bigquery.FileConfig, changes []load) *bigquery.Loader {
	f.SourceFormat = bigquery.Parquet
	f.ParquetOptions = &bigquery.ParquetOptions{EnableListInference: true}
	l.CreateDisposition = bigquery.CreateNever
	l.MediaOptions = []googleapi.MediaOption{googleapi.ContentType("application/octet-stream")}
	l.Location = "EU"
	for _, change := range changes {
		change(l, f)
	}
	return l
}

// finish runs a loader to its end and returns what became of the job.
func (w *world) finish(l *bigquery.Loader) (*bigquery.JobStatus, error) {
	w.Helper()
	job, err := l.Run(w.Context())
	if err != nil {
		return nil, err
	}
	return w.wait(job)
}

// wait polls without the client's own pauses.
func (w *world) wait(job *bigquery.Job) (*bigquery.JobStatus, error) {
	w.Helper()
	for range 100 {
		status, err := job.Status(w.Context())
		if err != nil {
			return nil, err
		}
		if status.Done() {
			return status, status.Err()
		}
	}
	return nil, errors.New("never done")
}

// load loads a file by media.
func (w *world) load(body []byte, changes ...load) (*bigquery.JobStatus, error) {
	w.Helper()
	return w.finish(w.loader(body, changes...))
}

// loads is a load that has to succeed with so many rows.
func (w *world) loads(rows int64, body []byte, changes ...load) {
	w.Helper()
	status, err := w.load(body, changes...)
	w.must(err)
	if got := status.Statistics.Details.(*bigquery.LoadStatistics).OutputRows; got != rows {
		w.Errorf("outputRows = %d, want %d", got, rows)
	}
}

// refuses is a load that has to fail, in the job's status, with a reason and a text.
func (w *world) refuses(reason, text string, body []byte, changes ...load) {
	w.Helper()
	_, err := w.load(body, changes...)
	isJobError(w.T, err, reason, text)
}

func isJobError(t *testing.T, err error, reason, text string) {
	t.Helper()
	var e *bigquery.Error
	if !errors.As(err, &e) || e.Reason != reason || !strings.Contains(e.Message, text) {
		t.Errorf("the job ended with %v, want %s %q", err, reason, text)
	}
}

func isHTTPError(t *testing.T, err error, code int, text string) {
	t.Helper()
	var e *googleapi.Error
	if !errors.As(err, &e) || e.Code != code || !strings.Contains(e.Error(), text) {
		t.Errorf("err = %v, want %d %q", err, code, text)
	}
}

// holds compares the partitions of ds.table with what they should be.
func (w *world) holds(table string, want map[string]int64) {
	w.Helper()
	got, err := w.PartitionRows("ds", table)
	w.must(err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("%s holds %v, want %v", table, got, want)
	}
}

// rows compares the rows of ds.table.
func (w *world) rows(table string, want ...string) {
	w.Helper()
	got, err := w.Rows("ds", table)
	w.must(err)
	if !slices.Equal(got, want) {
		w.Errorf("%s is\n%s\nwant\n%s", table, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// all is what an iterator goes over.
func all[T any](t *testing.T, next func() (T, error)) (list []T) {
	t.Helper()
	for {
		one, err := next()
		if errors.Is(err, iterator.Done) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
}

// read reads all rows of an iterator.
func read(t *testing.T, it *bigquery.RowIterator) [][]bigquery.Value {
	t.Helper()
	return all(t, func() (row []bigquery.Value, err error) {
		err = it.Next(&row)
		return row, err
	})
}

// A clock stands still until it is set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
