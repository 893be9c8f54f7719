package mirror

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestInOrderLimits: while one call is slow others go on, more of them than at a time,
// until there are as many results as there may be.
func TestInOrderLimits(t *testing.T) {
	items := make([]int, 100)
	for i := range items {
		items[i] = i
	}
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most, begun := 0, 0, 0
		enter := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			running += n
			begun += max(0, n)
			most = max(most, running)
		}
		var used []int
		start := time.Now()
		limits := limits[int]{running: 4, results: 32, weight: 1, weigh: func(int) int64 { return 0 }}
		err := inOrder(t.Context(), limits, items, func(_ context.Context, i int) (int, error) {
			enter(1)
			defer enter(-1)
			if i == 0 {
				time.Sleep(time.Hour)
			} else {
				time.Sleep(time.Second)
			}
			return i, nil
		}, func(i int) error {
			mu.Lock()
			defer mu.Unlock()
			if i == 0 && begun != limits.results {
				t.Errorf("while the first was slow %d were begun", begun)
			}
			used = append(used, i)
			return nil
		})
		if err != nil || most != limits.running || !slices.Equal(used, items) {
			t.Errorf("%v; %d at a time; in the order %v", err, most, used)
		}
		// 31 others end within the first one's hour, and then four a second.
		if want := time.Hour + 17*time.Second; time.Since(start) != want {
			t.Errorf("it took %s, want %s", time.Since(start), want)
		}
	})
}
