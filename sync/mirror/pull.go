package mirror

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// MostObject is the largest limit that there may be for an object, in bytes.
const MostObject = 1 << 30

// Options bound a pull. The zero value is good.
type Options struct {
	Parallel  int   // objects read at a time; 64 if 0
	MaxObject int64 // bytes of one object, stored or decompressed; a larger one is landed without its body; 16 MiB if 0, at most 1 GiB
	Memory    int64 // bytes of the objects that are read at a time; 128 MiB if 0; one alone is always read

	// Known gives the SHA-256 of files of the landing by name, as far as somebody
	// else noted them. It is asked only if the landing itself names no file yet.
	Known func() (map[string]string, error)

	// Reading, if it is not nil, is told of each listed object once it was read, or needs
	// no reading, in their order: how many there were before it, of how many.
	Reading func(object string, done, of int)
}

// Report says what a pull found and did.
type Report struct {
	Pull    int64  // its number, or the newest so far if it wrote nothing
	Listed  int    // objects in the bucket
	New     int    // bodies landed
	Bytes   int64  // stored bytes of those
	Unread  int    // listed objects that could not be read, this time or again
	Large   int    // listed objects larger than MaxObject, this time or again
	Changed int    // objects overwritten between listing and reading; the newer generation counts
	Gone    int    // objects removed between listing and reading; not in Listed
	Segment string // name of the segment written, or ""
	Listing string // name of the listing written, or ""
}

// Pull lists the objects of b with any of the prefixes and lands those whose
// (name, generation) the landing does not have yet.
//
// An object that cannot be read, or whose bytes twice differ from its CRC32C,
// does not fail the pull: it is landed as unread, with the reason, and tried
// again by every pull; a further row is landed only if the reason is another or
// it was read. But many in a row that fail with [ErrTemporary] are no bad objects,
// they are an outage: that ends the pull with an error that is ErrTemporary. Gzip is known by its first bytes and landed decompressed; nothing
// else about a body changes, not even a byte order mark or invalid UTF-8.
//
// A landing of which a file that counts is not as it was is not read: the error
// is a [DamagedError] that names it.
//
// An object larger than MaxObject, stored or decompressed, is landed as large,
// without a body. A pull with that limit asks no more for it; one with another
// fetches it again. A body that is there already stays, whatever the limit.
//
// In memory are the stored bytes of objects, together no more than Memory, what one
// of them decompresses to, and one row group. Only an object that grew since it was
// listed is not counted as it is now.
//
// The segment is there before the listing that needs it. After an error, a
// cancelled context included, the landing is as it was, except that the segment
// may be there if the listing could not be written; a later pull needs no repair.
// What is written depends on the bucket and the landing alone, not on timing.
func Pull(ctx context.Context, b Bucket, prefixes []string, l *Landing, opt Options) (Report, error) {
	if opt.Parallel <= 0 {
		opt.Parallel = 64
	}
	if opt.MaxObject <= 0 {
		opt.MaxObject = 16 << 20
	}
	if opt.MaxObject > MostObject {
		return Report{}, fmt.Errorf("pull: objects of %d bytes: a Parquet page holds no more than %d safely", opt.MaxObject, MostObject)
	}
	if opt.Memory <= 0 {
		opt.Memory = 128 << 20
	}
	if err := l.verify(ctx, opt.Known); err != nil {
		return Report{}, err
	}
	objects, err := listObjects(ctx, b, prefixes)
	if err != nil {
		return Report{}, err
	}
	have, err := l.manifest()
	if err != nil {
		return Report{}, err
	}
	p := &pull{bucket: b, opt: opt, have: have, number: l.newest() + 1, tooLarge: &largeError{opt.MaxObject}}
	if err := p.land(ctx, l, objects); err != nil {
		return Report{}, err
	}
	if err := p.writeListing(l); err != nil {
		return Report{}, err
	}
	if err := l.writeSums(); err != nil {
		return Report{}, err
	}
	p.report.Pull = l.newest()
	p.report.Listed = len(p.listing)
	return p.report, nil
}

// listObjects returns the objects with any of the prefixes, by name, each once.
func listObjects(ctx context.Context, b Bucket, prefixes []string) ([]Object, error) {
	var apart []string
	for _, prefix := range slices.Sorted(slices.Values(prefixes)) {
		// One that continues an earlier one lists nothing that is not there yet.
		if n := len(apart); n == 0 || !strings.HasPrefix(prefix, apart[n-1]) {
			apart = append(apart, prefix)
		}
	}
	list := func(ctx context.Context, prefix string) (some []Object, err error) {
		err = b.List(ctx, prefix, func(o Object) error {
			some = append(some, o)
			return nil
		})
		return some, err
	}
	var all []Object
	err := InOrder(ctx, listings, apart, list, func(some []Object) error {
		for _, o := range some {
			if n := len(all); n > 0 && all[n-1].Name >= o.Name {
				return fmt.Errorf("list: %s comes after %s", o.Name, all[n-1].Name)
			}
			all = append(all, o)
		}
		return nil
	})
	return all, err
}

