package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"sourcecov/sync/mirror"
)

// An Inspection is what became of a state.
type Inspection struct {
	Head    Head              // what counts; if that HEAD is damaged, what is known of it
	Damaged []*DamagedError   // in order of name, a damaged HEAD first
	Bodies  map[string][]byte // of segments that are there, damaged ones included
}

var nameForm = regexp.MustCompile(`[a-z]+-\d{8}-[0-9a-f]{8}\.parquet`)

// Inspect looks at HEAD, at every segment that it names and at the carried files,
// and changes nothing. Unless read is true it asks of those only whether they are
// there with their size, for they are many bytes.
//
// Of a damaged HEAD it takes the newest one before it that is whole, and of what
// was appended since those segments that are as their names say and whose names
// can still be read in it. Receipts and intents may be among those that cannot.
func (s *Store) Inspect(ctx context.Context, read bool) (i Inspection, err error) {
	i.Bodies = map[string][]byte{}
	i.Head, err = s.Head(ctx)
	var damaged *DamagedError
	if errors.As(err, &damaged) {
		i.Damaged = append(i.Damaged, damaged)
		i.Head, err = s.before(ctx)
	}
	if err != nil {
		return i, err
	}
	err = s.fetch(ctx, i.Head.Names(), func(got segment) error {
		if errors.As(got.check(i.Head), &damaged) {
			i.Damaged = append(i.Damaged, damaged)
		}
		if !got.isGone {
			i.Bodies[got.name] = got.body
		}
		return nil
	})
	if err != nil {
		return i, err
	}
	return i, s.inspectCarried(ctx, &i, read)
}

// inspectCarried looks at the carried files: all their bytes if read is true, else
// only whether they are there with their size.
func (s *Store) inspectCarried(ctx context.Context, i *Inspection, read bool) error {
	carries := i.Head.Carries()
	if read {
		reader := s.Reader(ctx, carries)
		return mirror.InOrder(ctx, s.AtOnce(), carries, func(ctx context.Context, c Carried) (damaged *DamagedError, err error) {
			if err = reader(ctx, c.File, io.Discard); errors.As(err, &damaged) {
				err = nil
			}
			return damaged, err
		}, func(damaged *DamagedError) error {
			if damaged != nil {
				i.Damaged = append(i.Damaged, damaged)
			}
			return nil
		})
	}
	sizes := map[string]int64{}
	for _, folder := range []string{"landing/", "runs/"} {
		if !slices.ContainsFunc(carries, func(c Carried) bool { return strings.HasPrefix(c.Object, folder) }) {
			continue
		}
		if err := s.bucket.List(ctx, folder, func(o mirror.Object) error {
			sizes[o.Name] = o.Size
			return nil
		}); err != nil {
			return fmt.Errorf("find what the state has of the landing: %w", err)
		}
	}
	for _, c := range carries {
		if size, ok := sizes[c.Object]; !ok {
			i.Damaged = append(i.Damaged, &DamagedError{c.Object, mirror.ErrNotExist})
		} else if size != c.Size {
			i.Damaged = append(i.Damaged, &DamagedError{c.Object, errSum})
		}
	}
	return nil
}

// before makes a HEAD of what there is, in the place of the newest, which is damaged.
func (s *Store) before(ctx context.Context) (Head, error) {
	heads, err := s.heads(ctx)
	if err != nil {
		return Head{}, err
	}
	var head Head
	var since []string // names that stand in the damaged HEADs
	for _, o := range slices.Backward(heads) {
		body, err := s.bucket.Read(ctx, o.Name, o.Generation)
		if err != nil {
			return Head{}, err
		}
		if head, err = decodeHead(o.Name, body); err == nil {
			break
		}
		for _, name := range nameForm.FindAll(body, -1) {
			since = append(since, string(name))
		}
	}
	if head.Segments == nil {
		head.Segments = map[string][]string{}
	}
	listed := map[string]bool{}
	if err := s.bucket.List(ctx, "", func(o mirror.Object) error {
		listed[o.Name] = true
		return nil
	}); err != nil {
		return Head{}, err
	}
	slices.Sort(since) // by table and append
	for _, name := range slices.Compact(since) {
		table := TableOf(name)
		if listed[name] && !slices.Contains(head.Segments[table], name) {
			head.Segments[table] = append(head.Segments[table], name)
		}
	}
	_, err = fmt.Sscanf(heads[len(heads)-1].Name, "HEAD-%d", &head.N)
	return head, err
}

// TableOf is the table of a segment, by its name; HEAD of a HEAD.
func TableOf(name string) string {
	table, _, _ := strings.Cut(name, "-")
	return table
}

// Without is head without what is damaged. Where a receipt or an intent may be
// among that, none counts any more: one that is older than a lost one would tell
// of rows that are not there. What a warehouse holds is then loaded again.
func (i Inspection) Without() Head {
	next := Head{N: i.Head.N, Bucket: i.Head.Bucket, AsOf: i.Head.AsOf, Segments: map[string][]string{}, Sums: i.Head.Sums,
		Warehouses: i.Head.Warehouses}
	for _, c := range i.Head.Landing.Segments {
		if !i.isDamaged(c.Object) {
			next.Landing.Segments = append(next.Landing.Segments, c)
		}
	}
	if c := i.Head.Landing.Listing; !i.isDamaged(c.Object) {
		next.Landing.Listing = c
	}
	for table, names := range i.Head.Segments {
		if i.Reloads() && (table == "receipts" || table == "intents") {
			continue
		}
		for _, name := range names {
			if !i.isDamaged(name) {
				next.Segments[table] = append(next.Segments[table], name)
			}
		}
	}
	return next
}

func (i Inspection) isDamaged(name string) bool {
	return slices.ContainsFunc(i.Damaged, func(d *DamagedError) bool { return d.Name == name })
}

// Reloads reports whether receipts or intents may be lost.
func (i Inspection) Reloads() bool {
	return slices.ContainsFunc(i.Damaged, func(d *DamagedError) bool {
		return headForm.MatchString(d.Name) || TableOf(d.Name) == "receipts" || TableOf(d.Name) == "intents"
	})
}

// Is reports whether body is what was appended as the segment of that name.
func (i Inspection) Is(name string, body []byte) bool {
	return segment{name: name, body: body}.check(i.Head) == nil
}

// Append is the number of the append that brought a segment, by its name; 0 if
// that says none.
func Append(name string) (n int) {
	if _, err := fmt.Sscanf(strings.TrimPrefix(name, TableOf(name)), "-%d-", &n); err != nil {
		return 0
	}
	return n
}
