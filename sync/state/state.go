// Package state keeps what cannot be computed again: which runs there were and
// what they loaded. It is append-only: Parquet segments, and a HEAD that names
// those that count (HOUSE.md, "State").
//
// HEAD is an object HEAD-<n>; the highest n counts. An append creates its
// segments first and then HEAD-<n+1>, each only if it does not exist yet, so of
// two writers one wins and a crash leaves at most segments that nobody names.
// HEAD has the SHA-256 of every object that it names, and its own at the end:
// what is not as it was appended is never read.
package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"regexp"
	"slices"
	"strings"
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
	Sums     map[string]string   `json:"sums"`     // object to its SHA-256; the next append adds those of a HEAD from before
	// Warehouses are those that were ever published to; nil in those written before
	// they were kept.
	Warehouses []string `json:"warehouses"`
	// Done maps a warehouse to the run_key of the run that published to it last,
	// if that run got through (exit 0 or 4).
	Done map[string]string `json:"done"`
	// Landing and Records are there where the state does not lie on the disk of the
	// nights. Records has that of the run of Done, by warehouse.
	Landing Landing           `json:"landing,omitzero"`
	Records map[string]Record `json:"records,omitempty"`
}

// A DamagedError is about an object of the state that is not what was appended,
// or that is gone ([mirror.ErrNotExist]).
type DamagedError struct {
	Name string // of the object
	Err  error
}

