package state_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sourcecov/sync/gcs"
	"sourcecov/sync/gcs/gcstest"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// A place is a bucket that state is kept in, and ways to damage it.
type place struct {
	bucket mirror.Bucket
	put    func(name string, body []byte)
	remove func(name string)
	server *gcstest.Server // nil of a directory
}

// everywhere runs a test in a directory and in a part of a bucket.
func everywhere(t *testing.T, test func(t *testing.T, p place)) {
	t.Run("dir", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "state")
		b, err := mirror.MakeDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		test(t, place{bucket: b, put: func(name string, body []byte) {
			if err := os.WriteFile(filepath.Join(dir, name), body, 0o644); err != nil {
				t.Fatal(err)
			}
		}, remove: func(name string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}})
	})
	t.Run("gcs", func(t *testing.T) {
		s := gcstest.NewServer(t)
		s.CreateBucket("box")
		s.Put("box", "HEAD-00000007", []byte("of somebody else"))
		s.Put("box", "state/prod-2/HEAD-00000007", []byte("of somebody else"))
		c, err := gcs.Open(t.Context(), gcs.Options{Endpoint: s.Endpoint(), MaxWait: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		test(t, place{
			bucket: c.Bucket("box", "state/prod"),
			put:    func(name string, body []byte) { s.Put("box", "state/prod/"+name, body) },
			remove: func(name string) { s.Remove(t, "box", "state/prod/"+name) },
			server: s,
		})
	})
}

func day(n int) time.Time { return time.Date(2025, 1, n, 0, 0, 0, 0, time.UTC) }

func rows(id string) state.Rows {
	return state.Rows{
		Runs: []state.Run{
			{
				RunID: id, AsOf: day(1), WindowFrom: "2025-01-01", WindowTo: "2025-01-02",
				Tables: []state.TableLoad{{Table: "t", Rows: 1}},
			},
		},
		Receipts: []state.Receipt{
			{Table: "t", Partition: "20250101", Games: []string{"0022400001"}, RunID: id, AsOf: day(1)},
		},
	}
}

func TestAppend(t *testing.T) { everywhere(t, testAppend) }

func testAppend(t *testing.T, p place) {
	ctx := context.Background()
	s := state.Open(p.bucket)
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
		var got []string
		err := s.Fetch(ctx, head, head.Segments[table], func(name string, body []byte) error {
			if got = append(got, name); !bytes.HasPrefix(body, []byte("PAR1")) {
				t.Errorf("%s has the bytes %.20q", name, body)
			}
			return nil
		})
		if err != nil || !slices.Equal(got, head.Segments[table]) {
			t.Errorf("Fetch = %q, %v, want all of %q in their order", got, err, head.Segments[table])
		}
	}
}

// TestFetch: what the caller's function says ends it, and nothing asked for is nothing done.
func TestFetch(t *testing.T) { everywhere(t, testFetch) }

func testFetch(t *testing.T, p place) {
	var names []string
	head := state.Head{Sums: map[string]string{}}
	for i := range 40 {
		names = append(names, fmt.Sprintf("runs-%08d-00000000.parquet", 40-i)) // in no order of names
		p.put(names[i], []byte(names[i]))
		head.Sums[names[i]] = mirror.SHA256([]byte(names[i]))
	}
	s, stop, calls := state.Open(p.bucket), errors.New("stop"), 0
	err := s.Fetch(t.Context(), head, names, func(name string, body []byte) error {
		if name != names[calls] || string(body) != name {
			t.Errorf("call %d is for %s with %q", calls, name, body)
		}
		if calls++; calls == 30 {
			return stop
		}
		return nil
	})
	if err != stop || calls != 30 {
		t.Errorf("Fetch = %v after %d calls", err, calls)
	}
	if p.server != nil {
		listings := 0
		for _, r := range p.server.Requests() {
			if strings.Contains(r.URL, "prefix=") {
				listings++
			}
		}
		if listings != 1 {
			t.Errorf("%d listings for %d segments", listings, len(names))
		}
	}
	never := func(name string, body []byte) error {
		t.Errorf("called for %s", name)
		return nil
	}
	if err := s.Fetch(t.Context(), head, nil, never); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, names := range [][]string{nil, names} {
		if err := s.Fetch(ctx, head, names, never); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}

// TestLostAnswers: an append whose answers are lost on the way is made once.
func TestLostAnswers(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		if p.server == nil {
			return
		}
		for nth := 1; nth <= 5; nth += 2 {
			p.server.Inject(gcstest.Fault{Kind: gcstest.Dropped, URL: "/upload/", Nth: nth})
		}
		s := state.Open(p.bucket)
		head, err := s.Append(t.Context(), state.Head{}, day(1), rows("one"))
		if err != nil || head.N != 1 {
			t.Fatalf("Append = %+v, %v", head, err)
		}
		if _, err := s.Append(t.Context(), state.Head{}, day(1), rows("two")); !errors.Is(err, state.ErrConflict) {
			t.Errorf("the second Append = %v", err)
		}
		if read, err := s.Head(t.Context()); err != nil || read.N != 1 || len(read.Segments["runs"]) != 1 {
			t.Errorf("HEAD is %+v, %v", read, err)
		}
	})
}

// begun is a state to which one run was appended.
func begun(t *testing.T, p place) (*state.Store, state.Head) {
	t.Helper()
	s := state.Open(p.bucket)
	head, err := s.Append(t.Context(), state.Head{}, day(1), rows("one"))
	if err != nil {
		t.Fatal(err)
	}
	return s, head
}

// TestRace: of many writers that saw the same HEAD one wins, and the others are told.
func TestRace(t *testing.T) { everywhere(t, testRace) }

func testRace(t *testing.T, p place) {
	ctx := context.Background()
	s, head := begun(t, p)
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
func TestCrash(t *testing.T) { everywhere(t, testCrash) }

func testCrash(t *testing.T, p place) {
	ctx := context.Background()
	s, _ := begun(t, p)
	p.remove("HEAD-00000001")
	head, err := s.Head(ctx)
	if err != nil || head.N != 0 || len(head.Segments) != 0 {
		t.Fatalf("HEAD is %+v, %v", head, err)
	}
	if head, err = s.Append(ctx, head, day(1), rows("one")); err != nil || head.N != 1 {
		t.Errorf("the append again: %+v, %v", head, err)
	}
}

// TestDamaged: a damaged HEAD or a lost segment is told with its name.
func TestDamaged(t *testing.T) { everywhere(t, testDamaged) }

func testDamaged(t *testing.T, p place) {
	ctx := context.Background()
	s, head := begun(t, p)
	p.remove(head.Segments["runs"][0])
	if err := s.Fetch(ctx, head, head.Segments["runs"], func(string, []byte) error { return nil }); !errors.Is(err, mirror.ErrNotExist) || !strings.Contains(err.Error(), "runs-00000001") {
		t.Errorf("a lost segment: %v", err)
	}
	// A copy that an editor or a person left is no HEAD.
	p.put("HEAD-00000001~", []byte("{"))
	if read, err := s.Head(ctx); err != nil || read.N != 1 {
		t.Errorf("a copy of HEAD beside it: %+v, %v", read, err)
	}
	for _, body := range []string{"{", "{}", `{"n":7}`} {
		p.put("HEAD-00000001", []byte(body))
		if _, err := s.Head(ctx); err == nil || !strings.Contains(err.Error(), "HEAD-00000001 is damaged") {
			t.Errorf("a damaged HEAD %s: %v", body, err)
		}
	}
}
