package sql_test

import (
	"flag"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sourcecov/sql"
)

var update = flag.Bool("update", false, "write sql.sum")

// TestLedger holds sql.sum to the files: a changed rule shows in a review.
func TestLedger(t *testing.T) {
	cat, err := sql.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("sql.sum", []byte(cat.Ledger()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	body, err := os.ReadFile("sql.sum")
	if err != nil {
		t.Fatal(err)
	}
	if string(body) != cat.Ledger() {
		t.Error("sql.sum does not belong to these files; run `make sum` and review what changed")
	}
}

// TestPartitionDates: the check that holds dates to what a warehouse can store sees every table with partitions by day, but
// for those that tell of runs: what they are dated by, as-of, is held to it where it is typed.
func TestPartitionDates(t *testing.T) {
	cat, err := sql.Load(sql.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	check := cat.Lookup("check.partition_dates")
	for _, f := range cat.Kind(sql.Publish) {
		telling := cat.DependsOn(f, "state.runs")
		if want := f.Partition != "" && !telling; want != slices.Contains(check.Reads, f.Relation()) {
			t.Errorf("%s is partitioned by %q, tells of runs: %v, is checked: %v", f.Relation(), f.Partition, telling, !want)
		}
	}
}

// TestOrder: whatever the names, each file follows what it reads.
func TestOrder(t *testing.T) {
	cat, err := sql.Load(sql.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	place := map[string]int{}
	for i, f := range cat.Files {
		for _, name := range f.Reads {
			deps := cat.Members(name)
			if dep := cat.Lookup(name); dep != nil {
				deps = []*sql.File{dep}
			}
			for _, dep := range deps {
				if at, placed := place[dep.Path]; !slices.Contains(sql.Inputs, dep) && (!placed || at > i) {
					t.Errorf("%s comes before %s, which it reads", f.Path, dep.Path)
				}
			}
		}
		place[f.Path] = i
	}
	if !cat.DependsOn(cat.Lookup("publish.source_status"), "stage.espn_scoreboard") {
		t.Error("DependsOn does not look through a union")
	}
}

// TestHandedOn: a column that a file hands on is as if it were written out, at
// its place and through any number of files.
func TestHandedOn(t *testing.T) {
	tree := fstest.MapFS{}
	for path, text := range map[string]string{
		"model/z.sql":   "-- S.\n-- grain: a\n-- column: a INTEGER -- first\n-- column: b DATE -- second\nSELECT 1 AS a, DATE '2024-10-22' AS b",
		"publish/y.sql": "-- S.\n-- grain: a\n-- key: a\n-- partition: b\n-- reads: model.z\n-- columns: b, a from model.z\nSELECT b, a FROM model.z",
		"view/x.sql":    "-- S.\n-- grain: a\n-- reads: publish.y\n-- columns: a from publish.y\n-- column: c BIGINT -- own\n-- columns: b from publish.y\nSELECT a, 1 AS c, b FROM publish.y",
	} {
		tree[path] = &fstest.MapFile{Data: []byte(text)}
	}
	cat, err := sql.Load(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := []sql.Column{{Name: "a", Type: "INTEGER", Doc: "first"}, {Name: "c", Type: "BIGINT", Doc: "own"}, {Name: "b", Type: "DATE", Doc: "second"}}
	if got := cat.Lookup("view.x").Columns; !slices.Equal(got, want) {
		t.Errorf("the columns are %v, want %v", got, want)
	}
}

// TestRefuses shows one file for each way in which a header can be wrong.
func TestRefuses(t *testing.T) {
	const good = "-- Sentence.\n-- grain: a\n-- column: a INTEGER -- a\nSELECT 1 AS a\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"unknown kind":        {map[string]string{"modle/x.sql": good}, "sql/modle/x.sql:1: no such kind"},
		"no sentence":         {map[string]string{"model/x.sql": "SELECT 1"}, "sql/model/x.sql:1: the first line"},
		"unknown key":         {map[string]string{"model/x.sql": "-- S.\n-- grian: a\nSELECT 1"}, `sql/model/x.sql:2: unknown header key "grian"`},
		"key of other kind":   {map[string]string{"model/x.sql": "-- S.\n-- severity: warn\nSELECT 1"}, `unknown header key "severity" for a model file`},
		"missing grain":       {map[string]string{"model/x.sql": "-- S.\n-- column: a INTEGER -- a\nSELECT 1 AS a"}, "a model file needs `-- grain:`"},
		"free comment":        {map[string]string{"model/x.sql": "-- S.\n-- just saying\nSELECT 1"}, "sql/model/x.sql:2: a header line reads"},
		"bad severity":        {map[string]string{"check/x.sql": "-- S.\n-- grain: a\n-- severity: fatal\nSELECT 1"}, "sql/check/x.sql:3: severity is block, warn or info"},
		"bad column":          {map[string]string{"model/x.sql": "-- S.\n-- grain: a\n-- column: a\nSELECT 1"}, "sql/model/x.sql:3: a column reads"},
		"bad columns":         {map[string]string{"view/x.sql": "-- S.\n-- grain: a\n-- columns: a of model.y\nSELECT 1"}, "sql/view/x.sql:3: columns read `-- columns: "},
		"columns elsewhere":   {map[string]string{"model/x.sql": "-- S.\n-- grain: a\n-- columns: a from model.y\nSELECT 1"}, `sql/model/x.sql:3: unknown header key "columns" for a model file`},
		"columns not read":    {map[string]string{"model/y.sql": good, "view/x.sql": "-- S.\n-- grain: a\n-- columns: a from model.y\nSELECT 1 AS a"}, "sql/view/x.sql:3: columns are from model.y, which `reads` does not name"},
		"columns not there":   {map[string]string{"model/y.sql": good, "view/x.sql": "-- S.\n-- grain: a\n-- reads: model.y\n-- columns: a from model.y\n-- columns: b from model.y\nFROM model.y"}, "sql/view/x.sql:5: model.y has no column b"},
		"columns twice":       {map[string]string{"model/y.sql": good, "view/x.sql": "-- S.\n-- grain: a\n-- reads: model.y\n-- column: a INTEGER -- a\n-- columns: a from model.y\nFROM model.y"}, "sql/view/x.sql:5: column a is declared twice"},
		"column twice":        {map[string]string{"model/x.sql": "-- S.\n-- grain: a\n-- column: a INTEGER -- a\n-- column: a INTEGER -- b\nSELECT 1"}, "column a is declared twice"},
		"reads twice":         {map[string]string{"model/x.sql": "-- S.\n-- grain: a\n-- reads: model.y\n-- reads: model.y\nSELECT 1"}, "sql/model/x.sql:4: a second `reads` line"},
		"reads nothing":       {map[string]string{"model/x.sql": "-- S.\n-- grain: a\n-- reads: model.y\n-- column: a INTEGER -- a\nSELECT 1"}, "sql/model/x.sql:3: nothing defines model.y"},
		"cycle":               {map[string]string{"model/x.sql": strings.Replace(good, "-- column", "-- reads: model.y\n-- column", 1), "model/y.sql": strings.Replace(good, "-- column", "-- reads: model.x\n-- column", 1)}, "it reads itself"},
		"key not a column":    {map[string]string{"publish/x.sql": "-- S.\n-- grain: a\n-- key: b\n-- column: a INTEGER -- a\nSELECT 1 AS a"}, "key column b is not declared"},
		"union of two forms":  {map[string]string{"stage/x.sql": strings.Replace(good, "-- column", "-- into: stage.u\n-- column", 1), "stage/y.sql": strings.Replace(strings.Replace(good, "-- column", "-- into: stage.u\n-- column", 1), "INTEGER", "VARCHAR", 1)}, "its columns differ from those of stage/x.sql"},
		"union of a bad name": {map[string]string{"stage/x.sql": strings.Replace(good, "-- column", "-- into: stage.u\"; DROP TABLE x; --\n-- column", 1)}, "sql/stage/x.sql:3: a union is named"},
		"union elsewhere":     {map[string]string{"stage/x.sql": strings.Replace(good, "-- column", "-- into: model.u\n-- column", 1)}, "sql/stage/x.sql:3: a union is named"},
		"parts of no dates":   {map[string]string{"publish/x.sql": strings.Replace(good, "-- column", "-- key: a\n-- partition: a\n-- column", 1)}, "sql/publish/x.sql:4: the partition column a is a INTEGER and no DATE"},
		"over nothing":        {map[string]string{"check/x.sql": strings.Replace(good, "-- column", "-- severity: warn\n-- finds: x\n-- over: model.y\n-- column", 1)}, "sql/check/x.sql:5: nothing defines rows of model.y"},
		"over no condition":   {map[string]string{"check/x.sql": strings.Replace(good, "-- column", "-- severity: warn\n-- finds: x\n-- over: model.y where  \n-- column", 1)}, "after `where` stands a condition"},
		"no files":            {map[string]string{"readme": ""}, "no */*.sql files"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for path, text := range c.files {
				tree[path] = &fstest.MapFile{Data: []byte(text)}
			}
			_, err := sql.Load(fs.FS(tree))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
