package bqtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"

	"sourcecov/sync/bqtest"
)

func TestLoadByMedia(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.create("t")
	w.loads(3, parquet(t, day("2024-01-02", 3, 0)), into("t$20240102"), write(bigquery.WriteTruncate), as(games))
	w.holds("t", map[string]int64{"20240102": 3})
	w.rows("t",
		`{"game_date":"2024-01-02","game":"g0","n":0}`,
		`{"game_date":"2024-01-02","game":"g1","n":1}`,
		`{"game_date":"2024-01-02","game":"g2","n":2}`)
	md, err := w.ds.Table("t").Metadata(t.Context())
	w.must(err)
	if md.NumRows != 3 || md.Schema[0].Description != "day of the game" || md.Location != "EU" || md.Clustering.Fields[0] != "game" || md.TimePartitioning.Field != "game_date" {
		t.Errorf("the table is %+v", md)
	}
	got := read(t, w.ds.Table("t").Read(t.Context()))
	if len(got) != 3 || got[0][0] != (civil.Date{Year: 2024, Month: time.January, Day: 2}) || got[2][2] != int64(2) {
		t.Errorf("read %v", got)
	}
}

func TestLoadByResumableUpload(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	schema := bigquery.Schema{{Name: "i", Type: bigquery.IntegerFieldType}, {Name: "noise", Type: bigquery.StringFieldType}}
	w.must(w.ds.Table("t").Create(t.Context(), &bigquery.TableMetadata{Schema: schema}))
	big := parquet(t, "SELECT i::BIGINT AS i, md5(i::VARCHAR) || sha256(i::VARCHAR) AS noise FROM range(300_000) r(i)")
	if len(big) < 17<<20 {
		t.Fatalf("the file has %d bytes only", len(big))
	}
	w.loads(300_000, big, as(schema))
	if w.Count("upload.start") != 1 || w.Count("upload.chunk") != len(big)/(16<<20) || w.Count("jobs.insert") != 1 {
		t.Errorf("requests: %+v", w.Requests())
	}
	// A chunk that is refused is sent again by the client, an answer that is
	// lost after the last chunk is given again.
	w.Inject(bqtest.Fault{Do: bqtest.Chunk503, Nth: 1}, bqtest.Fault{Call: "jobs.insert", Do: bqtest.Status503After, Nth: 1})
	w.loads(300_000, big, as(schema), write(bigquery.WriteTruncate))
	if n := w.Planned(); n != 0 {
		t.Errorf("%d faults did not happen", n)
	}
	md, err := w.ds.Table("t").Metadata(t.Context())
	w.must(err)
	if md.NumRows != 300_000 {
		t.Errorf("%d rows", md.NumRows)
	}
}

func TestLoadFromBucket(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: 3})
	w.create("t")
	a, b := w.put("a.parquet", parquet(t, day("2024-01-02", 3, 0))), w.put("b.parquet", parquet(t, day("2024-01-03", 2, 3)))
	from := func(uris ...string) *bigquery.Loader {
		src := bigquery.NewGCSReference(uris...)
		return w.set(w.ds.Table("t").LoaderFrom(src), &src.FileConfig, []load{as(games)})
	}
	status, err := w.finish(from(a, b))
	w.must(err)
	if d := status.Statistics.Details.(*bigquery.LoadStatistics); d.OutputRows != 5 || d.InputFiles != 2 || d.InputFileBytes == 0 {
		t.Errorf("statistics %+v", d)
	}
	if n := w.Count("jobs.get"); n != 4 {
		t.Errorf("%d jobs.get until DONE, want 3 and one", n)
	}
	w.holds("t", map[string]int64{"20240102": 3, "20240103": 2})

	_, err = w.finish(from("gs://bucket/none.parquet"))
	isJobError(t, err, "notFound", "gs://bucket/none.parquet")

	// The object is read when the job runs.
	job, err := from(a).Run(t.Context())
	w.must(err)
	w.put("a.parquet", parquet(t, day("2024-01-09", 1, 0)))
	_, err = w.wait(job)
	w.must(err)
	w.holds("t", map[string]int64{"20240102": 3, "20240103": 2, "20240109": 1})

	for uri, text := range map[string]string{"gs://bucket/*.parquet": "wildcards", "gs://bucket//x": "double slash", "http://x/y": "Google Cloud Storage"} {
		if _, err := from(uri).Run(t.Context()); err == nil {
			t.Errorf("%s is accepted, want %s", uri, text)
		}
	}
}

// A job that nobody polls completes all the same.
func TestLoadWithoutPolling(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: 5})
	w.create("t")
	_, err := w.loader(parquet(t, day("2024-01-02", 3, 0)), as(games), id("job1")).Run(t.Context())
	w.must(err)
	if s := w.JobState("job1"); s != "PENDING" {
		t.Errorf("the job is %s", s)
	}
	w.holds("t", map[string]int64{"20240102": 3})
	if s := w.JobState("job1"); s != "DONE" {
		t.Errorf("the job is %s", s)
	}
}

