package warehouse_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"sourcecov/sync/warehouse"
	"sourcecov/sync/warehouse/warehousetest"
)

// write makes a Parquet file of a date and an id per row.
func write(t *testing.T, rows ...string) string {
	t.Helper()
	return warehousetest.File(t, []arrow.Field{
		{Name: "game_date", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "id", Type: arrow.BinaryTypes.String, Nullable: true},
	}, "k", rows...)
}

const twoRows = `{"game_date":"2025-01-01","id":"a"},{"game_date":"2025-01-01","id":"b"}`

func want() warehouse.Want {
	return warehouse.Want{Rows: 2, Partition: "20250101", Meta: map[string]string{warehouse.LoadID: "k"}, Table: warehouse.Table{
		Name: "t", Key: []string{"id"}, Partition: "game_date",
		Columns: []warehouse.Column{
			{Name: "game_date", Type: warehouse.Type{Name: "DATE"}},
			{Name: "id", Type: warehouse.Type{Name: "VARCHAR"}},
		},
	}}
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
		"rows":    {write(t, twoRows), func(w *warehouse.Want) { w.Rows = 3 }, "3 rows were exported, 2 are there"},
		"columns": {write(t, twoRows), func(w *warehouse.Want) { slices.Reverse(w.Table.Columns) }, "the columns are"},
		"type": {
			write(t, twoRows), func(w *warehouse.Want) { w.Table.Columns[1].Type.Name = "BIGINT" },
			"id is utf8, declared is BIGINT",
		},
		"null": {write(t, strings.Replace(twoRows, `"b"`, "null", 1)), func(*warehouse.Want) {}, "1 NULLs in id"},
		"partition": {
			write(t, strings.Replace(twoRows, "2025-01-01", "2025-01-02", 1)), func(*warehouse.Want) {},
			"a row of 20250102 lies in the partition 20250101",
		},
		"metadata": {
			write(t, twoRows), func(w *warehouse.Want) { w.Meta = map[string]string{"run_key": "other"} }, "run_key",
		},
		"cut":     {cut, func(*warehouse.Want) {}, "x.parquet"},
		"flipped": {flipped, func(*warehouse.Want) {}, "x.parquet"},
		"gone":    {cut + "x", func(*warehouse.Want) {}, "no such file"},
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
