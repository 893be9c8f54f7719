package place

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPrune: the newest databases by time of writing are kept, this run's own
// among them, and every record.
func TestPrune(t *testing.T) {
	w := Workdir(t.TempDir())
	id := func(i int) string { return fmt.Sprintf("run-%02d", i) }
	for i := range keptDatabases + 2 {
		for _, name := range []string{w.Database(id(i)), w.Record(id(i))} {
			if err := WriteFile(name, []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		at := time.Date(2025, 1, 1+i, 0, 0, 0, 0, time.UTC)
		if err := os.Chtimes(w.Database(id(i)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	// The oldest is that of the run that prunes: it stays, whatever its time.
	if err := w.Prune(id(0)); err != nil {
		t.Fatal(err)
	}
	records, _ := filepath.Glob(filepath.Join(w.Runs(), "*", "run.json"))
	if len(records) != keptDatabases+2 {
		t.Errorf("%d records are left", len(records))
	}
	for i := range keptDatabases + 2 {
		_, err := os.Stat(w.Database(id(i)))
		if kept := err == nil; kept != (i != 1) {
			t.Errorf("%s kept: %v", id(i), kept)
		}
	}
}
