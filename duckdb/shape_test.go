package duckdb

import (
	"context"
	"testing"
	"time"

	"sourcecov/sql"
)

// TestShapes: the files inside the program are as their headers say, which is quick to find out.
func TestShapes(t *testing.T) {
	cat, err := sql.Load(sql.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	db, err := Open(context.Background(), Options{Threads: 1, Allowed: []string{dir}}, cat)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	began := time.Now()
	wrong, err := db.Shapes(t.Context(), dir)
	if err != nil || len(wrong) > 0 {
		t.Errorf("%v, %v", wrong, err)
	}
	t.Logf("%d files in %v", len(cat.Files), time.Since(began))
}
