// Package mirrortest tests implementations of [mirror.Bucket].
package mirrortest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sourcecov/sync/mirror"
)

// An Option states what a kind of bucket can or cannot do.
type Option func(*suite)

// ReadOnly says that the bucket takes no writes, and why. Instead of the tests
// of writing, one tests that Create is refused.
func ReadOnly(why string) Option { return func(s *suite) { s.readOnly = why } }

// Overwrite gives the suite a way to replace the content of an object that a
// bucket from open has, which the interface itself does not offer.
func Overwrite(f func(t *testing.T, b mirror.Bucket, name string, body []byte)) Option {
	return func(s *suite) { s.overwrite = f }
}

// Run runs the tests that every bucket passes, as subtests of t. Open makes a new
// bucket with exactly these objects; the tests leave it to open to clean up.
func Run(t *testing.T, open func(t *testing.T, objects map[string][]byte) mirror.Bucket, options ...Option) {
	s := &suite{open: open}
	for _, o := range options {
		o(s)
	}
	t.Run("ListOrder", s.listOrder)
	t.Run("ListPrefix", s.listPrefix)
	t.Run("ListAttributes", s.listAttributes)
	t.Run("ListStopped", s.listStopped)
	t.Run("ListCancelled", s.listCancelled)
	t.Run("Read", s.read)
	t.Run("ReadBig", s.readBig)
	t.Run("ReadNotExist", s.readNotExist)
	t.Run("ReadCancelled", s.readCancelled)
	t.Run("Concurrent", s.concurrent)
	if s.overwrite != nil {
		t.Run("Overwritten", s.overwritten)
	} else {
		t.Log("no test of overwritten objects: this kind of bucket has no Overwrite")
	}
	if s.readOnly != "" {
		t.Log("no tests of writing: " + s.readOnly)
		t.Run("CreateReadOnly", s.createReadOnly)
		return
	}
	t.Run("Create", s.create)
	t.Run("CreateExisting", s.createExisting)
	t.Run("CreateRace", s.createRace)
	t.Run("CreateCancelled", s.createCancelled)
}

type suite struct {
	open      func(t *testing.T, objects map[string][]byte) mirror.Bucket
	overwrite func(t *testing.T, b mirror.Bucket, name string, body []byte)
	readOnly  string
}

// awkward are names that a listing by directory or an escaping mistake puts in
// the wrong place. No name continues another with a slash: a bucket may have
// both `a` and `a/b`, a directory cannot.
var awkward = map[string][]byte{
	"a-b.json":                      []byte("dash sorts before the slash"),
	"a.json":                        []byte("so does the dot"),
	"a/b-c.json":                    []byte("1"),
	"a/b.json":                      []byte("2"),
	"a/b/c.json":                    []byte("3"),
	"a/b0.json":                     []byte("4, and 0 sorts after the slash"),
	"a/bc/d.json":                   []byte("5"),
	"a0.json":                       []byte("6"),
	"B/upper.json":                  []byte("upper case before lower"),
	"t/2026-11-23T05:00:00Z.json":   []byte("colon"),
	"t/2026-11-23T05+00.json":       []byte("plus"),
	"t/100%.json":                   []byte("percent"),
	"t/a b&c=d?e#f.json":            []byte("what a URL treats specially"),
	"t/.hidden":                     []byte("no name is hidden"),
	"u/Zürich.json":                 []byte("two bytes a letter"),
	"u/東京.json":                     []byte("three"),
	"u/⚾.json":                      []byte("symbol"),
	"u/\U0001F3C0.json":             []byte("beyond the BMP: UTF-16 would sort it elsewhere"),
	"u/\uFB01.json":                 []byte("after the surrogates of UTF-16"),
	"v/empty.json":                  {},
	"v/binary":                      {0x1f, 0x8b, 0, 0xff, '\r', '\n', 0xef, 0xbb, 0xbf},
	"v/very/deep/down/in/here.json": []byte("deep"),
}

func (s *suite) listOrder(t *testing.T) {
	want := slices.Sorted(maps.Keys(awkward))
	if got := Names(t, s.open(t, awkward), ""); !slices.Equal(got, want) {
		t.Errorf("List in this order:\n%q\nwant byte order:\n%q", got, want)
	}
}