func TestWriteDispositions(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.create("t")
	one, two := parquet(t, day("2024-01-02", 3, 0)), parquet(t, day("2024-01-03", 2, 10))
	bare := bigquery.Schema{{Name: "game_date", Type: bigquery.DateFieldType}, {Name: "game", Type: bigquery.StringFieldType}, {Name: "n", Type: bigquery.IntegerFieldType}}
	description := func() string {
		md, err := w.ds.Table("t").Metadata(t.Context())
		w.must(err)
		return md.Schema[0].Description
	}
	w.loads(3, one, as(games))
	w.loads(3, one, as(games)) // WRITE_APPEND is the default
	w.holds("t", map[string]int64{"20240102": 6})
	w.loads(2, two, into("t$20240103"), as(games), write(bigquery.WriteTruncate))
	w.loads(2, two, into("t$20240103"), as(bare), write(bigquery.WriteTruncate))
	w.holds("t", map[string]int64{"20240102": 6, "20240103": 2})
	w.loads(3, one, into("t$20240102"), as(bare), write(bigquery.WriteTruncate))
	w.holds("t", map[string]int64{"20240102": 3, "20240103": 2})
	w.refuses("duplicate", "Already Exists", one, as(games), write(bigquery.WriteEmpty))
	w.refuses("duplicate", "Already Exists", one, into("t$20240102"), as(games), write(bigquery.WriteEmpty))
	if d := description(); d == "" {
		t.Error("the description went with a partition")
	}
	w.loads(2, two, as(bare), write(bigquery.WriteTruncateData))
	w.holds("t", map[string]int64{"20240103": 2})
	if d := description(); d == "" {
		t.Error("WRITE_TRUNCATE_DATA took the description")
	}
	w.loads(3, one, as(bare), write(bigquery.WriteTruncate)) // the accident: no decorator
	w.holds("t", map[string]int64{"20240102": 3})
	if d := description(); d != "" {
		t.Errorf("WRITE_TRUNCATE kept the description %q", d)
	}
	// A day without rows empties the partition.
	w.loads(0, parquet(t, day("2024-01-02", 0, 0)), into("t$20240102"), as(bare), write(bigquery.WriteTruncate))
	w.holds("t", map[string]int64{})
	w.refuses("notImplemented", "WRITE_TRUNCATE_DATA of a partition", one, into("t$20240102"), as(games), write(bigquery.WriteTruncateData))
}

func TestDecorators(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.create("t")
	w.must(w.ds.Table("flat").Create(t.Context(), &bigquery.TableMetadata{Schema: games}))
	one := parquet(t, day("2024-01-02", 3, 0))
	w.loads(3, one, into("t$20240102"), as(games))
	w.refuses("invalid", "Cannot read partition information from a table that is not partitioned", one, into("flat$20240102"), as(games))
	w.refuses("invalid", "different partitions", one, into("t$20240103"), as(games), write(bigquery.WriteTruncate))
	w.refuses("invalid", "different partitions", parquet(t, "SELECT NULL::DATE AS game_date, 'g' AS game, 1::BIGINT AS n"), into("t$20240103"), as(games))
	for _, bad := range []string{"t$2024-01-02", "t$20240230", "t$202401", "t$", "t$x"} {
		w.refuses("invalid", "Invalid partition decorator", one, into(bad), as(games), write(bigquery.WriteTruncate))
	}
	w.refuses("notFound", "Not found: Table test:ds.none", one, into("none$20240102"), as(games))
	w.holds("t", map[string]int64{"20240102": 3})
	md, err := w.ds.Table("t$20240102").Metadata(t.Context())
	w.must(err)
	if md.NumRows != 3 {
		t.Errorf("the partition has %d rows", md.NumRows)
	}
	if md, err = w.ds.Table("t$20240103").Metadata(t.Context()); err != nil || md.NumRows != 0 {
		t.Errorf("the other partition: %+v, %v", md, err)
	}
	w.loads(1, parquet(t, "SELECT NULL::DATE AS game_date, 'g' AS game, 1::BIGINT AS n"), as(games))
	w.loads(1, parquet(t, "SELECT DATE '1066-10-14' AS game_date, 'g' AS game, 1::BIGINT AS n"), as(games))
	w.holds("t", map[string]int64{"20240102": 3, "__NULL__": 1, "__UNPARTITIONED__": 1})
	w.must(w.ds.Table("t$20240102").Delete(t.Context()))
	w.holds("t", map[string]int64{"__NULL__": 1, "__UNPARTITIONED__": 1})
	if err := w.ds.Table("t$__NULL__").Delete(t.Context()); err == nil {
		t.Error("the partition __NULL__ was deleted")
	}
}

