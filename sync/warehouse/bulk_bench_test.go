package warehouse_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"sourcecov/sync/warehouse"
	"sourcecov/sync/warehouse/warehousetest"
)

// BenchmarkDir is a publish of 2,000 proved partitions into a directory, of 14 tables
// of 30 columns, and a look at whether they are there: into an empty one, over other
// rows, and with nothing to do but look.
func BenchmarkDir(b *testing.B) {
	ctx := context.Background()
	loads := [2][]warehouse.Load{partitions(b, "first", 2000), partitions(b, "other", 2000)}
	execute := func(d *warehouse.Dir, loads []warehouse.Load) {
		b.Helper()
		if _, err := warehouse.Execute(ctx, d, loads, free); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("empty", func(b *testing.B) {
		for b.Loop() {
			execute(&warehouse.Dir{Path: filepath.Join(b.TempDir(), "warehouse")}, loads[0])
		}
	})
	d := &warehouse.Dir{Path: filepath.Join(b.TempDir(), "warehouse")}
	execute(d, loads[0])
	turn := 0
	b.Run("replaced", func(b *testing.B) {
		for b.Loop() {
			turn++
			execute(d, loads[turn%2])
		}
	})
	want := map[string]map[string]int64{}
	for _, l := range loads[0] {
		if want[l.Table.Name] == nil {
			want[l.Table.Name] = map[string]int64{}
		}
		want[l.Table.Name][l.Partition] = l.Rows
	}
	b.Run("missing", func(b *testing.B) {
		for b.Loop() {
			for table, rows := range want {
				if missing, err := d.Missing(ctx, warehouse.Table{Name: table}, rows); err != nil || len(missing) > 0 {
					b.Fatal(missing, err)
				}
			}
		}
	})
}

// partitions are n loads, whose files have 30 columns and 30 rows.
func partitions(b *testing.B, id string, n int) []warehouse.Load {
	b.Helper()
	table := warehouse.Table{Key: []string{"c1"}, Partition: "game_date", Columns: []warehouse.Column{{Name: "game_date", Type: warehouse.Type{Name: "DATE"}}}}
	fields := []arrow.Field{{Name: "game_date", Type: arrow.FixedWidthTypes.Date32, Nullable: true}}
	for i := range 29 {
		name := fmt.Sprint("c", i+1)
		table.Columns = append(table.Columns, warehouse.Column{Name: name, Type: warehouse.Type{Name: "VARCHAR"}})
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true})
	}
	const tables = 14
	day := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	var loads []warehouse.Load
	for len(loads) < n {
		var rows []string
		for i := range 30 {
			values := []string{fmt.Sprintf(`"game_date":%q`, day.Format(time.DateOnly))}
			for _, c := range table.Columns[1:] {
				values = append(values, fmt.Sprintf(`%q:"%s of row %d"`, c.Name, c.Name, i))
			}
			rows = append(rows, "{"+strings.Join(values, ",")+"}")
		}
		file := warehousetest.File(b, fields, id, rows...)
		sum, err := warehouse.SHA256(file)
		if err != nil {
			b.Fatal(err)
		}
		for i := range tables {
			table.Name = fmt.Sprint("t", i)
			loads = append(loads, warehouse.Load{ID: id, Table: table, Partition: day.Format("20060102"), File: file, Rows: 30, SHA256: sum})
		}
		day = day.AddDate(0, 0, 1)
	}
	return slices.Clip(loads[:n])
}
