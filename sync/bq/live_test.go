package bq

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"

	"sourcecov/sync/bqtest"
	"sourcecov/sync/gcs"
	"sourcecov/sync/gcs/gcstest"
	"sourcecov/sync/warehouse"
	"sourcecov/sync/warehouse/warehousetest"
)

// live are the variables that lead to a real dataset and bucket.
var live = []string{"SOURCECOV_LIVE_PROJECT", "SOURCECOV_LIVE_DATASET", "SOURCECOV_LIVE_BUCKET"}

// TestLive runs the suite of all warehouses against the real service, and a test
// of each fact that only its documentation vouches for. It needs Application
// Default Credentials, and a dataset and a bucket together in one place; the
// dataset is made in US if it is not there. Its tables have names that nothing
// else has and are removed at the end, and so are its files; a test that is
// killed leaves tables whose names begin with games_ or whole_ behind.
//
// BIGQUERY_EMULATOR_HOST and STORAGE_EMULATOR_HOST lead it to other servers.
func TestLive(t *testing.T) {
	var unset []string
	for _, name := range live {
		if os.Getenv(name) == "" {
			unset = append(unset, name)
		}
	}
	if len(unset) > 0 {
		t.Skipf("set %s to test against the real BigQuery; the comment of TestLive says what it does there", strings.Join(unset, ", "))
	}
	s := &service{t: t, bucket: os.Getenv(live[2]), storage: os.Getenv("STORAGE_EMULATOR_HOST"),
		opt: Options{Project: os.Getenv(live[0]), Dataset: os.Getenv(live[1]), Endpoint: os.Getenv("BIGQUERY_EMULATOR_HOST")}}
	s.test(t)
}

// TestLiveHere runs the live test against servers of this process, so that it is
// known to work when somebody has credentials.
func TestLiveHere(t *testing.T) {
	t.Parallel()
	cloud := gcstest.NewServer(t)
	cloud.CreateBucket("stage")
	server, err := bqtest.NewServer(bqtest.Options{Objects: cloud.Read})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	s := &service{t: t, bucket: "stage", storage: cloud.Endpoint(), isOurs: true,
		opt: Options{Project: "test", Dataset: "d", Endpoint: server.URL, Pause: 5 * time.Millisecond, Call: 5 * time.Second}}
	s.test(t)
	t.Cleanup(func() { // after those that remove the tables
		if left := cloud.Names("stage"); len(left) > 0 {
			t.Errorf("left in the stage: %v", left)
		}
	})
}

// A service is BigQuery with a bucket, or what is taken for it.
type service struct {
	t       *testing.T
	opt     Options
	bucket  string
	storage string // endpoint, "" for the real one
	isOurs  bool   // what is not known of the real one is refused
}

func (s *service) test(t *testing.T) {
	for name, staged := range map[string]bool{"media": false, "staged": true} {
		t.Run(name, func(t *testing.T) {
			warehousetest.Run(t, func(t *testing.T) warehousetest.Place {
				a := s.apart(t, staged)
				return warehousetest.Place{Loader: a, Rows: a.rows}
			})
		})
	}
	t.Run("EmptyArrays", s.emptyArrays)
	t.Run("EmptiedPartition", s.emptiedPartition)
	t.Run("KeepsDescriptions", s.keepsDescriptions)
	t.Run("TruncateDataOfPartition", s.truncateDataOfPartition)
	t.Run("NullPartition", s.nullPartition)
	t.Run("RowsOfPartition", s.rowsOfPartition)
}

// An apart is a warehouse whose tables and loads have names of their own, for a
// table that is made again is not new to BigQuery, and no job's id ever is.
type apart struct {
	*Warehouse
	suffix string
}