func TestOtherPartitions(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	schema := bigquery.Schema{{Name: "at", Type: bigquery.TimestampFieldType}}
	for kind, id := range map[bigquery.TimePartitioningType]string{
		bigquery.HourPartitioningType: "2024010203", bigquery.DayPartitioningType: "20240102",
		bigquery.MonthPartitioningType: "202401", bigquery.YearPartitioningType: "2024",
	} {
		table := strings.ToLower(string(kind))
		w.must(w.ds.Table(table).Create(t.Context(), &bigquery.TableMetadata{Schema: schema, TimePartitioning: &bigquery.TimePartitioning{Type: kind, Field: "at"}}))
		one := parquet(t, "SELECT TIMESTAMPTZ '2024-01-02 03:59:59+00' AS at")
		w.loads(1, one, into(table+"$"+id), as(schema), write(bigquery.WriteTruncate))
		w.refuses("invalid", "Invalid partition decorator", one, into(table+"$"+id+"1"), as(schema))
		w.refuses("notImplemented", "__NULL__", one, into(table+"$__NULL__"), as(schema))
		w.holds(table, map[string]int64{id: 1})
	}
}

// WRITE_TRUNCATE of a whole table without a schema takes that of the file.
func TestTruncateWithoutSchema(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.create("t")
	w.loads(1, parquet(t, "SELECT DATE '2024-01-02' AS game_date, 'g' AS game, '{}'::JSON AS j"), write(bigquery.WriteTruncate))
	md, err := w.ds.Table("t").Metadata(t.Context())
	w.must(err)
	if len(md.Schema) != 3 || md.Schema[2].Name != "j" || md.Schema[2].Type != bigquery.BytesFieldType || md.Schema[0].Description != "" || md.TimePartitioning == nil {
		t.Errorf("the schema is %+v", md.Schema)
	}
	w.refuses("invalid", "cannot be found in the schema: game_date", parquet(t, "SELECT 'g' AS game"), write(bigquery.WriteTruncate))
}

func TestTooManyPartitions(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.create("t")
	days := func(n int) []byte {
		return parquet(t, fmt.Sprintf("SELECT (DATE '2000-01-01' + i::INTEGER)::DATE AS game_date, 'g' AS game, i::BIGINT AS n FROM range(%d) r(i)", n))
	}
	w.loads(4000, days(4000), as(games))
	w.refuses("quotaExceeded", "Too many partitions produced by query/load, allowed 4000", days(4001), as(games), write(bigquery.WriteTruncate))
	if got, err := w.PartitionRows("ds", "t"); err != nil || len(got) != 4000 {
		t.Errorf("%d partitions, %v", len(got), err)
	}
}

func TestCreation(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	one := parquet(t, day("2024-01-02", 3, 0))
	w.refuses("notFound", "Not found: Table test:ds.t", one, as(games))
	create := func(l *bigquery.Loader, _ *bigquery.FileConfig) { l.CreateDisposition = bigquery.CreateIfNeeded }
	w.loads(3, one, create, into("flat"), as(games))
	if md, err := w.ds.Table("flat").Metadata(t.Context()); err != nil || md.TimePartitioning != nil || md.NumRows != 3 {
		t.Errorf("created as %+v, %v", md, err)
	}
	byDay := func(l *bigquery.Loader, _ *bigquery.FileConfig) {
		l.TimePartitioning = &bigquery.TimePartitioning{Field: "game_date"}
		l.Clustering = &bigquery.Clustering{Fields: []string{"game"}}
	}
	w.loads(3, one, create, byDay, into("days$20240102"), as(games), write(bigquery.WriteTruncate))
	w.holds("days", map[string]int64{"20240102": 3})
	w.loads(3, one, create, into("guessed")) // a schema of the file's own
	if md, err := w.ds.Table("guessed").Metadata(t.Context()); err != nil || len(md.Schema) != 3 || md.Schema[2].Type != bigquery.IntegerFieldType {
		t.Errorf("created as %+v, %v", md, err)
	}
	w.refuses("invalid", "Some rows belong", one, create, byDay, into("fails$20240103"), as(games))
	if _, err := w.ds.Table("fails").Metadata(t.Context()); err == nil {
		t.Error("a failed job has made its table")
	}
	w.refuses("invalid", "Incompatible table partitioning", one, byDay, into("flat"), as(games))
	_, err := w.client.Dataset("nowhere").Table("t").LoaderFrom(bigquery.NewGCSReference("gs://b/o")).Run(t.Context())
	isHTTPError(t, err, 501, "CSV")
	src := bigquery.NewGCSReference("gs://b/o")
	src.SourceFormat = bigquery.Parquet
	_, err = w.client.Dataset("nowhere").Table("t").LoaderFrom(src).Run(t.Context())
	isHTTPError(t, err, 404, "Not found: Dataset test:nowhere")
}