func (e *DamagedError) Error() string {
	if errors.Is(e.Err, mirror.ErrNotExist) {
		return fmt.Sprintf("the state's %s is gone", e.Name)
	}
	return fmt.Sprintf("the state's %s is damaged: %v", e.Name, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

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

// Head reads the HEAD that counts: the zero Head if nothing was ever appended. If
// it is not as it was written, the error is a [DamagedError].
func (s *Store) Head(ctx context.Context) (Head, error) {
	heads, err := s.heads(ctx)
	if err != nil {
		return Head{}, err
	}
	head := Head{Segments: map[string][]string{}}
	if len(heads) == 0 {
		return head, nil
	}
	newest := heads[len(heads)-1]
	body, err := s.bucket.Read(ctx, newest.Name, newest.Generation)
	if err != nil {
		return Head{}, fmt.Errorf("read the state's HEAD: %w", err)
	}
	if head, err = decodeHead(newest.Name, body); err != nil {
		return Head{}, &DamagedError{newest.Name, err}
	}
	return head, nil
}

// heads are all HEADs, oldest first.
func (s *Store) heads(ctx context.Context) (heads []mirror.Object, err error) {
	err = s.bucket.List(ctx, "HEAD-", func(o mirror.Object) error {
		if headForm.MatchString(o.Name) { // a copy that somebody made is none
			heads = append(heads, o) // names are zero-padded and come in order
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find the state's HEAD: %w", err)
	}
	return heads, nil
}

// decodeHead reads a HEAD of that name. One from before has neither sums nor a
// seal, and says so by being all that a HEAD was then and nothing else.
func decodeHead(name string, body []byte) (head Head, err error) {
	if err = mirror.Unseal(body, &head); err != nil {
		var early struct {
			N        int                 `json:"n"`
			AsOf     time.Time           `json:"as_of"`
			Segments map[string][]string `json:"segments"`
			Done     map[string]string   `json:"done"`
			// Those that named their bucket were the last without a seal.
			Bucket     string   `json:"bucket"`
			Warehouses []string `json:"warehouses"`
		}
		strict := json.NewDecoder(bytes.NewReader(body))
		strict.DisallowUnknownFields()
		if strict.Decode(&early) != nil || early.N == 0 {
			return Head{}, err
		}
		head = Head{N: early.N, Bucket: early.Bucket, AsOf: early.AsOf, Segments: early.Segments, Warehouses: early.Warehouses, Done: early.Done}
	}
	if headName(head.N) != name {
		return Head{}, fmt.Errorf("it says that it is number %d", head.N)
	}
	for table, names := range head.Segments {
		for _, name := range names {
			if TableOf(name) != table {
				return Head{}, fmt.Errorf("it has %s among the %s", name, table)
			}
		}
	}
	if head.Segments == nil {
		head.Segments = map[string][]string{}
	}
	return head, nil
}

// Append adds one segment for each table that has rows and moves HEAD on.
// If another writer moved HEAD since it was read, the error is ErrConflict.
func (s *Store) Append(ctx context.Context, head Head, asOf time.Time, rows Rows) (Head, error) {
	next := Head{N: head.N + 1, Bucket: head.Bucket, AsOf: asOf, Segments: map[string][]string{}, Sums: map[string]string{},
		Done: map[string]string{}, Landing: head.Landing, Records: map[string]Record{}}
	maps.Copy(next.Done, head.Done)
	maps.Copy(next.Records, head.Records)
	next.Warehouses = slices.Clone(head.Warehouses)
	know := func(warehouse string) {
		if !slices.Contains(next.Warehouses, warehouse) {
			next.Warehouses = append(next.Warehouses, warehouse)
		}
	}
	if len(rows.Intents)+len(rows.Runs) > 0 { // until then nil says that nobody kept which they are
		for _, warehouse := range slices.Sorted(maps.Keys(head.Done)) {
			know(warehouse)
		}
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
	if rows.Landing != nil {
		next.Landing = *rows.Landing
	}
	for warehouse := range next.Records {
		if next.Done[warehouse] == "" {
			delete(next.Records, warehouse)
		}
	}
	maps.Copy(next.Records, rows.Records)
	if head.AsOf.After(asOf) {
		next.AsOf = head.AsOf
	}
	for table, names := range head.Segments {
		next.Segments[table] = slices.Clone(names)
	}
	if err := s.sums(ctx, head, next.Sums); err != nil {
		return Head{}, err
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
	body, err := mirror.Seal(next)
	if err != nil {
		return Head{}, fmt.Errorf("append to the state: %w", err)
	}
	err = s.bucket.Create(ctx, headName(next.N), body)
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
	next.Sums[name] = mirror.SHA256(body)
	return nil
}

// sums fills in the sum of every segment that head names. One of which head has
// none, since it was appended before there were any, is read for it.
func (s *Store) sums(ctx context.Context, head Head, sums map[string]string) error {
	var missing []string
	for _, name := range head.Names() {
		if sum, ok := head.Sums[name]; ok {
			sums[name] = sum
		} else {
			missing = append(missing, name)
		}
	}
	return s.Fetch(ctx, head, missing, func(name string, body []byte) error {
		sums[name] = mirror.SHA256(body)
		return nil
	})
}

// Names are all segments that count, in order of name.
func (h Head) Names() (all []string) {
	for _, names := range h.Segments {
		all = append(all, names...)
	}
	slices.Sort(all)
	return all
}

// parallel is how many segments are read at a time.
const parallel = 16

// Fetch reads segments that head names and calls use for each, in the order of
// the names, from the caller's goroutine. If one is gone or not as it was
// appended, the error is a [DamagedError] that names it; use may have seen those
// before it, and never sees that one. The first error of use ends it and is
// returned as it is. Of a segment without a sum, from before there were any, the
// checksum in its name is asked.
func (s *Store) Fetch(ctx context.Context, head Head, names []string, use func(name string, body []byte) error) error {
	return s.fetch(ctx, names, func(got segment) error {
		if err := got.check(head); err != nil {
			return err
		}
		return use(got.name, got.body)
	})
}

// A segment is one that was read, or that is gone.
type segment struct {
	name   string
	body   []byte
	isGone bool
}

var (
	errSum  = errors.New("its SHA-256 is not the one that HEAD names")
	errName = errors.New("its checksum is not the one in its name")
)

// check is nil, or a DamagedError.
func (g segment) check(head Head) error {
	sum, isNamed := head.Sums[g.name]
	switch {
	case g.isGone:
		return &DamagedError{g.name, mirror.ErrNotExist}
	case isNamed && sum != mirror.SHA256(g.body):
		return &DamagedError{g.name, errSum}
	case !isNamed && !strings.HasSuffix(g.name, fmt.Sprintf("-%08x.parquet", crc32.ChecksumIEEE(g.body))):
		return &DamagedError{g.name, errName}
	}
	return nil
}

// fetch reads segments in the order of the names.
func (s *Store) fetch(ctx context.Context, names []string, use func(segment) error) error {
	if len(names) == 0 {
		return ctx.Err()
	}
	// Table by table: a directory reads what it lists, and the landing may lie here.
	listed, of := map[string]int64{}, map[string][]string{}
	for _, name := range names {
		of[TableOf(name)] = append(of[TableOf(name)], name)
	}
	for _, table := range slices.Sorted(maps.Keys(of)) {
		found, err := s.generations(ctx, of[table])
		if err != nil {
			return fmt.Errorf("find the state's segments: %w", err)
		}
		maps.Copy(listed, found)
	}
	return mirror.InOrder(ctx, parallel, names, func(ctx context.Context, name string) (segment, error) {
		generation, ok := listed[name]
		if !ok {
			return segment{name: name, isGone: true}, nil
		}
		body, err := s.bucket.Read(ctx, name, generation)
		if err != nil {
			return segment{}, fmt.Errorf("read the state's segment: %w", err) // the bucket's error names it
		}
		return segment{name: name, body: body}, nil
	}, use)
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
