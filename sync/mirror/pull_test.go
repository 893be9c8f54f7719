package mirror_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sourcecov/sync/mirror"
)

// world is a directory bucket and a landing, in directories of their own.
type world struct {
	t       *testing.T
	bucket  string
	landing string
	opt     mirror.Options
}

func newWorld(t *testing.T, objects map[string][]byte) *world {
	return &world{t: t, bucket: fill(t, t.TempDir(), objects), landing: filepath.Join(t.TempDir(), "landing")}
}

// pull pulls everything below x/ and y/ as a new process would. A wrapper, if not
// nil, stands between the pull and the bucket.
func (w *world) pull(wrapper func(mirror.Bucket) mirror.Bucket) mirror.Report {
	w.t.Helper()
	r, err := w.tryPull(w.t.Context(), wrapper)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) tryPull(ctx context.Context, wrapper func(mirror.Bucket) mirror.Bucket) (mirror.Report, error) {
	w.t.Helper()
	b := openDir(w.t, w.bucket)
	if wrapper != nil {
		b = wrapper(b)
	}
	return mirror.Pull(ctx, b, []string{"y/", "x/"}, w.open(), w.opt)
}

func (w *world) open() *mirror.Landing {
	w.t.Helper()
	l, err := mirror.OpenLanding(w.landing)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// rows are those of all segments, in order, each as a line; the body last.
func (w *world) rows() []string {
	w.t.Helper()
	var lines []string
	for _, path := range w.open().Segments() {
		for _, r := range readParquet(w.t, path) {
			lines = append(lines, fmt.Sprintf("%v %v %v %v %v", r["pull"], r["object"], r["encoding"], r["error"], r["body"]))
		}
	}
	return lines
}

// listed are the names in the newest listing, each with its CRC32C.
func (w *world) listed() []string {
	w.t.Helper()
	var lines []string
	for _, r := range readParquet(w.t, w.open().Listing()) {
		lines = append(lines, fmt.Sprintf("%v %08x", r["object"], r["crc32c"]))
	}
	return lines
}

// files is the content of the landing directory, by name.
func (w *world) files() map[string]string {
	w.t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(w.landing)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		body, err := os.ReadFile(filepath.Join(w.landing, e.Name()))
		if err != nil {
			w.t.Fatal(err)
		}
		files[e.Name()] = string(body)
	}
	return files
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%q\nwant:\n%q", what, got, want)
	}
}

// report checks a report without its byte count.
func report(t *testing.T, got, want mirror.Report) {
	t.Helper()
	if got.Bytes = want.Bytes; got != want {
		t.Errorf("report:\n%+v\nwant:\n%+v", got, want)
	}
}

