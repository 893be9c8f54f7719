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
	err := s.Fetch(ctx, head, head.Segments["runs"], func(string, []byte) error { return nil })
	if !errors.Is(err, mirror.ErrNotExist) || !strings.Contains(err.Error(), "runs-00000001") {
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

// full is a state of two appends with every kind of object, and the bytes of each.
func full(t *testing.T, p place) (*state.Store, state.Head, map[string][]byte) {
	t.Helper()
	s, head := begun(t, p)
	more := rows("two")
	more.Intents = []state.Intent{intent}
	more.Segments = map[string][]byte{"events": []byte("PAR1 events"), "actions": []byte("PAR1 actions")}
	head, err := s.Append(t.Context(), head, day(2), more)
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string][]byte{}
	err = p.bucket.List(t.Context(), "", func(o mirror.Object) (err error) {
		if o.Name != "HEAD-00000001" {
			bodies[o.Name], err = p.bucket.Read(t.Context(), o.Name, o.Generation)
		}
		return err
	})
	if err != nil || len(bodies) != 8 {
		t.Fatalf("%d objects, %v", len(bodies), err)
	}
	return s, head, bodies
}

// readAll reads a state as a night does.
func readAll(t *testing.T, s *state.Store) error {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil {
		return err
	}
	return s.Fetch(t.Context(), head, head.Names(), func(string, []byte) error { return nil })
}

// TestNoBitIsRead: whatever bit of whatever object is another, or if the object
// is cut, longer or gone, the error names it; without it the state is whole again.
func TestNoBitIsRead(t *testing.T) { everywhere(t, testNoBitIsRead) }

func testNoBitIsRead(t *testing.T, p place) {
	s, _, bodies := full(t, p)
	for name, whole := range bodies {
		damages := map[string][]byte{"cut": whole[:len(whole)-1], "longer": append(slices.Clone(whole), 0), "empty": {}}
		for i := range 24 {
			flipped := slices.Clone(whole)
			at := i * len(whole) / 24
			flipped[at] ^= 1 << (i % 8)
			damages[fmt.Sprintf("byte %d of %d", at, len(whole))] = flipped
		}
		if !strings.HasPrefix(name, "HEAD-") {
			damages["gone"] = nil
		}
		for what, body := range damages {
			if p.remove(name); body != nil {
				p.put(name, body)
			}
			var damaged *state.DamagedError
			if err := readAll(t, s); !errors.As(err, &damaged) || damaged.Name != name {
				t.Errorf("%s, %s: %v", name, what, err)
			}
			found, err := s.Inspect(t.Context(), true)
			if err != nil || len(found.Damaged) != 1 || found.Damaged[0].Name != name {
				t.Errorf("%s, %s: Inspect = %v, %v", name, what, found.Damaged, err)
			}
			p.put(name, whole)
		}
		p.put(name, append(slices.Clone(whole), 0))
		found, err := s.Inspect(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		head, err := s.Append(t.Context(), found.Without(), found.Head.AsOf, state.Rows{})
		if err != nil || head.N != 3 {
			t.Fatalf("without %s: %+v, %v", name, head, err)
		}
		table := state.TableOf(name)
		for _, other := range []string{"runs", "events", "actions", "receipts", "intents"} {
			was := map[string]int{"runs": 2, "events": 1, "actions": 1, "receipts": 2, "intents": 1}[other]
			switch isDelivery := other == "receipts" || other == "intents"; {
			case isDelivery && (table == "receipts" || table == "intents" || table == "HEAD"):
				was = 0 // an older receipt would tell of rows that are not there
			case other == table:
				was--
			}
			if n := len(head.Segments[other]); n != was {
				t.Errorf("without %s the state names %d segments of %s, want %d", name, n, other, was)
			}
		}
		if err := readAll(t, s); err != nil {
			t.Errorf("without %s: %v", name, err)
		}
		p.put(name, whole)
		p.remove("HEAD-00000003")
	}
}

// early writes the HEAD of full as the version did that named no sums.
func early(p place, head state.Head) {
	text := fmt.Sprintf("{\n  \"n\": %d,\n  \"as_of\": %q,\n  \"segments\": {", head.N, head.AsOf.Format(time.RFC3339))
	comma := ""
	for _, table := range []string{"actions", "events", "intents", "receipts", "runs"} {
		text += fmt.Sprintf("%s\n    %q: [\"%s\"]", comma, table, strings.Join(head.Segments[table], `", "`))
		comma = ","
	}
	p.put(fmt.Sprintf("HEAD-%08d", head.N), []byte(text+"\n  },\n  \"done\": {\"dir:/w\": \"key\"}\n}\n"))
}

// TestStateFromBefore: a HEAD without sums is taken in once: what it names is held
// to the checksums in the names, and the next append names all of it.
func TestStateFromBefore(t *testing.T) { everywhere(t, testStateFromBefore) }

func testStateFromBefore(t *testing.T, p place) {
	s, head, bodies := full(t, p)
	early(p, head)
	for name, whole := range bodies {
		if name == "HEAD-00000002" {
			continue
		}
		flipped := slices.Clone(whole)
		flipped[len(whole)/2] ^= 1
		p.put(name, flipped)
		var damaged *state.DamagedError
		if err := readAll(t, s); !errors.As(err, &damaged) || damaged.Name != name {
			t.Errorf("%s: %v", name, err)
		}
		read, err := s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Append(t.Context(), read, day(3), rows("three")); !errors.As(err, &damaged) {
			t.Errorf("%s was taken in: %v", name, err)
		}
		p.put(name, whole)
	}
	read, err := s.Head(t.Context())
	if err != nil || read.N != 2 || !read.AsOf.Equal(day(2)) || read.Done["dir:/w"] != "key" || len(read.Names()) != 7 {
		t.Fatalf("HEAD is %+v, %v", read, err)
	}
	if read, err = s.Append(t.Context(), read, day(3), rows("three")); err != nil {
		t.Fatal(err)
	}
	for name, whole := range bodies {
		if name != "HEAD-00000002" && read.Sums[name] != mirror.SHA256(whole) {
			t.Errorf("%s has the sum %q", name, read.Sums[name])
		}
	}
	if err := readAll(t, s); err != nil || len(read.Sums) != len(read.Names()) {
		t.Errorf("%d sums of %d segments, %v", len(read.Sums), len(read.Names()), err)
	}
	p.put("HEAD-00000003", []byte(`{"n": 3, "as_of": "2025-01-02T00:00:00Z", "done": {},
		"segments": {"rums": ["runs-00000001-00000000.parquet"]}}`))
	if _, err := s.Head(t.Context()); err == nil || !strings.Contains(err.Error(), "HEAD-00000003 is damaged") {
		t.Errorf("a table that is none: %v", err)
	}
}
