package duckdb

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sourcecov/sql"
)

// TestNoBareLabels: an ENUM that is compared with a bare label by range is
// compared as text, in silence; so no file may do it (HOUSE.md, "ENUMs").
func TestNoBareLabels(t *testing.T) {
	db, cat := openTest(t)
	ctx := context.Background()
	var labels []string
	for _, f := range cat.Kind(sql.Type) {
		found, err := db.Strings(ctx, "SELECT unnest(enum_range(NULL::"+f.Name+"))::VARCHAR")
		if err != nil {
			t.Fatal(err)
		}
		labels = append(labels, found...)
	}
	if !slices.Contains(labels, "missing") || !slices.Contains(labels, "critical") {
		t.Fatalf("the labels are %v", labels)
	}
	for _, f := range cat.Files {
		for _, bare := range bare(t, db, f, labels) {
			t.Errorf("sql/%s compares %q by range; write %q::its_type", f.Path, bare, bare)
		}
	}
	for _, text := range []string{"a >= 'warning'", "'warning' < a", "a BETWEEN 'info' AND 'warning'",
		"greatest(a, 'warning') = a", "least('info', a) = a"} {
		f := &sql.File{Path: "lint", Text: "SELECT 1 FROM t WHERE " + text}
		if len(bare(t, db, f, labels)) == 0 {
			t.Errorf("not found: %s", text)
		}
	}
	for _, text := range []string{"a = 'warning'", "a >= 'warning'::severity", "b > 'zebra'"} {
		f := &sql.File{Path: "lint", Text: "SELECT 1 FROM t WHERE " + text}
		if found := bare(t, db, f, labels); len(found) > 0 {
			t.Errorf("wrongly found in %s: %v", text, found)
		}
	}
}

func bare(t *testing.T, db *DB, f *sql.File, labels []string) []string {
	t.Helper()
	statement, err := db.parse(context.Background(), f, "", f.Text)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(usageOf(statement).labels, func(s string) bool { return !slices.Contains(labels, s) })
}

// TestPublishedTypes: a published column has a type that a warehouse can load
// (WAREHOUSE.md, "Types"): no ENUM, HUGEINT, JSON, floating point or naive timestamp.
func TestPublishedTypes(t *testing.T) {
	_, cat := openTest(t)
	loadable := []string{"VARCHAR", "BIGINT", "BOOLEAN", "DATE", "TIMESTAMPTZ", "VARCHAR[]"}
	for _, f := range cat.Kind(sql.Publish) {
		for _, c := range f.Columns {
			if !slices.Contains(loadable, c.Type) && !strings.HasPrefix(c.Type, "DECIMAL(") &&
				!strings.HasPrefix(c.Type, "STRUCT(") {
				t.Errorf("sql/%s: column %s is %s", f.Path, c.Name, c.Type)
			}
		}
	}
}