func TestPull(t *testing.T) {
	w := newWorld(t, map[string][]byte{
		"x/1": []byte("one"), "x/2": []byte("two"), "y/3": []byte("three"),
		"AS_OF": []byte("not asked for"), "z/4": []byte("nor this"),
	})
	first := w.pull(nil)
	if first.Bytes != 11 {
		t.Errorf("%d bytes", first.Bytes)
	}
	report(t, first, mirror.Report{Pull: 1, Listed: 3, New: 3, Segment: "segment-000001.parquet", Listing: "listing-000001.parquet"})
	rows := []string{"1 x/1 identity NULL one", "1 x/2 identity NULL two", "1 y/3 identity NULL three"}
	equal(t, "rows", w.rows(), rows)

	// Nothing new writes nothing, however often.
	before := w.files()
	for range 2 {
		report(t, w.pull(nil), mirror.Report{Pull: 1, Listed: 3})
	}
	if after := w.files(); !maps.Equal(before, after) {
		t.Errorf("the landing was %q and is %q", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
	}

	// One new, one overwritten: the segments keep both generations, the listing names the new one.
	fill(t, w.bucket, map[string][]byte{"x/2": []byte("TWO"), "x/2b": []byte("new")})
	report(t, w.pull(nil), mirror.Report{Pull: 2, Listed: 4, New: 2, Segment: "segment-000002.parquet", Listing: "listing-000002.parquet"})
	rows = append(rows, "2 x/2 identity NULL TWO", "2 x/2b identity NULL new")
	equal(t, "rows", w.rows(), rows)
	equal(t, "listed", w.listed(), []string{"x/1 " + sum("one"), "x/2 " + sum("TWO"), "x/2b " + sum("new"), "y/3 " + sum("three")})

	// One removed: it stays in the segments and leaves the listing.
	if err := os.Remove(filepath.Join(w.bucket, "x", "1")); err != nil {
		t.Fatal(err)
	}
	report(t, w.pull(nil), mirror.Report{Pull: 3, Listed: 3, Listing: "listing-000003.parquet"})
	equal(t, "rows", w.rows(), rows)
	equal(t, "listed", w.listed(), []string{"x/2 " + sum("TWO"), "x/2b " + sum("new"), "y/3 " + sum("three")})

	// Back to a content that the landing knows: nothing to fetch.
	fill(t, w.bucket, map[string][]byte{"x/2": []byte("two")})
	before = w.files()
	report(t, w.pull(nil), mirror.Report{Pull: 4, Listed: 3, Listing: "listing-000004.parquet"})
	equal(t, "rows", w.rows(), rows)

	// Killed after the segment and before the listing: the next pull catches up.
	write(t, filepath.Join(w.landing, "listing-000004.parquet"), nil)
	write(t, filepath.Join(w.landing, "sums.json"), []byte(before["sums.json"]))
	report(t, w.pull(nil), mirror.Report{Pull: 4, Listed: 3, Listing: "listing-000004.parquet"})
}

func TestPullEmptyBucket(t *testing.T) {
	w := newWorld(t, nil)
	l := w.open()
	if len(l.Segments()) != 1 || len(readParquet(t, l.Segments()[0])) != 0 || len(readParquet(t, l.Listing())) != 0 {
		t.Errorf("a new landing has %q and %q", l.Segments(), l.Listing())
	}
	report(t, w.pull(nil), mirror.Report{})
}

func TestPullPrefixes(t *testing.T) {
	w := newWorld(t, map[string][]byte{"x/1": nil, "x/12": nil, "x/2": nil, "y/1": nil})
	r, err := mirror.Pull(t.Context(), openDir(t, w.bucket), []string{"y", "x/1", "x/", "x/12", "x/", "none"}, w.open(), w.opt)
	if err != nil {
		t.Fatal(err)
	}
	report(t, r, mirror.Report{Pull: 1, Listed: 4, New: 4, Segment: "segment-000001.parquet", Listing: "listing-000001.parquet"})
}

func TestPullBodies(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	whole := compress([]byte(`{"ok":1}`))
	objects := map[string][]byte{
		"x/bom":       []byte("\xef\xbb\xbf{}"),
		"x/bomb":      compress(make([]byte, limit+1)),
		"x/broken":    append([]byte{0x1f, 0x8b}, "not gzip"...),
		"x/cut":       whole[:len(whole)-6],
		"x/empty":     {},
		"x/exact":     compress(make([]byte, limit)),
		"x/gzip":      whole,
		"x/gzipbom":   compress([]byte("\xef\xbb\xbf{}")),
		"x/gzipempty": compress(nil),
		"x/gzipped2":  append(compress([]byte("a")), compress([]byte("b"))...), // as concatenated logs are
		"x/huge":      make([]byte, limit+1),
		"x/invalid":   []byte("\xff\xfe{\x80}\x00"),
		"x/magic":     {0x1f, 0x8b},
		"x/one":       {0x1f},
	}
	w := newWorld(t, objects)
	w.opt.MaxObject = limit
	r := w.pull(nil)
	report(t, r, mirror.Report{Pull: 1, Listed: 14, New: 12, Large: 2, Segment: "segment-000001.parquet", Listing: "listing-000001.parquet"})
	type want struct {
		encoding, reason string
		body             []byte
	}
	wants := map[string]want{
		"x/bom":       {"identity", "", objects["x/bom"]},
		"x/bomb":      {"large", "more than 1048576 bytes", nil},
		"x/broken":    {"gzip_broken", "gzip: invalid header", objects["x/broken"]},
		"x/cut":       {"gzip_broken", "unexpected EOF", objects["x/cut"]},
		"x/empty":     {"identity", "", []byte{}},
		"x/exact":     {"gzip", "", make([]byte, limit)},
		"x/gzip":      {"gzip", "", []byte(`{"ok":1}`)},
		"x/gzipbom":   {"gzip", "", objects["x/bom"]},
		"x/gzipempty": {"gzip", "", []byte{}},
		"x/gzipped2":  {"gzip", "", []byte("ab")},
		"x/huge":      {"large", "more than 1048576 bytes", nil},
		"x/invalid":   {"identity", "", objects["x/invalid"]},
		"x/magic":     {"gzip_broken", "unexpected EOF", objects["x/magic"]},
		"x/one":       {"identity", "", []byte{0x1f}},
	}
	var order []string
	for _, r := range readParquet(t, w.open().Segments()[1]) {
		name := r["object"].String()
		order = append(order, name)
		want := wants[name]
		if r["body"].null != (want.body == nil) || r["body"].text != string(want.body) {
			t.Errorf("%s: body %.40q, want %.40q", name, r["body"], want.body)
		}
		if r["encoding"].text != want.encoding || r["error"].text != want.reason || r["error"].null != (want.reason == "") {
			t.Errorf("%s: %v, %q, want %+v", name, r["encoding"], r["error"], want)
		}
		stored := objects[name]
		if got := fmt.Sprintf("%v %08x", r["size"], r["crc32c"]); got != fmt.Sprintf("%d %s", len(stored), sum(string(stored))) {
			t.Errorf("%s: %s are not the size and the CRC32C of the stored bytes", name, got)
		}
		if !r["created_at"].null {
			t.Errorf("%s: created at %v, says a directory", name, r["created_at"])
		}
	}
	equal(t, "order", order, slices.Sorted(maps.Keys(wants)))

	before := w.files()
	report(t, w.pull(nil), mirror.Report{Pull: 1, Listed: 14, Large: 2})
	if !maps.Equal(before, w.files()) {
		t.Error("what was unread, and is for the same reason, was landed again")
	}
	w.opt.MaxObject = 2 * limit
	report(t, w.pull(nil), mirror.Report{Pull: 2, Listed: 14, New: 2, Segment: "segment-000002.parquet"})
}

// A bucket that knows when objects were made says so in the segment.
func TestPullCreated(t *testing.T) {
	w := newWorld(t, map[string][]byte{"x/1": []byte("one")})
	at := time.Date(2026, 11, 23, 5, 0, 0, 123456789, time.FixedZone("", 3600))
	w.pull(func(b mirror.Bucket) mirror.Bucket {
		return &wrapped{Bucket: b, object: func(o *mirror.Object) { o.Created = at }}
	})
	rows := readParquet(t, w.open().Segments()[1])
	if got := rows[0]["created_at"].number; got != at.UnixMicro() {
		t.Errorf("created_at = %d, want %d", got, at.UnixMicro())
	}
}

// wrapped changes what a bucket lists and reads.
type wrapped struct {
	mirror.Bucket
	object func(*mirror.Object)
	read   func(ctx context.Context, name string, generation int64) ([]byte, error)
}

func (w *wrapped) List(ctx context.Context, prefix string, fn func(mirror.Object) error) error {
	return w.Bucket.List(ctx, prefix, func(o mirror.Object) error {
		if w.object != nil {
			w.object(&o)
		}
		return fn(o)
	})
}

func (w *wrapped) Read(ctx context.Context, name string, generation int64) ([]byte, error) {
	if w.read != nil {
		return w.read(ctx, name, generation)
	}
	return w.Bucket.Read(ctx, name, generation)
}

func TestPullUnreadable(t *testing.T) {
	w := newWorld(t, map[string][]byte{"x/1": []byte("one"), "x/2": []byte("two"), "x/3": []byte("three")})
	failing := func(reason error) func(mirror.Bucket) mirror.Bucket {
		return func(b mirror.Bucket) mirror.Bucket {
			return &wrapped{Bucket: b, read: func(ctx context.Context, name string, generation int64) ([]byte, error) {
				if name == "x/2" {
					return nil, fmt.Errorf("read x/2: %w", reason)
				}
				return b.Read(ctx, name, generation)
			}}
		}
	}
	report(t, w.pull(failing(fs.ErrPermission)),
		mirror.Report{Pull: 1, Listed: 3, New: 2, Unread: 1, Segment: "segment-000001.parquet", Listing: "listing-000001.parquet"})
	rows := []string{"1 x/1 identity NULL one", "1 x/2 unread read x/2: permission denied NULL", "1 x/3 identity NULL three"}
	equal(t, "rows", w.rows(), rows)
	equal(t, "listed", w.listed(), []string{"x/1 " + sum("one"), "x/2 " + sum("two"), "x/3 " + sum("three")})

	// Still so: counted, not landed again. For another reason: landed. Another's
	// timeout is not our context's end. Then read, and done.
	report(t, w.pull(failing(fs.ErrPermission)), mirror.Report{Pull: 1, Listed: 3, Unread: 1})
	report(t, w.pull(failing(context.DeadlineExceeded)), mirror.Report{Pull: 2, Listed: 3, Unread: 1, Segment: "segment-000002.parquet"})
	report(t, w.pull(failing(errors.New("\xff"))), mirror.Report{Pull: 3, Listed: 3, Unread: 1, Segment: "segment-000003.parquet"})
	report(t, w.pull(nil), mirror.Report{Pull: 4, Listed: 3, New: 1, Segment: "segment-000004.parquet"})
	report(t, w.pull(nil), mirror.Report{Pull: 4, Listed: 3})
	equal(t, "rows", w.rows(), append(rows, "2 x/2 unread read x/2: context deadline exceeded NULL",
		"3 x/2 unread read x/2: \uFFFD NULL", "4 x/2 identity NULL two"))
}

// An object out of reach is one bad object; a row of them is an outage, of which
// nothing may be landed: each would pass for a damaged file.
func TestPullOutage(t *testing.T) {
	objects := map[string][]byte{}
	for i := range 30 {
		objects[fmt.Sprintf("x/%02d", i)] = []byte{byte(i)}
	}
	w := newWorld(t, objects)
	down := func(isDown func(int) bool) func(mirror.Bucket) mirror.Bucket {
		return func(b mirror.Bucket) mirror.Bucket {
			return &wrapped{Bucket: b, read: func(ctx context.Context, name string, generation int64) ([]byte, error) {
				var i int
				if _, err := fmt.Sscanf(name, "x/%d", &i); err != nil {
					return nil, err
				}
				if isDown(i) {
					return nil, fmt.Errorf("read %s: %w", name, mirror.ErrTemporary)
				}
				return b.Read(ctx, name, generation)
			}}
		}
	}
	w.open() // a landing without rows
	before := w.files()
	_, err := w.tryPull(t.Context(), down(func(i int) bool { return i >= 10 && i <= 18 }))
	if !errors.Is(err, mirror.ErrTemporary) || !strings.Contains(err.Error(), "9 objects in a row could not be read, the last: read x/18") {
		t.Errorf("Pull = %v", err)
	}
	if after := w.files(); !maps.Equal(before, after) {
		t.Errorf("it left %q", slices.Sorted(maps.Keys(after)))
	}
	r, err := w.tryPull(t.Context(), down(func(i int) bool { return i >= 10 && i <= 17 || i >= 19 && i <= 26 }))
	if err != nil || r.Unread != 16 || r.New != 14 {
		t.Errorf("Pull = %+v, %v", r, err)
	}
}

// Wrong bytes are read once more; they may come right.
func TestPullWrongBytes(t *testing.T) {
	w := newWorld(t, map[string][]byte{"x/1": []byte("one"), "x/2": []byte("two")})
	var reads atomic.Int64
	report(t, w.pull(func(b mirror.Bucket) mirror.Bucket {
		return &wrapped{Bucket: b, read: func(ctx context.Context, name string, generation int64) ([]byte, error) {
			if name == "x/1" && reads.Add(1) == 1 || name == "x/2" {
				return []byte("noise"), nil
			}
			return b.Read(ctx, name, generation)
		}}
	}), mirror.Report{Pull: 1, Listed: 2, New: 1, Unread: 1, Segment: "segment-000001.parquet", Listing: "listing-000001.parquet"})
	equal(t, "rows", w.rows(), []string{"1 x/1 identity NULL one",
		"1 x/2 unread read x/2: CRC32C " + sum("noise") + ", but " + sum("two") + " is listed NULL"})
}

// The bucket does not hold still between the listing and the reading.
func TestPullChangedMeanwhile(t *testing.T) {
	w := newWorld(t, map[string][]byte{"x/changed": []byte("old"), "x/gone": []byte("old"), "x/here": []byte("old"), "x/known": []byte("known")})
	w.pull(nil)
	fill(t, w.bucket, map[string][]byte{"x/changed": []byte("newer"), "x/gone": []byte("newer"), "x/known": []byte("newer"), "x/restless": []byte("0")})
	var once sync.Once
	report(t, w.pull(func(b mirror.Bucket) mirror.Bucket {
		reads := 0
		return &wrapped{Bucket: b, read: func(ctx context.Context, name string, generation int64) ([]byte, error) {
			once.Do(func() {
				fill(t, w.bucket, map[string][]byte{"x/changed": []byte("newest"), "x/known": []byte("known")})
				if err := os.Remove(filepath.Join(w.bucket, "x", "gone")); err != nil {
					t.Error(err)
				}
			})
			if name == "x/restless" { // changes before every read
				reads++
				fill(t, w.bucket, map[string][]byte{name: []byte(strings.Repeat("+", reads))})
			}
			return b.Read(ctx, name, generation)
		}}
	}), mirror.Report{Pull: 2, Listed: 4, New: 1, Unread: 1, Changed: 3, Gone: 1, Segment: "segment-000002.parquet", Listing: "listing-000002.parquet"})
	rows := w.rows()[4:]
	if len(rows) == 2 && strings.HasPrefix(rows[1], "2 x/restless unread read x/restless: generation ") {
		rows[1] = "restless"
	}
	equal(t, "rows", rows, []string{"2 x/changed identity NULL newest", "restless"})
	equal(t, "listed", w.listed(), []string{"x/changed " + sum("newest"), "x/here " + sum("old"), "x/known " + sum("known"), "x/restless " + sum("+")})
}

// A bucket that breaks its contract is found out before anything is written.
func TestPullUnordered(t *testing.T) {
	w := newWorld(t, map[string][]byte{"x/1": nil, "x/2": nil})
	_, err := w.tryPull(t.Context(), func(b mirror.Bucket) mirror.Bucket {
		return &wrapped{Bucket: b, object: func(o *mirror.Object) { o.Name = "x/same" }}
	})
	if err == nil || !strings.Contains(err.Error(), "x/same comes after x/same") {
		t.Errorf("Pull = %v", err)
	}
}

func compress(body []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(body)
	w.Close()
	return buf.Bytes()
}

// TestPullTells: of each listed object, in their order, how many were before it; of
// none if nothing is new.
func TestPullTells(t *testing.T) {
	w := newWorld(t, map[string][]byte{"x/a": []byte("1"), "x/b": []byte("2"), "y/c": []byte("3")})
	var told []string
	w.opt.Reading = func(object string, done, of int) { told = append(told, fmt.Sprint(object, " ", done, " ", of)) }
	w.pull(nil)
	w.pull(nil)
	equal(t, "told", told, []string{"x/a 0 3", "x/b 1 3", "y/c 2 3"})
}
