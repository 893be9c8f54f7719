package warehouse_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"sourcecov/sync/warehouse"
	"sourcecov/sync/warehouse/warehousetest"
)

var splitFields = []arrow.Field{
	{Name: "game_date", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
	{Name: "id", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
	{Name: "points", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
}

// rowsOf are n rows of a day, with lists of all lengths and NULLs.
func rowsOf(day string, n int) []string {
	rows := make([]string, n)
	for i := range rows {
		points := fmt.Sprint(i)
		if i%7 == 0 {
			points = "null"
		}
		rows[i] = fmt.Sprintf(`{"game_date":"%s","id":"%s %06d","tags":[%s],"points":%s}`, day, day, i,
			strings.TrimSuffix(strings.Repeat(`"x",`, i%4), ","), points)
	}
	return rows
}

func pieces(dir string, partitions ...string) []warehouse.Piece {
	out := make([]warehouse.Piece, len(partitions))
	for i, p := range partitions {
		out[i] = warehouse.Piece{Partition: p, File: filepath.Join(dir, "t", p+".parquet"), Meta: map[string]string{"b": "2", "a": "it's " + p}}
	}
	return out
}

var splitTable = warehouse.Table{Name: "t", Partition: "game_date", Columns: []warehouse.Column{{Name: "game_date"}, {Name: "id"}, {Name: "tags"}, {Name: "points"}}}

// TestSplit: every row comes into the file of its day, and a day without rows is a file, too.
func TestSplit(t *testing.T) {
	days := map[string][]string{"20250101": rowsOf("2025-01-01", 5), "20250102": rowsOf("2025-01-02", 1), "20250104": rowsOf("2025-01-04", 300)}
	in := warehousetest.File(t, splitFields, "k", slices.Concat(days["20250101"], days["20250102"], days["20250104"])...)
	wanted := pieces(t.TempDir(), "20250104", "20250101", "20250103", "20250102")
	if err := warehouse.Split(context.Background(), in, splitTable, wanted); err != nil {
		t.Fatal(err)
	}
	for _, p := range wanted {
		if sum, err := warehouse.SHA256(p.File); err != nil || sum != p.SHA256 {
			t.Errorf("%s: the sum is said to be %q and is %q, %v", p.Partition, p.SHA256, sum, err)
		}
		got := warehousetest.FileRows(t, p.File)
		want := warehousetest.FileRows(t, warehousetest.File(t, splitFields, "k", days[p.Partition]...))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows, wanted %d", p.Partition, len(got), len(want))
		}
		proof, err := warehouse.ReadFooter(p.File)
		if err != nil || proof.Meta["a"] != "it's "+p.Partition || proof.Meta["b"] != "2" {
			t.Errorf("%s: metadata %v, %v", p.Partition, proof.Meta, err)
		}
	}
}

// TestSplitBytes: the bytes of a file are those of its rows, whatever else is split
// beside them, however the rows came in batches and however often; in one file and in
// row groups, of columns whose values are all different.
func TestSplitBytes(t *testing.T) {
	rows := rowsOf("2025-01-02", 150_000)
	bytesOf := func(partition string, rows ...string) string {
		p := pieces(t.TempDir(), partition, "20250101", "20250103")
		if partition == warehouse.All {
			p = p[:1]
		}
		in := warehousetest.File(t, splitFields, "k", rows...)
		if err := warehouse.Split(context.Background(), in, splitTable, p); err != nil {
			t.Fatal(err)
		}
		body, err := os.ReadFile(p[0].File)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	alone := bytesOf("20250102", rows...)
	beside := bytesOf("20250102", slices.Concat(rowsOf("2025-01-01", 1234), rows, rowsOf("2025-01-03", 3))...)
	if alone != beside {
		t.Error("the bytes depend on what stands beside the rows")
	}
	for range 4 {
		if bytesOf("20250102", rows...) != alone {
			t.Error("the same rows give other bytes")
		}
	}
	if len(warehousetest.FileRows(t, warehousetest.File(t, splitFields, "k", rows[:1]...))) != 1 || !strings.Contains(bytesOf(warehouse.All, rows...), "it's all") {
		t.Error("a whole table is not one file")
	}
}

// TestSplitRefuses: a row that nobody wants, or that comes too late, is an error.
func TestSplitRefuses(t *testing.T) {
	for name, rows := range map[string][]string{
		"a day that is not wanted": slices.Concat(rowsOf("2025-01-01", 2), rowsOf("2025-01-03", 1)),
		"out of order":             slices.Concat(rowsOf("2025-01-01", 2), rowsOf("2025-01-02", 1), rowsOf("2025-01-01", 1)),
	} {
		in := warehousetest.File(t, splitFields, "k", rows...)
		err := warehouse.Split(context.Background(), in, splitTable, pieces(t.TempDir(), "20250101", "20250102"))
		if err == nil || !strings.Contains(err.Error(), "no partition that is wanted") {
			t.Errorf("%s: %v", name, err)
		}
	}
	in := warehousetest.File(t, splitFields, "k", rowsOf("2025-01-01", 2)...)
	if err := os.Truncate(in, 100); err != nil {
		t.Fatal(err)
	}
	if err := warehouse.Split(context.Background(), in, splitTable, pieces(t.TempDir(), "20250101")); err == nil {
		t.Error("a damaged file is split")
	}
}
