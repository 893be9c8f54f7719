package mirror_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"sync/atomic"
	"testing"

	"sourcecov/sync/mirror"
)

// TestPullLarge: the limit of a pull alone decides. What is larger has a row
// without a body and is not asked for again, until a pull has another limit.
func TestPullLarge(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	w := newWorld(t, map[string][]byte{"x/bomb": compress(make([]byte, limit+1)), "x/huge": make([]byte, limit+1), "x/small": nil})
	asked := 0
	counted := func(b mirror.Bucket) mirror.Bucket {
		return &wrapped{Bucket: b, read: func(ctx context.Context, name string, generation int64) ([]byte, error) {
			asked++
			return b.Read(ctx, name, generation)
		}}
	}
	w.opt = mirror.Options{Parallel: 1, MaxObject: limit}
	report(t, w.pull(counted), mirror.Report{Pull: 1, Listed: 3, New: 1, Large: 2,
		Segment: "segment-000001.parquet", Listing: "listing-000001.parquet"})
	before := w.files()
	report(t, w.pull(counted), mirror.Report{Pull: 1, Listed: 3, Large: 2})
	if !maps.Equal(before, w.files()) || asked != 2 { // to know how large it is, a bomb has to be read
		t.Errorf("asked %d times, or the landing changed", asked)
	}
	w.opt.MaxObject = limit / 2
	report(t, w.pull(counted), mirror.Report{Pull: 2, Listed: 3, Large: 2, Segment: "segment-000002.parquet"})
	w.opt.MaxObject = limit + 1
	report(t, w.pull(counted), mirror.Report{Pull: 3, Listed: 3, New: 2, Segment: "segment-000003.parquet"})
	// Bodies that are there stay, whatever the limit: SQL does not read them.
	w.opt.MaxObject = limit
	report(t, w.pull(counted), mirror.Report{Pull: 3, Listed: 3})
	var lines []string
	for _, r := range w.rows() {
		lines = append(lines, r[:min(len(r), 40)])
	}
	equal(t, "rows", lines, []string{
		"1 x/bomb large more than 1048576 bytes N", "1 x/huge large more than 1048576 bytes N", "1 x/small identity NULL ",
		"2 x/bomb large more than 524288 bytes NU", "2 x/huge large more than 524288 bytes NU",
		"3 x/bomb gzip NULL " + string(make([]byte, 21)), "3 x/huge identity NULL " + string(make([]byte, 17)),
	})
}

// TestPullMemory: objects that wait to be landed take no more memory than they
// may, those that are read at the moment included; one that alone is larger is read.
func TestPullMemory(t *testing.T) {
	t.Parallel()
	objects := map[string][]byte{"x/08": bytes.Repeat([]byte("y"), 5<<20)}
	for i := range 24 {
		if name := fmt.Sprintf("x/%02d", i); objects[name] == nil {
			objects[name] = bytes.Repeat([]byte{byte(i)}, 1<<20)
		}
	}
	w := newWorld(t, objects)
	w.opt = mirror.Options{Parallel: 16, Memory: 3 << 20}
	var running, most atomic.Int64
	r := w.pull(func(b mirror.Bucket) mirror.Bucket {
		return &wrapped{Bucket: b, read: func(ctx context.Context, name string, generation int64) ([]byte, error) {
			n := running.Add(1)
			defer running.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			return b.Read(ctx, name, generation)
		}}
	})
	if n := most.Load(); n > 3 || r.New != 24 {
		t.Errorf("%d of 1 MiB were read at a time within 3 MiB; %d are new", n, r.New)
	}
}
