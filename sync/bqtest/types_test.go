package bqtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pq "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"sourcecov/sync/bqtest"
)

// every is a schema with every type that is published, lists and records included.
var every = bigquery.Schema{
	{Name: "i", Type: bigquery.IntegerFieldType},
	{Name: "s", Type: bigquery.StringFieldType},
	{Name: "b", Type: bigquery.BooleanFieldType},
	{Name: "f", Type: bigquery.FloatFieldType},
	{Name: "d", Type: bigquery.DateFieldType},
	{Name: "ts", Type: bigquery.TimestampFieldType},
	{Name: "dt", Type: bigquery.DateTimeFieldType},
	{Name: "num", Type: bigquery.NumericFieldType},
	{Name: "raw", Type: bigquery.BytesFieldType},
	{Name: "tags", Type: bigquery.StringFieldType, Repeated: true},
	{Name: "deals", Type: bigquery.RecordFieldType, Repeated: true, Schema: bigquery.Schema{
		{Name: "name", Type: bigquery.StringFieldType},
		{Name: "price", Type: bigquery.NumericFieldType},
	}},
	{Name: "one", Type: bigquery.RecordFieldType, Schema: bigquery.Schema{
		{Name: "x", Type: bigquery.IntegerFieldType},
		{Name: "ys", Type: bigquery.IntegerFieldType, Repeated: true},
	}},
}

const everySQL = `
SELECT 7::BIGINT AS i, 'süß' AS s, true AS b, 1.5::DOUBLE AS f, DATE '2024-02-29' AS d,
	TIMESTAMPTZ '2024-02-29 12:34:56.789012+00' AS ts, TIMESTAMP '2024-02-29 01:02:03' AS dt, -12.340::DECIMAL(18,3) AS num, 'ab'::BLOB AS raw,
	['p', 'q'] AS tags, [{'name': 'n', 'price': 0.010::DECIMAL(9,3)}, {'name': NULL, 'price': NULL}] AS deals, {'x': 1::BIGINT, 'ys': [2::BIGINT, 3]} AS one
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL`

func TestEveryType(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.must(w.ds.Table("t").Create(t.Context(), &bigquery.TableMetadata{Schema: every}))
	w.loads(2, parquet(t, everySQL), as(every))
	w.rows("t",
		`{"i":7,"s":"süß","b":true,"f":1.5,"d":"2024-02-29","ts":"2024-02-29T12:34:56.789012Z","dt":"2024-02-29T01:02:03","num":"-12.34","raw":"YWI=","tags":["p","q"],"deals":[{"name":"n","price":"0.01"},{"name":null,"price":null}],"one":{"x":1,"ys":[2,3]}}`,
		`{"i":null,"s":null,"b":null,"f":null,"d":null,"ts":null,"dt":null,"num":null,"raw":null,"tags":[],"deals":[],"one":null}`)
	got := read(t, w.ds.Table("t").Read(t.Context()))
	if len(got) != 2 {
		t.Fatalf("read %v", got)
	}
	date := civil.Date{Year: 2024, Month: 2, Day: 29}
	want := fmt.Sprint([]bigquery.Value{
		int64(7), "süß", true, 1.5, date, time.Date(2024, 2, 29, 12, 34, 56, 789012000, time.UTC),
		civil.DateTime{Date: date, Time: civil.Time{Hour: 1, Minute: 2, Second: 3}},
		"-617/50", []byte("ab"), []bigquery.Value{"p", "q"},
		[]bigquery.Value{[]bigquery.Value{"n", "1/100"}, []bigquery.Value{nil, nil}},
		[]bigquery.Value{int64(1), []bigquery.Value{int64(2), int64(3)}},
	})
	if is := fmt.Sprint(rats(got[0])); is != want {
		t.Errorf("read %s\nwant %s", is, want)
	}
}

// rats replaces numbers of any precision by their text, which Sprint would not print.
func rats(v bigquery.Value) bigquery.Value {
	switch v := v.(type) {
	case *big.Rat:
		return v.String()
	case []bigquery.Value:
		var all []bigquery.Value
		for _, e := range v {
			all = append(all, rats(e))
		}
		return all
	}
	return v
}

