package duckdb

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sourcecov/fixtures/newcomer"
)

// TestNewcomer: with a source more, added as CONTRIBUTING.md says, every header is
// proved, the source's own cases hold, and so do all that take the rules about
// sources as they are.
func TestNewcomer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sql")
	if err := os.CopyFS(dir, os.DirFS("../sql")); err != nil {
		t.Fatal(err)
	}
	if err := newcomer.Add(dir, newcomer.Feed, 5); err != nil {
		t.Fatal(err)
	}
	db, cat := openFiles(t, dir)
	emptyTables(t, db)
	own, err := filepath.Glob("../fixtures/newcomer/case/*")
	if err != nil || len(own) == 0 {
		t.Fatalf("the newcomer has no case: %v", err)
	}
	for _, dir := range own {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			runCase(t, db, fileOf(cat, "stage", newcomer.Feed), dir)
		})
	}
	if *update {
		return // what others want is written from the files as they are
	}
	dirs, err := filepath.Glob(filepath.Join(casesDir, "*", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, dir := range dirs {
		rel, _ := filepath.Rel(casesDir, dir)
		parts := strings.Split(filepath.ToSlash(rel), "/")
		f := fileOf(cat, parts[0], parts[1])
		if !slices.ContainsFunc(f.Reads, func(name string) bool {
			touched := []string{"stage.landed", "reference.sources", "reference.object_paths", "reference.chain_sources"}
			_, err := os.Stat(filepath.Join(dir, "in", name+".jsonl"))
			return slices.Contains(touched, name) && os.IsNotExist(err)
		}) {
			continue
		}
		ran++
		t.Run(filepath.ToSlash(rel), func(t *testing.T) { runCase(t, db, f, dir) })
	}
	if ran < 20 {
		t.Errorf("only %d cases take the rules as they are", ran)
	}
}
