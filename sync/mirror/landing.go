package mirror

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/parquet"
)

// A Landing is a directory that keeps what pulls brought, as Parquet files that
// never change:
//
//	segment-000007.parquet  what pull 7 fetched, a row for each object, by name:
//	    pull BIGINT            7
//	    object VARCHAR         name in the bucket
//	    generation BIGINT
//	    crc32c BIGINT          of the stored bytes, 0 to 2³²-1
//	    size BIGINT            stored bytes
//	    created_at TIMESTAMPTZ µs; NULL if the bucket does not know
//	    encoding VARCHAR       identity, gzip (body is decompressed), gzip_broken (body is not), unread, large
//	    error VARCHAR          why it is unread or gzip_broken, than what it is larger, else NULL
//	    body BLOB              NULL if unread or large
//	listing-000007.parquet  the objects that pull 7 found, by name:
//	    object, generation, crc32c, size
//
// The newest listing says what counts: the segments also keep what has been
// overwritten or removed since. A pull that fetches nothing writes no segment,
// and one that finds what the last one found writes no listing. One generation
// can have several rows, all without a body but at most the last. There is a segment 0
// and a listing 0, without rows, because DuckDB reads no empty list of files.
//
//	sums.json  every segment and listing with its SHA-256, and its own at the end
//
// A pull reads nothing that is not as it was when it was named there. What is not
// named yet (of a landing from before, or of a pull that was killed in between)
// is taken in and named.
//
// A Landing is for one goroutine, and a directory for one process at a time; two
// pulls at once do no harm but one of them may fail.
type Landing struct {
	dir      string
	segments []int64 // pull numbers, ascending, never empty
	listings []int64 // likewise
	sums     sums
}

// OpenLanding opens a landing directory, makes it if it is not there, and
// removes what an interrupted pull left unfinished. A file that is not as it was,
// or gone, is a DamagedError; the others are looked at by [Pull].
func OpenLanding(dir string) (*Landing, error) {
	l := &Landing{dir: dir}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("open landing %s: %w", dir, err)
	}
	return l, nil
}

func (l *Landing) open() error {
	if err := MkdirAll(l.dir); err != nil {
		return cause(err)
	}
	if err := RemoveTemps(l.dir); err != nil {
		return cause(err)
	}
	if err := l.scan(); err != nil {
		return err
	}
	if err := l.readSums(); err != nil {
		return err
	}
	if len(l.segments) == 0 || l.segments[0] != 0 {
		none, err := create(l.path("segment", 0), segmentColumns)
		if err != nil {
			return err
		}
		l.name(none)
		l.segments = slices.Insert(l.segments, 0, 0)
	}
	if len(l.listings) == 0 || l.listings[0] != 0 {
		none, err := create(l.path("listing", 0), listingColumns)
		if err != nil {
			return err
		}
		l.name(none)
		l.listings = slices.Insert(l.listings, 0, 0)
	}
	return nil
}

// scan finds the files that are there.
func (l *Landing) scan() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return cause(err)
	}
	for _, e := range entries {
		if n, ok := pullNumber(e.Name(), "segment"); ok {
			l.segments = append(l.segments, n)
		}
		if n, ok := pullNumber(e.Name(), "listing"); ok {
			l.listings = append(l.listings, n)
		}
	}
	slices.Sort(l.segments)
	slices.Sort(l.listings)
	return nil
}

// Segments returns the paths of all segments, in the order of their pulls.
func (l *Landing) Segments() []string {
	paths := make([]string, len(l.segments))
	for i, n := range l.segments {
		paths[i] = l.path("segment", n)
	}
	return paths
}

// Listing returns the path of the newest listing.
func (l *Landing) Listing() string { return l.path("listing", l.listings[len(l.listings)-1]) }

// newest is the number of the newest pull that ever left a file, 0 before the first.
func (l *Landing) newest() int64 {
	return max(l.segments[len(l.segments)-1], l.listings[len(l.listings)-1], l.sums.Newest)
}