func (s *service) apart(t *testing.T, staged bool) *apart {
	t.Helper()
	opt := s.opt
	if staged {
		client, err := gcs.Open(t.Context(), gcs.Options{Endpoint: s.storage})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		opt.Stage = client.Stage(s.bucket, "sourcecov-live-test")
	}
	w, err := Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	a := &apart{w, "_" + strings.ToLower(rand.Text()[:10])}
	t.Cleanup(func() {
		for _, table := range []warehouse.Table{warehousetest.Games, warehousetest.Whole} {
			if err := w.dataset.Table(a.table(table).Name).Delete(context.WithoutCancel(t.Context())); err != nil && !notFound(err) {
				t.Errorf("%s stays behind: %v", a.table(table).Name, err)
			}
		}
		w.Close()
	})
	if _, err := w.Apply(t.Context(), a.tables(warehousetest.Games, warehousetest.Whole), nil); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *apart) table(t warehouse.Table) warehouse.Table { t.Name += a.suffix; return t }

func (a *apart) tables(list ...warehouse.Table) (out []warehouse.Table) {
	for _, t := range list {
		out = append(out, a.table(t))
	}
	return out
}

func (a *apart) own(l warehouse.Load) warehouse.Load {
	l.ID, l.Table = l.ID+a.suffix, a.table(l.Table)
	return l
}

func (a *apart) Target(table, partition string) string {
	return a.Warehouse.Target(table+a.suffix, partition)
}

func (a *apart) Preflight(ctx context.Context, tables []warehouse.Table) error {
	return a.Warehouse.Preflight(ctx, a.tables(tables...))
}

func (a *apart) Load(ctx context.Context, l warehouse.Load) (int64, error) {
	return a.Warehouse.Load(ctx, a.own(l))
}

func (a *apart) Find(ctx context.Context, l warehouse.Load) (warehouse.Outcome, error) {
	return a.Warehouse.Find(ctx, a.own(l))
}

func (a *apart) Missing(ctx context.Context, t warehouse.Table, want map[string]int64) ([]string, error) {
	return a.Warehouse.Missing(ctx, a.table(t), want)
}

// rows reads a table, in the form of the suite.
func (a *apart) rows(t *testing.T, table string) []string {
	t.Helper()
	all := []string{}
	it := a.dataset.Table(table + a.suffix).Read(t.Context())
	for {
		var row []bigquery.Value
		err := it.Next(&row)
		if errors.Is(err, iterator.Done) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(object(row, it.Schema))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(body))
	}
}

func object(row []bigquery.Value, s bigquery.Schema) map[string]any {
	out := map[string]any{}
	for i, f := range s {
		out[f.Name] = plainValue(row[i], f)
	}
	return out
}

func plainValue(v bigquery.Value, f *bigquery.FieldSchema) any {
	if f.Repeated {
		one, list := *f, []any{}
		one.Repeated = false
		values, _ := v.([]bigquery.Value)
		for _, e := range values {
			list = append(list, plainValue(e, &one))
		}
		return list
	}
	switch v := v.(type) {
	case []bigquery.Value:
		return object(v, f.Schema)
	case *big.Rat:
		return strings.TrimSuffix(strings.TrimRight(v.FloatString(9), "0"), ".")
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.000000Z")
	case civil.Date:
		return v.String()
	}
	return v
}

// load makes a load of the suite's rows that has to succeed.
func (a *apart) load(t *testing.T, table warehouse.Table, partition, id string, rows ...string) {
	t.Helper()
	if n, err := a.Load(t.Context(), warehousetest.Load(t, table, partition, id, rows...)); err != nil || n != int64(len(rows)) {
		t.Fatalf("load %s: %d rows, %v", id, n, err)
	}
}

