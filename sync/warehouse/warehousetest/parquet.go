package warehousetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"sourcecov/sync/warehouse"
)

// FileRows reads a Parquet file with arrow-go: each row as a JSON object, sorted.
// Decimals and instants are texts, as 12.5 and 2025-01-01T10:00:00.000000Z.
func FileRows(t testing.TB, name string) []string {
	t.Helper()
	r, err := file.OpenParquetFile(name, false)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ar, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	batches, err := ar.GetRecordReader(context.Background(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer batches.Release()
	rows := []string{}
	for batches.Next() {
		batch := batches.RecordBatch()
		for i := range int(batch.NumRows()) {
			row := map[string]any{}
			for j, col := range batch.Columns() {
				row[batch.ColumnName(j)] = value(col, i)
			}
			rows = append(rows, object(t, row))
		}
	}
	if err := batches.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}

// object is a row as JSON, fields by name.
func object(t testing.TB, row map[string]any) string {
	t.Helper()
	body, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// value is one value as json.Marshal should write it.
func value(col arrow.Array, i int) any {
	if col.IsNull(i) {
		return nil
	}
	switch c := col.(type) {
	case *array.List:
		from, to := c.ValueOffsets(i)
		list := []any{}
		for j := from; j < to; j++ {
			list = append(list, value(c.ListValues(), int(j)))
		}
		return list
	case *array.Struct:
		fields := map[string]any{}
		for j := range c.NumField() {
			fields[c.DataType().(*arrow.StructType).Field(j).Name] = value(c.Field(j), i)
		}
		return fields
	case *array.Timestamp:
		return c.Value(i).ToTime(arrow.Microsecond).UTC().Format("2006-01-02T15:04:05.000000Z")
	case *array.Date32:
		return c.Value(i).ToTime().Format("2006-01-02")
	case *array.Decimal128:
		text := col.ValueStr(i)
		if strings.Contains(text, ".") {
			text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		}
		return text
	case *array.Boolean:
		return c.Value(i)
	case *array.Int64:
		return c.Value(i)
	}
	return col.ValueStr(i)
}

var arrowSchema = []arrow.Field{
	{Name: "game_date", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
	{Name: "id", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "score", Type: &arrow.Decimal128Type{Precision: 4, Scale: 1}, Nullable: true},
	{Name: "at", Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
	{Name: "ok", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	{Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
	{Name: "tried", Type: arrow.ListOf(arrow.StructOf(
		arrow.Field{Name: "source", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "score", Type: &arrow.Decimal128Type{Precision: 4, Scale: 1}, Nullable: true},
	)), Nullable: true},
}

// File makes a Parquet file of rows, each a JSON object, with the ID of a load in its footer.
func File(t testing.TB, fields []arrow.Field, id string, rows ...string) string {
	t.Helper()
	schema := arrow.NewSchema(fields, nil)
	batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.Join(rows, ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Release()
	name := filepath.Join(t.TempDir(), "x.parquet")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(schema, f, nil, pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.AppendKeyValueMetadata(warehouse.LoadID, id), w.Write(batch), w.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

// columns are the declared columns of the suite's files.
func columns() []warehouse.Column {
	var out []warehouse.Column
	for _, c := range []string{
		"game_date DATE", "id VARCHAR", "n BIGINT", "score DECIMAL(4,1)", "at TIMESTAMPTZ", "ok BOOLEAN",
		"tags VARCHAR[]", "tried STRUCT(source VARCHAR, score DECIMAL(4,1))[]",
	} {
		name, text, _ := strings.Cut(c, " ")
		kind, err := warehouse.ParseType(text)
		if err != nil {
			panic(fmt.Sprintf("the suite's own column %s: %v", c, err))
		}
		out = append(out, warehouse.Column{Name: name, Type: kind, Doc: "the suite's " + name})
	}
	return out
}