// arrowFile is a Parquet file that DuckDB had no part in.
func arrowFile(t *testing.T, schema *arrow.Schema, rows ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.Join(rows, ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Release()
	w, err := pqarrow.NewFileWriter(schema, &b, pq.NewWriterProperties(), pqarrow.NewArrowWriterProperties(pqarrow.WithNoMapLogicalType()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rec); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFilesOfArrow(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	schema := bigquery.Schema{
		{Name: "i", Type: bigquery.IntegerFieldType, Required: true},
		{Name: "ts", Type: bigquery.TimestampFieldType},
		{Name: "num", Type: bigquery.NumericFieldType},
		{Name: "tags", Type: bigquery.StringFieldType, Repeated: true},
		{
			Name: "deals", Type: bigquery.RecordFieldType, Repeated: true,
			Schema: bigquery.Schema{{Name: "price", Type: bigquery.NumericFieldType}},
		},
	}
	w.must(w.ds.Table("t").Create(t.Context(), &bigquery.TableMetadata{Schema: schema}))
	file := arrow.NewSchema([]arrow.Field{
		{Name: "I", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, // names match whatever their case
		{Name: "ts", Type: &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "UTC"}, Nullable: true},
		{Name: "num", Type: &arrow.Decimal128Type{Precision: 38, Scale: 9}, Nullable: true},
		{Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
		{
			Name:     "deals",
			Nullable: true,
			Type: arrow.ListOf(arrow.StructOf(
				arrow.Field{Name: "price", Type: &arrow.Decimal128Type{Precision: 9, Scale: 2}, Nullable: true})),
		},
	}, nil)
	body := arrowFile(t, file,
		`{"I":1,"ts":"2024-01-02T03:04:05.678Z","num":"12345678901234567890123456789.000000001","tags":["a","b"],"deals":[{"price":"1.50"},{"price":null}]}`,
		`{"I":2,"ts":null,"num":null,"tags":null,"deals":[]}`)
	w.loads(2, body, as(schema))
	w.rows("t",
		`{"i":1,"ts":"2024-01-02T03:04:05.678000Z","num":"12345678901234567890123456789.000000001","tags":["a","b"],"deals":[{"price":"1.5"},{"price":null}]}`,
		`{"i":2,"ts":null,"num":null,"tags":[],"deals":[]}`)
	w.refuses("invalid", "Required field i cannot be null", arrowFile(t, file, `{"I":null}`), as(schema))
	w.refuses("invalid", "has changed mode from REQUIRED to NULLABLE", body) // no schema in the job
	nanos := arrow.NewSchema([]arrow.Field{{Name: "i", Type: arrow.PrimitiveTypes.Int64}, {Name: "ts", Type: &arrow.TimestampType{Unit: arrow.Nanosecond}}}, nil)
	w.refuses("invalid", "NANOS", arrowFile(t, nanos, `{"i":1,"ts":"2024-01-02T03:04:05"}`), as(schema))
}

// TestTypesThatDoNotMatch has one column x per case.
func TestTypesThatDoNotMatch(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.must(w.ds.Table("any").Create(t.Context(), &bigquery.TableMetadata{Schema: games}))
	for i, c := range []struct {
		value string // of x in DuckDB
		kind  bigquery.FieldType
		fails string // "" succeeds
	}{
		{"1::TINYINT", bigquery.IntegerFieldType, ""},
		{"1::UBIGINT", bigquery.IntegerFieldType, ""},
		{"18446744073709551615::UBIGINT", bigquery.IntegerFieldType, "Error while reading data"},
		{"1::HUGEINT", bigquery.IntegerFieldType, "does not match the target cpp_type INT64"}, // DuckDB writes DOUBLE
		{"sum(1::INTEGER)", bigquery.IntegerFieldType, "does not match"},
		{
			"1.5::DOUBLE", bigquery.IntegerFieldType,
			"Parquet column 'x' has type DOUBLE which does not match the target cpp_type INT64",
		},
		{"1.5::DOUBLE", bigquery.NumericFieldType, "does not match"},
		{"1.5::FLOAT", bigquery.FloatFieldType, ""},
		{"1::BIGINT", bigquery.FloatFieldType, "does not match the target cpp_type DOUBLE"},
		{"1::BIGINT", bigquery.StringFieldType, "does not match"},
		{"'1'", bigquery.IntegerFieldType, "does not match"},
		{"'2024-01-01'", bigquery.DateFieldType, "does not match"},
		{"1.5::DECIMAL(9,2)", bigquery.NumericFieldType, ""},
		{"1.5::DECIMAL(38,9)", bigquery.NumericFieldType, ""},
		{"1.5::DECIMAL(38,10)", bigquery.NumericFieldType, "decimalTargetTypes"},
		{"1.5::DECIMAL(38,10)", bigquery.BigNumericFieldType, "decimalTargetTypes"}, // the default is NUMERIC alone
		{"1.5::DECIMAL(9,2)", bigquery.BigNumericFieldType, "does not match"},
		{"1.5::DECIMAL(9,2)", bigquery.FloatFieldType, "does not match"},
		{`'{"a":1}'::JSON`, bigquery.StringFieldType, "does not match the target cpp_type STRING"},
		{`'{"a":1}'::JSON`, bigquery.BytesFieldType, ""},
		{"'a'", bigquery.JSONFieldType, "Unsupported field type: JSON"},
		{"uuid()", bigquery.StringFieldType, "does not match"},
		{"uuid()", bigquery.BytesFieldType, ""},
		{"'x'::BLOB", bigquery.StringFieldType, "does not match"},
		{"true", bigquery.BooleanFieldType, ""},
		{"1::INTEGER", bigquery.BooleanFieldType, "does not match"},
		{"DATE '2024-01-01'", bigquery.TimestampFieldType, "does not match"},
		{"DATE 'infinity'", bigquery.DateFieldType, "out of range"},
		{"TIMESTAMP '2024-01-01'", bigquery.TimestampFieldType, ""},
		{"TIMESTAMP '2024-01-01'", bigquery.DateTimeFieldType, ""},
		{"TIMESTAMP_MS '2024-01-01'", bigquery.TimestampFieldType, ""},
		{"TIMESTAMP_NS '2024-01-01'", bigquery.TimestampFieldType, "NANOS"},
		{"INTERVAL 1 DAY", bigquery.StringFieldType, "Interval"},
		{"TIME '12:00:00'", bigquery.TimeFieldType, ""},
		{"'a'::ENUM('a','b')", bigquery.StringFieldType, ""},
		{"{'a': 1}", bigquery.IntegerFieldType, "does not match"},
		{"[1]", bigquery.IntegerFieldType, "is a LIST in the file"},
		{"NULL", bigquery.StringFieldType, "does not match"}, // an untyped NULL is written as INT32
		{"MAP {'a': 1}", bigquery.StringFieldType, "MAP"},
	} {
		table := fmt.Sprintf("t%d", i)
		schema := bigquery.Schema{{Name: "x", Type: c.kind}}
		create := func(l *bigquery.Loader, _ *bigquery.FileConfig) { l.CreateDisposition = bigquery.CreateIfNeeded }
		_, err := w.load(parquet(t, "SELECT "+c.value+" AS x"), into(table), as(schema), create)
		if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s into %s: %v, want %q", c.value, c.kind, err, c.fails)
		}
		if _, gone := w.ds.Table(table).Metadata(t.Context()); (gone == nil) != (c.fails == "") {
			t.Errorf("%s into %s: then the table is %v", c.value, c.kind, gone)
		}
	}
}

func TestColumnsThatDoNotMatch(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.create("t")
	extra := "SELECT *, 1 AS extra FROM (" + day("2024-01-02", 1, 0) + ")"
	w.refuses("invalid", "No such field: extra", parquet(t, extra), as(games))
	ignore := func(_ *bigquery.Loader, f *bigquery.FileConfig) { f.IgnoreUnknownValues = true }
	w.loads(1, parquet(t, extra), as(games), ignore)
	w.loads(1, parquet(t, "SELECT DATE '2024-01-03' AS GAME_DATE"), as(games))
	w.rows("t", `{"game_date":"2024-01-02","game":"g0","n":0}`, `{"game_date":"2024-01-03","game":null,"n":null}`)
	w.refuses("invalid", "not in Parquet format", []byte("game_date,game\n"), as(games))
	w.refuses("invalid", "", parquet(t, day("2024-01-02", 1, 0))[:500], as(games))

	// The live schema and the job's.
	one := parquet(t, day("2024-01-02", 1, 0))
	wider := append(append(bigquery.Schema{}, games...), &bigquery.FieldSchema{Name: "extra", Type: bigquery.IntegerFieldType})
	for name, c := range map[string]struct {
		schema bigquery.Schema
		text   string
	}{
		"narrower": {games[:2], "Field n is missing in new schema"},
		"wider":    {wider, "Cannot add fields (field: extra)"},
		"other": {
			bigquery.Schema{games[0], games[1], {Name: "n", Type: bigquery.StringFieldType}},
			"Field n has changed type from INTEGER to STRING",
		},
		"required": {
			bigquery.Schema{games[0], games[1], {Name: "n", Type: bigquery.IntegerFieldType, Required: true}},
			"Field n has changed mode from NULLABLE to REQUIRED",
		},
	} {
		for _, target := range []string{"t", "t$20240102"} {
			t.Logf("%s into %s", name, target)
			w.refuses("invalid", "Provided Schema does not match Table test:ds.t. "+c.text, one, into(target), as(c.schema))
		}
	}
	add := func(l *bigquery.Loader, _ *bigquery.FileConfig) {
		l.SchemaUpdateOptions = []string{"ALLOW_FIELD_ADDITION"}
	}
	w.loads(1, parquet(t, extra), into("t$20240102"), as(wider), add, write(bigquery.WriteTruncate))
	w.rows("t", `{"game_date":"2024-01-02","game":"g0","n":0,"extra":1}`, `{"game_date":"2024-01-03","game":null,"n":null,"extra":null}`)
	_, err := w.load(one, as(wider), add, write(bigquery.WriteTruncate))
	isHTTPError(t, err, 400, "Schema update options should only be specified")
}

func TestLists(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	schema := bigquery.Schema{
		{Name: "tags", Type: bigquery.StringFieldType, Repeated: true},
		{
			Name: "one", Type: bigquery.RecordFieldType,
			Schema: bigquery.Schema{{Name: "ys", Type: bigquery.IntegerFieldType, Repeated: true}},
		},
	}
	w.must(w.ds.Table("t").Create(t.Context(), &bigquery.TableMetadata{Schema: schema}))
	file := parquet(t, "SELECT ['a', 'b'] AS tags, {'ys': [1::BIGINT, 2]} AS one")
	w.loads(1, file, as(schema), noLists) // the trap
	w.rows("t", `{"tags":[],"one":{"ys":[]}}`)
	w.loads(1, file, as(schema), write(bigquery.WriteTruncate))
	w.rows("t", `{"tags":["a","b"],"one":{"ys":[1,2]}}`)
	w.refuses("invalid", "Only optional fields can be set to NULL. Field: tags", parquet(t, "SELECT ['a', NULL] AS tags"), as(schema))
	w.refuses("invalid", "Only optional fields can be set to NULL. Field: one.ys", parquet(t, "SELECT {'ys': [1::BIGINT, NULL]} AS one"), as(schema))
	w.refuses("invalid", "array of arrays", parquet(t, "SELECT [['a']] AS tags"), as(schema))
	w.refuses("invalid", "is no LIST in the file", parquet(t, "SELECT 'a' AS tags"), as(schema))
	w.refuses("invalid", "does not match", parquet(t, "SELECT [1] AS tags"), as(schema))
	w.refuses("invalid", "No such field: one.z", parquet(t, "SELECT {'z': 1} AS one"), as(schema))

	// Without a schema and without the option a list is a record of a list.
	create := func(l *bigquery.Loader, _ *bigquery.FileConfig) { l.CreateDisposition = bigquery.CreateIfNeeded }
	w.loads(1, file, into("guessed"), create, noLists)
	w.rows("guessed", `{"tags":{"list":[{"element":"a"},{"element":"b"}]},"one":{"ys":{"list":[{"element":1},{"element":2}]}}}`)
}

// What Rows says is JSON, and what it says is in the order of the schema.
func TestRowsAreJSON(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.must(w.ds.Table("t").Create(t.Context(), &bigquery.TableMetadata{Schema: every}))
	w.loads(1, parquet(t, `SELECT 'a"b<>\' AS s, 'NaN'::DOUBLE AS f`), as(every))
	got, err := w.Rows("ds", "t")
	w.must(err)
	if len(got) != 1 || !json.Valid([]byte(got[0])) || !strings.Contains(got[0], `"s":"a\"b<>\\","b":null,"f":"NaN"`) {
		t.Errorf("%s", got)
	}
}
