// Package state keeps what cannot be computed again: which runs there were and
// what they loaded. It is append-only: Parquet segments, and a HEAD that names
// those that count (HOUSE.md, "State").
//
// HEAD is an object HEAD-<n>; the highest n counts. An append creates its
// segments first and then HEAD-<n+1>, each only if it does not exist yet, so of
// two writers one wins and a crash leaves at most segments that nobody names.
package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"sourcecov/sync/mirror"
)

// ErrConflict says that another run appended first. Nothing of this append counts.
var ErrConflict = errors.New("another run wrote the state first")

// Head names what counts.
type Head struct {
	N        int                 `json:"n"`        // number of appends so far
	Bucket   string              `json:"bucket"`   // whose nights these are; "" in those written before it was kept
	AsOf     time.Time           `json:"as_of"`    // newest as-of that was appended (UTC)
	Segments map[string][]string `json:"segments"` // table to segment objects, oldest first
	// Warehouses are those that were ever published to; nil in those written before
	// they were kept.
	Warehouses []string `json:"warehouses"`
	// Done maps a warehouse to the run_key of the run that published to it last,
	// if that run got through (exit 0 or 4).
	Done map[string]string `json:"done"`
}

// Knows reports whether a warehouse was ever published to, as far as that was kept.
func (h Head) Knows(warehouse string) bool {
	return slices.Contains(h.Warehouses, warehouse) || h.Warehouses == nil && len(h.Segments["receipts"]) > 0
}

// Store is the state in one bucket. It holds no state of its own.
type Store struct{ bucket mirror.Bucket }

// Open returns the state in b. An empty bucket is an empty state.
func Open(b mirror.Bucket) *Store { return &Store{b} }

var headForm = regexp.MustCompile(`^HEAD-\d{8}$`)

func headName(n int) string { return fmt.Sprintf("HEAD-%08d", n) }

// Head reads the HEAD that counts: the zero Head if nothing was ever appended.
func (s *Store) Head(ctx context.Context) (Head, error) {
	var newest mirror.Object
	err := s.bucket.List(ctx, "HEAD-", func(o mirror.Object) error {
		if headForm.MatchString(o.Name) { // a copy that somebody made is none
			newest = o // names are zero-padded and come in order
		}
		return nil
	})
	if err != nil {
		return Head{}, fmt.Errorf("find the state's HEAD: %w", err)
	}
	head := Head{Segments: map[string][]string{}}
	if newest.Name == "" {
		return head, nil
	}
	body, err := s.bucket.Read(ctx, newest.Name, newest.Generation)
	if err != nil {
		return Head{}, fmt.Errorf("read the state's HEAD: %w", err)
	}
	err = json.Unmarshal(body, &head)
	if err == nil && headName(head.N) != newest.Name {
		err = fmt.Errorf("it says that it is number %d", head.N)
	}
	if err != nil {
		return Head{}, fmt.Errorf("read the state's HEAD: %s is damaged (remove it to fall back on the one before): %w", newest.Name, err)
	}
	return head, nil
}

// Append adds one segment for each table that has rows and moves HEAD on.
// If another writer moved HEAD since it was read, the error is ErrConflict.
func (s *Store) Append(ctx context.Context, head Head, asOf time.Time, rows Rows) (Head, error) {
	next := Head{N: head.N + 1, Bucket: head.Bucket, AsOf: asOf, Segments: map[string][]string{}, Done: map[string]string{}}
	maps.Copy(next.Done, head.Done)
	next.Warehouses = slices.Clone(head.Warehouses)
	know := func(warehouse string) {
		if !slices.Contains(next.Warehouses, warehouse) {
			next.Warehouses = append(next.Warehouses, warehouse)
		}
	}
	for _, warehouse := range slices.Sorted(maps.Keys(head.Done)) {
		know(warehouse)
	}
	for _, i := range rows.Intents {
		delete(next.Done, i.Target) // what it held is about to change
		know(i.Target)
	}
	for _, r := range rows.Runs {
		delete(next.Done, r.Target)
		know(r.Target)
		if r.ExitCode == 0 || r.ExitCode == 4 {
			next.Done[r.Target] = r.RunKey
		}
	}
	if head.AsOf.After(asOf) {
		next.AsOf = head.AsOf
	}
	for table, names := range head.Segments {
		next.Segments[table] = slices.Clone(names)
	}
	for _, t := range Tables {
		_, body, err := Segment(head, t.Name, rows)
		if err != nil {
			return Head{}, fmt.Errorf("append to the state: %w", err)
		}
		if body == nil {
			continue
		}
		if err := s.add(ctx, next, t.Name, body); err != nil {
			return Head{}, err
		}
	}
	for _, table := range slices.Sorted(maps.Keys(rows.Segments)) {
		if err := s.add(ctx, next, table, rows.Segments[table]); err != nil {
			return Head{}, err
		}
	}
	body, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return Head{}, fmt.Errorf("append to the state: %w", err)
	}
	err = s.bucket.Create(ctx, headName(next.N), append(body, '\n'))
	if errors.Is(err, mirror.ErrExist) {
		return Head{}, ErrConflict
	}
	if err != nil {
		return Head{}, fmt.Errorf("append to the state: %w", err)
	}
	return next, nil
}

