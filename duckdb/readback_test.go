package duckdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadBack: a file that holds anything but what was exported is found, whatever it is
// that is wrong.
func TestReadBack(t *testing.T) {
	const rows = `SELECT DATE '2025-01-01' + (i // 2)::INTEGER AS day, 'id' || i AS id, ['a', 'b']::VARCHAR[] AS tags,
		to_timestamp(i) AS "at" FROM range(4) AS r (i)`
	dir := t.TempDir()
	db, cat, err := open(t, Options{Allowed: []string{dir}}, map[string]string{
		"publish/p.sql": published + strings.TrimPrefix(rows, "SELECT ") + "\n"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := db.BuildAll(ctx, nil); err != nil {
		t.Fatal(err)
	}
	f := cat.Lookup("publish.p")
	parts, err := db.Partitions(ctx, f)
	if err != nil || len(parts) != 2 {
		t.Fatal(parts, err)
	}
	prints, err := db.PartitionPrints(ctx, f, []string{Whole})
	if err != nil || len(prints) != 2 {
		t.Fatal(prints, err)
	}
	n := 0
	// file writes a file of its own out of rows that day is a condition for.
	file := func(from, day string) Exported {
		t.Helper()
		n++
		x := Exported{File: filepath.Join(dir, fmt.Sprint(n, ".parquet")), Meta: map[string]string{"load_id": "x"}}
		if err := db.exec(ctx, fmt.Sprintf("COPY (SELECT * FROM (%s) WHERE %s ORDER BY id) TO %s (FORMAT parquet, KV_METADATA {load_id: 'x'})",
			from, day, quote(x.File))); err != nil {
			t.Fatal(err)
		}
		return x
	}
	first, second := "day = '2025-01-01'", "day = '2025-01-02'"
	of := func(x Exported, parts ...Partition) Exported { x.Parts = parts; return x }
	empty := Partition{Value: "20250103", Hash: NoRows}
	for name, c := range map[string]struct {
		files []Exported
		says  string // "" for all is well
	}{
		"a file a partition":          {[]Exported{of(file(rows, first), parts[0]), of(file(rows, second), parts[1])}, ""},
		"one file of all":             {[]Exported{of(file(rows, "true"), parts...)}, ""},
		"one of no rows":              {[]Exported{of(file(rows, "false"), empty)}, ""},
		"all and one that is emptied": {[]Exported{of(file(rows, "true"), parts[0], parts[1], empty)}, ""},
		"a row is lacking":            {[]Exported{of(file(rows, first+" AND id <> 'id0'"), parts[0])}, "of 20250101 it holds 1 rows"},
		"no row at all":               {[]Exported{of(file(rows, "false"), parts[0])}, "of 20250101 it holds 0 rows"},
		"two files swapped":           {[]Exported{of(file(rows, second), parts[0]), of(file(rows, first), parts[1])}, "of 20250101 it holds 0 rows"},
		"a row of elsewhere":          {[]Exported{of(file(rows, "true"), parts[0])}, "a row of it lies in 20250102"},
		"another value": {[]Exported{of(file(strings.Replace(rows, "'a', 'b'", "'a', 'c'", 1), first), parts[0])},
			"of 20250101 it holds 2 rows with the print"},
		"another type":     {[]Exported{of(file("SELECT * REPLACE (\"at\"::TIMESTAMP AS \"at\") FROM ("+rows+")", first), parts[0])}, "the columns are"},
		"another name":     {[]Exported{of(file("SELECT * EXCLUDE (\"at\"), \"at\" AS until FROM ("+rows+")", first), parts[0])}, "the columns are"},
		"a column less":    {[]Exported{of(file("SELECT * EXCLUDE (\"at\") FROM ("+rows+")", first), parts[0])}, "the columns are"},
		"only one is odd":  {[]Exported{of(file(rows, first), parts[0]), of(file("SELECT * REPLACE (\"at\"::TIMESTAMP AS \"at\") FROM ("+rows+")", second), parts[1])}, "are not those of"},
		"a NULL in a list": {[]Exported{of(file(strings.Replace(rows, "'a', 'b'", "'a', NULL", 1), first), parts[0])}, "a NULL where none may be"},
		"a list is NULL":   {[]Exported{of(file("SELECT * REPLACE (NULL::VARCHAR[] AS tags) FROM ("+rows+")", first), parts[0])}, "a NULL where none may be"},
		"no day":           {[]Exported{of(file("SELECT * REPLACE (NULL::DATE AS \"day\") FROM ("+rows+")", "true"), parts[0])}, "a NULL where none may be"},
	} {
		err := db.ReadBack(ctx, f, c.files, prints)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, wanted %q", name, err, c.says)
		}
	}
	x := of(file(rows, first), parts[0])
	x.Meta = map[string]string{"load_id": "y"}
	if err := db.ReadBack(ctx, f, []Exported{x}, prints); err == nil || !strings.Contains(err.Error(), `its metadata load_id is "x", not "y"`) {
		t.Error(err)
	}
	damaged := of(file(rows, first), parts[0])
	if err := os.Truncate(damaged.File, 200); err != nil {
		t.Fatal(err)
	}
	if err := db.ReadBack(ctx, f, []Exported{damaged}, prints); err == nil {
		t.Error("a file that was cut off is proved")
	}
}
