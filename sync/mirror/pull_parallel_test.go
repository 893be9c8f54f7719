package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"sourcecov/sync/mirror"
)

func TestPullCancelled(t *testing.T) {
	objects := map[string][]byte{}
	for i := range 100 {
		objects[fmt.Sprintf("x/%03d", i)] = bytes.Repeat([]byte{byte(i)}, 1000)
	}
	w := newWorld(t, objects)
	w.open()
	before := w.files()
	for _, parallel := range []int{1, 16} {
		for _, at := range []int64{1, 50} {
			w.opt.Parallel = parallel
			ctx, cancel := context.WithCancel(t.Context())
			var reads, running atomic.Int64
			_, err := w.tryPull(ctx, func(b mirror.Bucket) mirror.Bucket {
				return &wrapped{Bucket: b, read: func(ctx context.Context, name string, generation int64) ([]byte, error) {
					running.Add(1)
					defer running.Add(-1)
					if reads.Add(1) == at {
						cancel()
					}
					return b.Read(ctx, name, generation)
				}}
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Pull = %v", err)
			}
			if n := running.Load(); n > 0 {
				t.Errorf("%d reads go on after the pull", n)
			}
			if after := w.files(); !maps.Equal(before, after) {
				t.Errorf("the cancelled pull left %q", slices.Sorted(maps.Keys(after)))
			}
		}
	}
	report(t, w.pull(nil), mirror.Report{Pull: 1, Listed: 100, New: 100, Segment: "segment-000001.parquet", Listing: "listing-000001.parquet"})
}

// The segment does not depend on how many objects are read at a time, nor on
// which comes first; and no more are read at a time than were allowed.
func TestPullParallel(t *testing.T) {
	t.Parallel()
	objects := map[string][]byte{}
	for i := range 34 {
		objects[fmt.Sprintf("x/%02d", i)] = bytes.Repeat([]byte{byte(i)}, 1<<20) // together more than a row group
	}
	var landings []map[string]string
	for _, parallel := range []int{1, 16} {
		w := newWorld(t, objects)
		w.opt.Parallel = parallel
		var running, most atomic.Int64
		w.pull(func(b mirror.Bucket) mirror.Bucket {
			return &wrapped{Bucket: b, read: func(ctx context.Context, name string, generation int64) ([]byte, error) {
				n := running.Add(1)
				defer running.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				time.Sleep(time.Duration(generation%5) * time.Millisecond)
				return b.Read(ctx, name, generation)
			}}
		})
		if n := most.Load(); n > int64(parallel) || parallel == 16 && n < 2 {
			t.Errorf("parallel %d: %d reads at a time", parallel, n)
		}
		landings = append(landings, w.files())
	}
	if !maps.Equal(landings[0], landings[1]) {
		t.Error("the landing depends on the parallelism")
	}
}