// raw makes a load job as Load does, but for a change, and waits for its end.
func (a *apart) raw(t *testing.T, l warehouse.Load, change func(*bigquery.Loader, *bigquery.ReaderSource)) (*bigquery.JobStatus, error) {
	t.Helper()
	f, err := os.Open(l.File)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	src := bigquery.NewReaderSource(f)
	src.SourceFormat, src.Schema, src.ParquetOptions = bigquery.Parquet, schemaOf(l.Table.Columns), &bigquery.ParquetOptions{EnableListInference: true}
	loader := a.dataset.Table(destination(a.table(l.Table).Name, l.Partition)).LoaderFrom(src)
	loader.JobID, loader.CreateDisposition, loader.WriteDisposition = l.ID+a.suffix, bigquery.CreateNever, bigquery.WriteTruncate
	loader.DecimalTargetTypes = []bigquery.DecimalTargetType{bigquery.NumericTargetType}
	loader.MediaOptions = []googleapi.MediaOption{googleapi.ContentType("application/octet-stream")}
	if loader.Location, err = a.Location(t.Context()); err != nil {
		t.Fatal(err)
	}
	change(loader, src)
	job, err := loader.Run(t.Context())
	if err != nil {
		return nil, err
	}
	for {
		s, err := job.Status(t.Context())
		if err != nil {
			return nil, err
		}
		if s.Done() {
			return s, s.Err()
		}
		time.Sleep(a.opt.Pause / 4)
	}
}

// emptyArrays: without list inference a load succeeds and its lists are empty
// (WAREHOUSE.md, "Schema"). If they are not, the option is of no more need.
func (s *service) emptyArrays(t *testing.T) {
	a := s.apart(t, false)
	l := warehousetest.Load(t, warehousetest.Games, "20250101", "sourcecov-arrays", warehousetest.Row("2025-01-01", "a", 1))
	status, err := a.raw(t, l, func(_ *bigquery.Loader, src *bigquery.ReaderSource) { src.ParquetOptions = nil })
	if err != nil {
		t.Fatal(err)
	}
	if n, err := loadedRows(status); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
	if got := a.rows(t, "games"); len(got) != 1 || !strings.Contains(got[0], `"tags":[]`) || !strings.Contains(got[0], `"tried":[]`) {
		t.Errorf("it holds %v", got)
	}
}

// emptiedPartition: a file without rows empties a partition, and no other (2.2).
func (s *service) emptiedPartition(t *testing.T) {
	a := s.apart(t, false)
	a.load(t, warehousetest.Games, "20250101", "sourcecov-1", warehousetest.Row("2025-01-01", "a", 1))
	a.load(t, warehousetest.Games, "20250102", "sourcecov-2", warehousetest.Row("2025-01-02", "b", 2))
	a.load(t, warehousetest.Games, "20250101", "sourcecov-3")
	if got := a.rows(t, "games"); len(got) != 1 || !strings.Contains(got[0], `"b"`) {
		t.Errorf("it holds %v", got)
	}
	if live, err := a.look(t.Context(), "games"+a.suffix, "20250101"); err != nil || live != nil && live.NumRows != 0 {
		t.Errorf("the emptied partition is %+v, %v", live, err)
	}
}