// Check reports whether HEAD is still the one that was read: ErrConflict if
// another writer moved it on. It is for those who are about to do what only the
// newest writer may do.
func (s *Store) Check(ctx context.Context, head Head) error {
	err := s.bucket.List(ctx, "HEAD-", func(o mirror.Object) error {
		if headForm.MatchString(o.Name) && o.Name > headName(head.N) {
			return ErrConflict
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look whether the state's HEAD is still number %d: %w", head.N, err)
	}
	return nil
}

// Segment is the segment that the next append after head would add for a table,
// and its name: nothing if rows has none for it.
func Segment(head Head, table string, rows Rows) (name string, body []byte, err error) {
	for _, t := range Tables {
		if t.Name != table {
			continue
		}
		body, n, err := t.encode(rows, int64(head.N+1))
		if err != nil {
			return "", nil, fmt.Errorf("encode state rows of %s: %w", table, err)
		}
		if n > 0 {
			return segmentName(table, head.N+1, body), body, nil
		}
	}
	return "", nil, nil
}

// add creates a segment and names it in the HEAD to be.
func (s *Store) add(ctx context.Context, next Head, table string, body []byte) error {
	name := segmentName(table, next.N, body)
	// A writer that lost its race, or crashed, may have left the very same segment.
	if err := s.bucket.Create(ctx, name, body); err != nil && !errors.Is(err, mirror.ErrExist) {
		return fmt.Errorf("append to the state: %w", err)
	}
	next.Segments[table] = append(next.Segments[table], name)
	return nil
}

// parallel is how many segments are read at a time.
const parallel = 16

// Fetch reads segments that a Head names and calls use for each, in the order of
// the names, from the caller's goroutine. If one is gone, which a Head never
// allows, the error is [mirror.ErrNotExist] to errors.Is and names it; use may
// have seen those before it. The first error of use ends it and is returned as it is.
func (s *Store) Fetch(ctx context.Context, names []string, use func(name string, body []byte) error) error {
	if len(names) == 0 {
		return ctx.Err()
	}
	listed := map[string]int64{}
	err := s.bucket.List(ctx, commonPrefix(names), func(o mirror.Object) error {
		listed[o.Name] = o.Generation
		return nil
	})
	if err != nil {
		return fmt.Errorf("find the state's segments: %w", err)
	}
	type segment struct {
		name string
		body []byte
	}
	return mirror.InOrder(ctx, parallel, names, func(ctx context.Context, name string) (segment, error) {
		generation, ok := listed[name]
		if !ok {
			return segment{}, fmt.Errorf("the state's HEAD names the segment %s, which is gone: %w", name, mirror.ErrNotExist)
		}
		body, err := s.bucket.Read(ctx, name, generation)
		if err != nil {
			return segment{}, fmt.Errorf("read the state's segment: %w", err) // the bucket's error names it
		}
		return segment{name, body}, nil
	}, func(got segment) error { return use(got.name, got.body) })
}

// commonPrefix is what all of the names begin with.
func commonPrefix(names []string) string {
	first, last := slices.Min(names), slices.Max(names)
	n := 0
	for n < min(len(first), len(last)) && first[n] == last[n] {
		n++
	}
	return first[:n]
}