func (s *suite) listPrefix(t *testing.T) {
	b := s.open(t, awkward)
	for _, prefix := range []string{
		"a", "a/", "a/b", "a/b/", "a/b/c.json", // what has it as a prefix may be in or beside a directory
		"t/2026-11-23T05:", "t/2026-11-23T05+", "t/1", "t/100%", "t/a ",
		"u/Z", "u/東",
		"nothing", "nothing/", "a/b/c.json/", "a/b/c.jsonx", "A", // no objects, no error
		"/", "//", "a//b", "./a", "../", "*", "a/*", // nor do these mean anything
	} {
		var want []string
		for name := range awkward {
			if strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}
		slices.Sort(want)
		if got := Names(t, b, prefix); !slices.Equal(got, want) {
			t.Errorf("List(%q) = %q, want %q", prefix, got, want)
		}
	}
	if got := Names(t, s.open(t, nil), "a"); len(got) > 0 {
		t.Errorf("an empty bucket lists %q", got)
	}
}

func (s *suite) listAttributes(t *testing.T) {
	b := s.open(t, awkward)
	first, again := list(t, b, ""), list(t, b, "")
	if !slices.EqualFunc(first, again, func(a, b mirror.Object) bool {
		return a.Created.Equal(b.Created) && a.Name == b.Name && a.Generation == b.Generation && a.Size == b.Size && a.CRC32C == b.CRC32C
	}) {
		t.Errorf("two listings of the same objects differ:\n%v\n%v", first, again)
	}
	for _, o := range first {
		body := awkward[o.Name]
		if o.Size != int64(len(body)) || o.CRC32C != sum(body) {
			t.Errorf("%s has size %d and CRC32C %08x, want %d and %08x", o.Name, o.Size, o.CRC32C, len(body), sum(body))
		}
		if o.Created.After(time.Now().Add(time.Hour)) {
			t.Errorf("%s was created in the future, %v", o.Name, o.Created)
		}
	}
}

func (s *suite) listStopped(t *testing.T) {
	b := s.open(t, awkward)
	stop := errors.New("stop")
	calls := 0
	err := b.List(t.Context(), "a", func(mirror.Object) error {
		if calls++; calls == 2 {
			return stop
		}
		return nil
	})
	if err != stop {
		t.Errorf("List = %v, want the error of fn as it is", err)
	}
	if calls != 2 {
		t.Errorf("%d calls of fn, the second one failed", calls)
	}
}

func (s *suite) listCancelled(t *testing.T) {
	b := s.open(t, awkward)
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := b.List(ctx, "", func(mirror.Object) error {
		calls++
		cancel() // half-way
		return nil
	})
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("cancelled by the first call of fn: List = %v after %d calls", err, calls)
	}
	err = b.List(ctx, "", func(o mirror.Object) error {
		t.Errorf("cancelled before: fn was called for %s", o.Name)
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: List = %v", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if err := b.List(late, "", func(mirror.Object) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the deadline: List = %v", err)
	}
}

func (s *suite) read(t *testing.T) {
	b := s.open(t, awkward)
	for _, o := range list(t, b, "") {
		for range 2 {
			body, err := b.Read(t.Context(), o.Name, o.Generation)
			if err != nil || !bytes.Equal(body, awkward[o.Name]) {
				t.Errorf("Read(%s) = %q, %v, want %q", o.Name, body, err, awkward[o.Name])
			}
		}
	}
}

func (s *suite) readBig(t *testing.T) {
	want := noise(20 << 20)
	b := s.open(t, map[string][]byte{"big": want})
	o := find(t, b, "big")
	if o.Size != int64(len(want)) || o.CRC32C != sum(want) {
		t.Errorf("listed with size %d and CRC32C %08x, want %d and %08x", o.Size, o.CRC32C, len(want), sum(want))
	}
	body, err := b.Read(t.Context(), o.Name, o.Generation)
	if err != nil || !bytes.Equal(body, want) {
		t.Errorf("Read = %d bytes, %v, want the %d written", len(body), err, len(want))
	}
	var moved bytes.Buffer
	if err := mirror.ReadTo(t.Context(), b, o.Name, o.Generation, &moved); err != nil || !bytes.Equal(moved.Bytes(), want) {
		t.Errorf("ReadTo = %d bytes, %v, want the %d written", moved.Len(), err, len(want))
	}
	full := errors.New("no room")
	if err := mirror.ReadTo(t.Context(), b, o.Name, o.Generation, failing{full}); !errors.Is(err, full) {
		t.Errorf("ReadTo a writer that fails = %v", err)
	}
}

