package warehouse_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"sourcecov/sync/warehouse"
)

// write makes a Parquet file of a date and an id per row, written as JSON.
func write(t *testing.T, rows string) string {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "game_date", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "id", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil)
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	name := filepath.Join(t.TempDir(), "x.parquet")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(schema, f, nil, pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.AppendKeyValueMetadata("run_key", "k"), w.Write(record), w.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

const twoRows = `[{"game_date":"2025-01-01","id":"a"},{"game_date":"2025-01-01","id":"b"}]`

func want() warehouse.Want {
	return warehouse.Want{Rows: 2, Columns: []string{"game_date", "id"}, NotNull: []string{"game_date", "id"},
		Partition: "20250101", By: "game_date", Meta: map[string]string{"run_key": "k"}}
}

// TestProve: what is wrong with a file is found by a reader that did not write it.
func TestProve(t *testing.T) {
	if err := warehouse.Prove(write(t, twoRows), want()); err != nil {
		t.Error(err)
	}
	cut := write(t, twoRows)
	if err := os.Truncate(cut, 100); err != nil {
		t.Fatal(err)
	}
	flipped := write(t, twoRows)
	body, err := os.ReadFile(flipped)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4; i < 40; i++ {
		body[i] ^= 0xff
	}
	if err := os.WriteFile(flipped, body, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file   string
		change func(*warehouse.Want)
		says   string
	}{
		"rows":      {write(t, twoRows), func(w *warehouse.Want) { w.Rows = 3 }, "3 rows were exported, 2 are there"},
		"columns":   {write(t, twoRows), func(w *warehouse.Want) { w.Columns = []string{"id", "game_date"} }, "the columns are"},
		"null":      {write(t, strings.Replace(twoRows, `"b"`, "null", 1)), func(*warehouse.Want) {}, "1 NULLs in id"},
		"partition": {write(t, strings.Replace(twoRows, "2025-01-01", "2025-01-02", 1)), func(*warehouse.Want) {}, "a row of 20250102 lies in the partition 20250101"},
		"metadata":  {write(t, twoRows), func(w *warehouse.Want) { w.Meta = map[string]string{"run_key": "other"} }, "run_key"},
		"cut":       {cut, func(*warehouse.Want) {}, "x.parquet"},
		"flipped":   {flipped, func(*warehouse.Want) {}, "x.parquet"},
		"gone":      {cut + "x", func(*warehouse.Want) {}, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			w := want()
			c.change(&w)
			if err := warehouse.Prove(c.file, w); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

// TestDir: a load replaces one partition whole, is the same again, and leaves
// what was there if it fails.
func TestDir(t *testing.T) {
	ctx := context.Background()
	d := warehouse.Dir{Path: filepath.Join(t.TempDir(), "warehouse")}
	load := warehouse.Load{Table: "t", Partition: "20250101", File: write(t, twoRows), Rows: 2}
	for range 2 {
		if n, err := d.Load(ctx, load); err != nil || n != 2 {
			t.Fatalf("%d rows, %v", n, err)
		}
	}
	place := filepath.Join(d.Path, "t", "20250101.parquet")
	before, err := os.ReadFile(place)
	if err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	load.File = write(t, `[]`)
	if _, err := d.Load(cancelled, load); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	load.File += "x"
	if _, err := d.Load(ctx, load); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
	after, err := os.ReadFile(place)
	if err != nil || string(after) != string(before) {
		t.Errorf("a failed load changed the partition: %v", err)
	}
	load.File = write(t, `[]`)
	if n, err := d.Load(ctx, load); err != nil || n != 0 {
		t.Errorf("an emptied partition: %d rows, %v", n, err)
	}
	names, err := filepath.Glob(filepath.Join(d.Path, "t", "*"))
	if err != nil || len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}