// listings is how many prefixes are listed at a time: the pages of each come one
// after the other.
const listings = 8

// pull is one pull at work.
type pull struct {
	bucket  Bucket
	opt     Options
	have    manifest // as it was before; read by all fetches
	number  int64
	listing []Object // what the bucket holds, as far as known, by name
	report  Report
	failing int // objects in a row that could not be read for a temporary reason

	tooLarge *largeError // of every object that is
}

// largeError says that an object is larger than a limit. Its text is how the
// landing knows under which it was found so.
type largeError struct{ limit int64 }

func (e *largeError) Error() string { return fmt.Sprintf("more than %d bytes", e.limit) }

// known reports whether there is nothing to fetch of an object: its body is
// landed, or it was found larger than this very limit.
func (p *pull) known(o Object) bool {
	reason, ok := p.have[version{o.Name, o.Generation}]
	return ok && (reason == "" || reason == p.tooLarge.Error())
}

// weigh is how much memory the stored bytes of an object will take.
func (p *pull) weigh(o Object) int64 {
	if o.Size > p.opt.MaxObject || p.known(o) {
		return 0 // it will not be read
	}
	return o.Size
}

// mostFailing is how many objects in a row may be out of reach before it is the
// network or the service that is taken to be.
const mostFailing = 8

// waiting is how many objects there may be for each that is read at a time: while a
// row group is written, and while one object is slow, others are read.
const waiting = 8

// errNothing ends the writing of a segment that would have no rows.
var errNothing = errors.New("nothing to land")