func (l *Landing) path(kind string, pull int64) string {
	return filepath.Join(l.dir, fmt.Sprintf("%s-%06d.parquet", kind, pull))
}

// A Kind says what a file of a landing is.
type Kind int

// Kinds of files.
const (
	Other Kind = iota
	Segment
	Listing
)

// KindOf is the kind of a file, by its name.
func KindOf(file string) Kind {
	if _, ok := pullNumber(filepath.Base(file), "segment"); ok {
		return Segment
	}
	if _, ok := pullNumber(filepath.Base(file), "listing"); ok {
		return Listing
	}
	return Other
}

// PullOf is the number of the pull that wrote a segment, by the segment's name.
func PullOf(segment string) (pull int64, ok bool) {
	return pullNumber(filepath.Base(segment), "segment")
}

// pullNumber is the inverse of path, for the last element.
func pullNumber(base, kind string) (int64, bool) {
	digits, ok := strings.CutPrefix(base, kind+"-")
	if !ok {
		return 0, false
	}
	if digits, ok = strings.CutSuffix(digits, ".parquet"); !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && fmt.Sprintf("%06d", n) == digits
}

// create makes a Parquet file of rows without bodies. The path must be free.
func create[R any](path string, columns []column[R], rows ...R) (File, error) {
	return createWith(path, func(w io.Writer) error {
		t, err := newTableWriter(w, columns)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := t.add(r, 0); err != nil {
				return err
			}
		}
		return t.close()
	})
}

// createWith makes a file of the landing, which is never replaced. Its sum is
// that of the bytes that were written, whatever the disk makes of them.
func createWith(path string, write func(io.Writer) error) (File, error) {
	sum := &summing{hash: sha256.New()}
	err := writeFile(path, os.Link, func(w io.Writer) error {
		sum.w = w
		return write(sum)
	})
	if errors.Is(err, fs.ErrExist) {
		return File{}, fmt.Errorf("%s was written by another pull meanwhile: %w", path, err)
	}
	if err != nil {
		return File{}, fmt.Errorf("write %s: %w", path, err)
	}
	return sum.file(path), nil
}

// version names one generation of one object.
type version struct {
	name       string
	generation int64
}

// manifest is what the segments have: for each version the reason why it is
// without a body, or "" if that is there.
type manifest map[version]string

func (m manifest) has(o Object) bool {
	reason, ok := m[version{o.Name, o.Generation}]
	return ok && reason == ""
}

// manifest reads the small columns of all segments, never the bodies.
func (l *Landing) manifest() (manifest, error) {
	m := manifest{}
	for _, path := range l.Segments() {
		err := readTable(path, func(g rowGroup) error {
			c := chunks{g: g}
			objects, generations := c.texts("object"), c.ints("generation")
			encodings, reasons := c.texts("encoding"), c.texts("error")
			if c.err != nil {
				return c.err
			}
			for i := range objects {
				v := version{string(objects[i]), generations[i]}
				if e := string(encodings[i]); e == unread || e == large {
					m[v] = string(reasons[i])
				} else {
					m[v] = ""
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Listed returns the objects of a listing file, which does not have Created.
func Listed(path string) ([]Object, error) {
	var all []Object
	err := readTable(path, func(g rowGroup) error {
		c := chunks{g: g}
		names, generations, sums, sizes := c.texts("object"), c.ints("generation"), c.ints("crc32c"), c.ints("size")
		if c.err != nil {
			return c.err
		}
		for i := range names {
			all = append(all, Object{Name: string(names[i]), Generation: generations[i], CRC32C: uint32(sums[i]), Size: sizes[i]})
		}
		return nil
	})
	return all, err
}

// chunks reads columns of a row group up to the first error, which it keeps.
type chunks struct {
	g   rowGroup
	err error
}

func (c *chunks) texts(name string) []parquet.ByteArray { return next[parquet.ByteArray](c, name) }
func (c *chunks) ints(name string) []int64              { return next[int64](c, name) }

func next[V any](c *chunks, name string) (values []V) {
	if c.err == nil {
		values, c.err = readChunk[V](c.g, name)
	}
	return values
}
