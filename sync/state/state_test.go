package state_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

func store(t *testing.T) (*state.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	b, err := mirror.MakeDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return state.Open(b), dir
}

func day(n int) time.Time { return time.Date(2025, 1, n, 0, 0, 0, 0, time.UTC) }

func rows(id string) state.Rows {
	return state.Rows{
		Runs:     []state.Run{{RunID: id, AsOf: day(1), WindowFrom: "2025-01-01", WindowTo: "2025-01-02", Tables: []state.TableLoad{{Table: "t", Rows: 1}}}},
		Receipts: []state.Receipt{{Table: "t", Partition: "20250101", Games: []string{"0022400001"}, RunID: id, AsOf: day(1)}},
	}
}

func TestAppend(t *testing.T) {
	ctx := context.Background()
	s, _ := store(t)
	head, err := s.Head(ctx)
	if err != nil || head.N != 0 || !head.AsOf.IsZero() {
		t.Fatalf("an empty state has the head %+v, %v", head, err)
	}
	for i := 1; i <= 12; i++ {
		if head, err = s.Append(ctx, head, day(i), rows(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if head, err = s.Append(ctx, head, day(3), state.Rows{}); err != nil {
		t.Fatal(err)
	}
	read, err := s.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if read.N != 13 || !read.AsOf.Equal(day(12)) || len(read.Segments["runs"]) != 12 || len(read.Segments["receipts"]) != 12 {
		t.Errorf("HEAD is %+v; want the 13th, the newest as-of, and a segment for each append that had rows", read)
	}
	for _, table := range []string{"runs", "receipts"} {
		for _, name := range head.Segments[table] {
			if body, err := s.Fetch(ctx, name); err != nil || len(body) == 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestRace: of many writers that saw the same HEAD one wins, and the others are told.
func TestRace(t *testing.T) {
	ctx := context.Background()
	s, _ := store(t)
	head, err := s.Append(ctx, state.Head{}, day(1), rows("first"))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var won, lost int
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			_, err := s.Append(ctx, head, day(2), rows(fmt.Sprint("racer ", i)))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.Is(err, state.ErrConflict):
				lost++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 || lost != 7 {
		t.Errorf("%d won and %d lost", won, lost)
	}
	if read, err := s.Head(ctx); err != nil || read.N != 2 || len(read.Segments["runs"]) != 2 {
		t.Errorf("HEAD is %+v, %v", read, err)
	}
}

// TestCrash: segments without a HEAD do not count, and the same append can be made again.
func TestCrash(t *testing.T) {
	ctx := context.Background()
	s, dir := store(t)
	if _, err := s.Append(ctx, state.Head{}, day(1), rows("one")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "HEAD-00000001")); err != nil {
		t.Fatal(err)
	}
	head, err := s.Head(ctx)
	if err != nil || head.N != 0 || len(head.Segments) != 0 {
		t.Fatalf("HEAD is %+v, %v", head, err)
	}
	if head, err = s.Append(ctx, head, day(1), rows("one")); err != nil || head.N != 1 {
		t.Errorf("the append again: %+v, %v", head, err)
	}
}

// TestDamaged: a damaged HEAD or a lost segment is told with its name.
func TestDamaged(t *testing.T) {
	ctx := context.Background()
	s, dir := store(t)
	head, err := s.Append(ctx, state.Head{}, day(1), rows("one"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, head.Segments["runs"][0])); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fetch(ctx, head.Segments["runs"][0]); !errors.Is(err, mirror.ErrNotExist) || !strings.Contains(err.Error(), "runs-00000001") {
		t.Errorf("a lost segment: %v", err)
	}
	// A copy that an editor or a person left is no HEAD.
	if err := os.WriteFile(filepath.Join(dir, "HEAD-00000001~"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if read, err := s.Head(ctx); err != nil || read.N != 1 {
		t.Errorf("a copy of HEAD beside it: %+v, %v", read, err)
	}
	for _, body := range []string{"{", "{}", `{"n":7}`} {
		if err := os.WriteFile(filepath.Join(dir, "HEAD-00000001"), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Head(ctx); err == nil || !strings.Contains(err.Error(), "HEAD-00000001 is damaged") {
			t.Errorf("a damaged HEAD %s: %v", body, err)
		}
	}
}