// land fetches what is new of the objects into a segment, if there is any, and
// fills in the listing.
func (p *pull) land(ctx context.Context, l *Landing, objects []Object) error {
	if !slices.ContainsFunc(objects, func(o Object) bool { return !p.known(o) }) {
		p.listing = objects
		for _, o := range objects {
			if !p.have.has(o) {
				p.report.Large++
			}
		}
		return nil
	}
	path, read := l.path("segment", p.number), 0
	segment, err := createWith(path, func(w io.Writer) error {
		t, err := newTableWriter(w, segmentColumns)
		if err != nil {
			return err
		}
		most := limits[Object]{running: p.opt.Parallel, results: waiting * p.opt.Parallel, weight: p.opt.Memory, weigh: p.weigh}
		err = inOrder(ctx, most, objects, p.fetch, func(f fetched) error {
			if opt := p.opt; opt.Reading != nil {
				opt.Reading(f.Name, read, len(objects))
			}
			read++
			return p.add(t, f)
		})
		if err != nil {
			return err
		}
		if t.total == 0 {
			return errNothing
		}
		return t.close()
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	if err != nil {
		return err
	}
	l.segments = append(l.segments, p.number)
	l.name(segment)
	p.report.Segment = filepath.Base(path)
	return nil
}

// add lists and counts one outcome, and lands its row unless that is known. It
// is the one place where a body is decompressed: only then is it known how large
// it is, so one at a time.
func (p *pull) add(t *tableWriter[row], f fetched) error {
	if f.gone {
		p.report.Gone++
		return nil
	}
	p.listing = append(p.listing, f.Object)
	if f.changed {
		p.report.Changed++
	}
	switch {
	case f.encoding == "" || f.encoding == large: // nothing was asked for
	case f.outage == nil:
		p.failing = 0
	default:
		if p.failing++; p.failing > mostFailing {
			return fmt.Errorf("pull: %d objects in a row could not be read, the last: %w", p.failing, f.outage)
		}
	}
	if f.encoding == stored {
		var err error
		if f.body, f.encoding, err = decode(f.body, p.tooLarge); err != nil {
			f.reason = strings.ToValidUTF8(err.Error(), "\uFFFD")
		}
	}
	switch f.encoding {
	case "": // landed before
		if !p.have.has(f.Object) {
			p.report.Large++
		}
		return nil
	case large:
		p.report.Large++
	case unread:
		p.report.Unread++
		if p.have[version{f.Name, f.Generation}] == f.reason {
			return nil
		}
	default:
		p.report.New++
		p.report.Bytes += f.Size
	}
	return t.add(f.row, len(f.body))
}

// writeListing writes the listing, unless the newest one says the same.
func (p *pull) writeListing(l *Landing) error {
	last, err := Listed(l.Listing())
	if err != nil {
		return err
	}
	for i := range p.listing {
		p.listing[i].Created = time.Time{} // not in a listing
	}
	if slices.Equal(p.listing, last) {
		return nil
	}
	path := l.path("listing", p.number)
	listing, err := create(path, listingColumns, p.listing...)
	if err != nil {
		return err
	}
	l.listings = append(l.listings, p.number)
	l.name(listing)
	p.report.Listing = filepath.Base(path)
	return nil
}

// fetched is what became of a listed object. It has no encoding if there is
// nothing to land: the object is gone, or the landing knows it.
type fetched struct {
	row
	changed bool
	gone    bool
	outage  error // the ErrTemporary by which it could not be read
}

// fetch gets one object, if it is new. The error is that of ctx.
func (p *pull) fetch(ctx context.Context, o Object) (fetched, error) {
	f := fetched{row: row{Object: o, pull: p.number}}
	if p.known(o) {
		return f, nil
	}
	body, err := p.read(ctx, o)
	if errors.Is(err, ErrNotExist) {
		var now *Object
		if now, err = p.find(ctx, o.Name); err == nil {
			if now == nil {
				f.gone = true
				return f, nil
			}
			f.Object, f.changed = *now, now.Generation != o.Generation
			if p.known(*now) {
				return f, nil
			}
			body, err = p.read(ctx, *now)
		}
	}
	if ctx.Err() != nil {
		return fetched{}, ctx.Err()
	}
	switch {
	case err == nil:
		f.body, f.encoding = body, stored
		return f, nil
	case err == error(p.tooLarge):
		f.encoding = large
	case errors.Is(err, ErrTemporary):
		f.encoding, f.outage = unread, err
	default:
		f.encoding = unread
	}
	f.reason = strings.ToValidUTF8(err.Error(), "\uFFFD")
	return f, nil
}

// read returns the stored bytes of an object, checked against the listing, or
// tooLarge as it is.
func (p *pull) read(ctx context.Context, o Object) ([]byte, error) {
	if o.Size > p.opt.MaxObject {
		return nil, p.tooLarge
	}
	var sum uint32
	for range 2 { // the bytes may have been damaged on the way
		body, err := p.bucket.Read(ctx, o.Name, o.Generation)
		if err != nil {
			return nil, err
		}
		if sum = crc32.Checksum(body, castagnoli); sum == o.CRC32C {
			return body, nil
		}
	}
	return nil, fmt.Errorf("read %s: CRC32C %08x, but %08x is listed", o.Name, sum, o.CRC32C)
}

// errFound ends a listing.
var errFound = errors.New("found")

// find lists one object again. It is nil if it is gone.
func (p *pull) find(ctx context.Context, name string) (*Object, error) {
	var found *Object
	err := p.bucket.List(ctx, name, func(o Object) error {
		if o.Name == name {
			found = &o
		}
		return errFound // either way: the name itself comes first
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return found, err
}

// decode makes the body and the encoding of a row from the stored bytes. The
// error is the reason of a broken or large one.
func decode(stored []byte, tooLarge *largeError) (body []byte, encoding string, err error) {
	if !bytes.HasPrefix(stored, []byte{0x1f, 0x8b}) {
		return stored, identity, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(stored))
	if err != nil {
		return stored, gzipBroken, err
	}
	body, err = io.ReadAll(io.LimitReader(z, tooLarge.limit+1))
	if int64(len(body)) > tooLarge.limit {
		return nil, large, tooLarge
	}
	if err != nil {
		return stored, gzipBroken, err
	}
	return body, gzipped, nil
}

// InOrder calls work for each item, n at a time, and use for the results one by
// one in the order of the items, from the caller's goroutine. At most n results
// exist at any moment, the one in use included. It returns the first error, when
// nothing is running any more.
func InOrder[T, R any](ctx context.Context, n int, items []T, work func(context.Context, T) (R, error), use func(R) error) error {
	return inOrder(ctx, limits[T]{running: n, results: n, weight: 1, weigh: func(T) int64 { return 0 }}, items, work, use)
}

// limits bound what inOrder does at a time.
type limits[T any] struct {
	running int           // calls of work
	results int           // results that exist, those of running calls and the one in use included
	weight  int64         // of them together, unless one alone is heavier
	weigh   func(T) int64 // called for each item in turn, before work
}

// inOrder is InOrder within limits. Where more results may exist than calls run, a
// slow call, or a slow use, does not keep others from being made.
func inOrder[T, R any](ctx context.Context, most limits[T], items []T, work func(context.Context, T) (R, error), use func(R) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()

	type result struct {
		value R
		err   error
	}
	type pending struct {
		weight int64
		result chan result
	}
	// Taken in the order in which it is given back, so that no result that is
	// needed next waits for room that later ones have.
	room := semaphore.NewWeighted(most.weight)
	calls := semaphore.NewWeighted(int64(most.running))
	queue := make(chan pending, most.results-1) // with the one in use these are all
	running.Go(func() {
		defer close(queue)
		for _, item := range items {
			c := pending{min(most.weigh(item), most.weight), make(chan result, 1)}
			if room.Acquire(ctx, c.weight) != nil {
				return
			}
			select {
			case queue <- c:
			case <-ctx.Done():
				return
			}
			if calls.Acquire(ctx, 1) != nil {
				c.result <- result{err: ctx.Err()}
				return
			}
			running.Go(func() {
				v, err := work(ctx, item)
				calls.Release(1)
				c.result <- result{v, err}
			})
		}
	})
	for c := range queue {
		r := <-c.result
		if r.err != nil {
			return r.err
		}
		if err := use(r.value); err != nil {
			return err
		}
		room.Release(c.weight)
	}
	return ctx.Err()
}