// keepsDescriptions: neither a load of a partition nor one of a whole table takes
// descriptions, labels, partitioning or clustering away (2.3), with and without
// descriptions in the schema of the job.
func (s *service) keepsDescriptions(t *testing.T) {
	a := s.apart(t, false)
	same := func(after string) {
		t.Helper()
		if got, err := a.Compare(t.Context(), a.tables(warehousetest.Games, warehousetest.Whole), nil); err != nil || len(got) > 0 {
			t.Errorf("after %s it differs in %v, %v", after, got, err)
		}
	}
	row := warehousetest.Row("2025-01-01", "a", 1)
	a.load(t, warehousetest.Games, "20250101", "sourcecov-1", row)
	same("a load of a partition")
	a.load(t, warehousetest.Games, warehouse.All, "sourcecov-2", row)
	a.load(t, warehousetest.Whole, warehouse.All, "sourcecov-3", row)
	same("loads of whole tables")
	for i, table := range []warehouse.Table{warehousetest.Games, warehousetest.Whole} {
		l := warehousetest.Load(t, table, warehouse.All, fmt.Sprint("sourcecov-bare-", i), row)
		_, err := a.raw(t, l, func(loader *bigquery.Loader, src *bigquery.ReaderSource) {
			loader.WriteDisposition = bigquery.WriteTruncateData
			for _, f := range src.Schema {
				f.Description = ""
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	same("loads of whole tables without descriptions")
}

// truncateDataOfPartition tells what becomes of a truncation of data alone that
// names a partition, of which nothing is known (2.3). Nobody relies on it.
func (s *service) truncateDataOfPartition(t *testing.T) {
	a := s.apart(t, false)
	a.load(t, warehousetest.Games, "20250102", "sourcecov-1", warehousetest.Row("2025-01-02", "b", 2))
	l := warehousetest.Load(t, warehousetest.Games, "20250101", "sourcecov-2", warehousetest.Row("2025-01-01", "a", 1))
	_, err := a.raw(t, l, func(loader *bigquery.Loader, _ *bigquery.ReaderSource) {
		loader.WriteDisposition = bigquery.WriteTruncateData
	})
	s.untried(t, err)
	t.Logf("WRITE_TRUNCATE_DATA of a partition: %v; the table holds %q", err, a.rows(t, "games"))
}

// nullPartition tells whether the partition of rows without a date can be loaded (2.2).
func (s *service) nullPartition(t *testing.T) {
	a := s.apart(t, false)
	row := strings.Replace(warehousetest.Row("2025-01-01", "a", 1), `"2025-01-01"`, "null", 1)
	_, err := a.raw(t, warehousetest.Load(t, warehousetest.Games, "__NULL__", "sourcecov-1", row), func(*bigquery.Loader, *bigquery.ReaderSource) {})
	s.untried(t, err)
	t.Logf("a load into $__NULL__: %v; the table holds %q", err, a.rows(t, "games"))
}

// untried skips what the server of the tests refuses because nobody has tried it.
func (s *service) untried(t *testing.T, err error) {
	t.Helper()
	if s.isOurs {
		if err == nil || !strings.Contains(err.Error(), "nobody has tried") {
			t.Errorf("the server of the tests claims to know: %v", err)
		}
		t.Skip("only the real service can tell: ", err)
	}
}

// rowsOfPartition: a look at a partition tells its own rows. Missing relies on it.
func (s *service) rowsOfPartition(t *testing.T) {
	a := s.apart(t, false)
	a.load(t, warehousetest.Games, "20250101", "sourcecov-1", warehousetest.Row("2025-01-01", "a", 1))
	a.load(t, warehousetest.Games, "20250102", "sourcecov-2", warehousetest.Row("2025-01-02", "b", 2), warehousetest.Row("2025-01-02", "c", 3))
	got := map[string]int64{}
	for _, partition := range []string{"20250101", "20250102", "20250103", warehouse.All} {
		live, err := a.look(t.Context(), "games"+a.suffix, partition)
		if err != nil {
			t.Errorf("%s: %v", partition, err)
		}
		got[partition] = 0
		if live != nil {
			got[partition] = int64(live.NumRows)
		}
	}
	if want := map[string]int64{"20250101": 1, "20250102": 2, "20250103": 0, "all": 3}; !maps.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	receipts := map[string]int64{"20250101": 1, "20250102": 1, "20250103": 2}
	if missing, err := a.Missing(t.Context(), warehousetest.Games, receipts); err != nil || !slices.Equal(missing, []string{"20250102", "20250103"}) {
		t.Errorf("missing is %v, %v", missing, err)
	}
	// What was counted counts no more once a load has made the table another, be it of as many rows.
	a.load(t, warehousetest.Games, "20250102", "sourcecov-3", warehousetest.Row("2025-01-02", "d", 4))
	a.load(t, warehousetest.Games, "20250103", "sourcecov-4", warehousetest.Row("2025-01-03", "e", 5))
	if missing, err := a.Missing(t.Context(), warehousetest.Games, receipts); err != nil || !slices.Equal(missing, []string{"20250103"}) {
		t.Errorf("after two loads missing is %v, %v", missing, err)
	}
}
