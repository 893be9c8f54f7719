package warehouse_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sourcecov/sync/warehouse"
	"sourcecov/sync/warehouse/warehousetest"
)

// dir is an empty directory warehouse.
func dir(t *testing.T) warehousetest.Place {
	d := &warehouse.Dir{Path: filepath.Join(t.TempDir(), "warehouse")}
	return warehousetest.Place{Loader: d, Rows: func(t *testing.T, table string) []string {
		names, err := filepath.Glob(filepath.Join(d.Path, table, "*"))
		if err != nil {
			t.Fatal(err)
		}
		var rows []string
		for _, name := range names {
			rows = append(rows, warehousetest.FileRows(t, name)...)
		}
		return rows
	}}
}

func TestDir(t *testing.T) {
	warehousetest.Run(t, dir, warehousetest.PartitionsOnly("a directory has a file for each partition"))
}

func TestDryRun(t *testing.T) {
	warehousetest.Run(t, func(t *testing.T) warehousetest.Place {
		p := dir(t)
		p.Loader = warehouse.DryRun{Loader: p.Loader}
		return p
	}, warehousetest.NeverLoads("that is what a dry run is"))
}

// TestDirLeftovers: what a killed run left is cleared away, and a damaged file is loaded again.
func TestDirLeftovers(t *testing.T) {
	p := dir(t)
	folder := filepath.Join(p.Loader.(*warehouse.Dir).Path, "t")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".tmp-1", "20250101.parquet"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	table := warehouse.Table{Name: "t", Columns: want().Table.Columns, Partition: "game_date"}
	load := warehouse.Load{ID: "k", Table: table, Partition: "20250101", File: write(t, twoRows), Rows: 2}
	if o, err := p.Find(t.Context(), load); err != nil || o.Status != warehouse.Failed {
		t.Errorf("a damaged file: %+v, %v", o, err)
	}
	if n, err := p.Load(t.Context(), load); err != nil || n != 2 {
		t.Errorf("%d rows, %v", n, err)
	}
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	hidden, _ := filepath.Glob(filepath.Join(folder, ".*"))
	if err != nil || len(names) != 1 || len(hidden) > 0 {
		t.Errorf("left behind: %v %v", names, hidden)
	}
}

// TestTypes: a declared type is read and written the same, and what no warehouse takes is refused.
func TestTypes(t *testing.T) {
	for _, text := range []string{
		"VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMPTZ", "DECIMAL(4,1)", "VARCHAR[]",
		"STRUCT(source VARCHAR, score DECIMAL(4,1))[]", "STRUCT(a STRUCT(b BIGINT, c VARCHAR[]), d DATE)",
	} {
		if got, err := warehouse.ParseType(text); err != nil || got.String() != text {
			t.Errorf("%s became %s, %v", text, got, err)
		}
	}
	quoted, err := warehouse.ParseType(`STRUCT("rows" BIGINT)`)
	if want := (warehouse.Type{Name: "STRUCT", Fields: []warehouse.Column{{Name: "rows", Type: warehouse.Type{Name: "BIGINT"}}}}); err != nil || !reflect.DeepEqual(quoted, want) {
		t.Errorf("a quoted name: %+v, %v", quoted, err)
	}
	for _, text := range []string{
		"HUGEINT", "VARCHAR[][]", "JSON", "UUID", "INTERVAL", "TIMESTAMP", "DECIMAL(38,10)", "DECIMAL(38,2)",
		"STRUCT(a)", "tier", "MAP(VARCHAR, BIGINT)", "STRUCT(a HUGEINT)[]", "",
	} {
		if got, err := warehouse.ParseType(text); err == nil {
			t.Errorf("%s is taken as %s", text, got)
		}
	}
}

// TestErrors: each kind says what happened and is known by its type.
func TestErrors(t *testing.T) {
	inner := errors.New("connection reset")
	err := warehouse.Temporary(inner)
	if !errors.Is(err, warehouse.ErrTemporary) || !errors.Is(err, inner) || err.Error() != "connection reset" {
		t.Errorf("%v", err)
	}
	if errors.Is(inner, warehouse.ErrTemporary) {
		t.Error("every error is temporary")
	}
	setup := &warehouse.SetupError{Warehouse: "bq:p.d", Differences: []warehouse.Difference{{Object: "games.n", Wanted: "INTEGER", Live: "STRING"}}}
	if !strings.Contains(setup.Error(), "games.n: wanted INTEGER, there is STRING") {
		t.Error(setup)
	}
}