// failing is a writer that fails.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func (s *suite) readNotExist(t *testing.T) {
	b := s.open(t, awkward)
	o := find(t, b, "a/b/c.json")
	for _, c := range []struct {
		name       string
		generation int64
	}{
		{o.Name, o.Generation + 1}, // never existed
		{"a/b/d.json", o.Generation},
		{"nothing/at/all", o.Generation},
		{"a/b/c.json/d", o.Generation}, // an object is no directory
		{"a/b", o.Generation},          // nor a directory an object
		{"a/b/", o.Generation},
	} {
		body, err := b.Read(t.Context(), c.name, c.generation)
		if !errors.Is(err, mirror.ErrNotExist) || body != nil {
			t.Errorf("Read(%s, %d) = %q, %v, want ErrNotExist", c.name, c.generation, body, err)
		}
		if err != nil && !strings.Contains(err.Error(), c.name) {
			t.Errorf("Read(%s) = %v, which does not name the object", c.name, err)
		}
		var moved bytes.Buffer
		if err := mirror.ReadTo(t.Context(), b, c.name, c.generation, &moved); !errors.Is(err, mirror.ErrNotExist) || moved.Len() > 0 {
			t.Errorf("ReadTo(%s, %d) = %d bytes, %v, want ErrNotExist", c.name, c.generation, moved.Len(), err)
		}
	}
}

func (s *suite) readCancelled(t *testing.T) {
	want := noise(20 << 20)
	b := s.open(t, map[string][]byte{"big": want})
	o := find(t, b, "big")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if body, err := b.Read(ctx, o.Name, o.Generation); !errors.Is(err, context.Canceled) || body != nil {
		t.Errorf("cancelled before: Read = %d bytes, %v", len(body), err)
	}
	// Half-way, or so: whenever it comes, there are all bytes or none.
	for _, after := range []time.Duration{0, 100 * time.Microsecond, time.Millisecond, 5 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		body, err := b.Read(ctx, o.Name, o.Generation)
		cancel()
		if err == nil && !bytes.Equal(body, want) || err != nil && (!errors.Is(err, context.DeadlineExceeded) || body != nil) {
			t.Errorf("cancelled after %v: Read = %d of %d bytes, %v", after, len(body), len(want), err)
		}
	}
}

func (s *suite) concurrent(t *testing.T) {
	b := s.open(t, awkward)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			err := b.List(t.Context(), "", func(o mirror.Object) error {
				body, err := b.Read(t.Context(), o.Name, o.Generation) // from inside fn, too
				if err == nil && !bytes.Equal(body, awkward[o.Name]) {
					err = fmt.Errorf("%s = %q", o.Name, body)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func (s *suite) overwritten(t *testing.T) {
	before, after := []byte(`{"v":1}`), []byte(`{"v":2}`)
	b := s.open(t, map[string][]byte{"x": before, "y": before})
	was := find(t, b, "x")
	s.overwrite(t, b, "x", after)
	is := find(t, b, "x")
	if is.Generation == was.Generation || is.CRC32C != sum(after) {
		t.Errorf("overwritten: %+v became %+v", was, is)
	}
	body, err := b.Read(t.Context(), "x", was.Generation)
	if !errors.Is(err, mirror.ErrNotExist) && !(err == nil && bytes.Equal(body, before)) {
		t.Errorf("Read of the old generation = %q, %v, want ErrNotExist or the old bytes", body, err)
	}
	body, err = b.Read(t.Context(), "x", is.Generation)
	if err != nil || !bytes.Equal(body, after) {
		t.Errorf("Read of the new generation = %q, %v", body, err)
	}
	if got := Names(t, b, ""); !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("old generations are listed: %q", got)
	}
}

// list returns all objects that b lists with a prefix.
func list(t *testing.T, b mirror.Bucket, prefix string) []mirror.Object {
	t.Helper()
	var all []mirror.Object
	err := b.List(t.Context(), prefix, func(o mirror.Object) error {
		all = append(all, o)
		return nil
	})
	if err != nil {
		t.Fatalf("List(%q) = %v", prefix, err)
	}
	return all
}

// Names are the names of the objects that b lists with a prefix.
func Names(t *testing.T, b mirror.Bucket, prefix string) []string {
	t.Helper()
	var all []string
	for _, o := range list(t, b, prefix) {
		all = append(all, o.Name)
	}
	return all
}

// find returns the listed object of that name, which must be there.
func find(t *testing.T, b mirror.Bucket, name string) mirror.Object {
	t.Helper()
	for _, o := range list(t, b, name) {
		if o.Name == name {
			return o
		}
	}
	t.Fatalf("%s is not listed", name)
	panic("unreachable")
}

func sum(body []byte) uint32 { return crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) }

// noise returns n bytes without a pattern that a cache or a chunk size may hide in.
func noise(n int) []byte {
	body := make([]byte, n)
	x := uint32(1)
	for i := range body {
		x = x*1664525 + 1013904223
		body[i] = byte(x >> 24)
	}
	return body
}
