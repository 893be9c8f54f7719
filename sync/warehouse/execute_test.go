package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sourcecov/sync/warehouse"
)

// A loader is a warehouse whose loads take as long and end as a test says.
type loader struct {
	warehouse.Loader
	parallel int
	load     func(ctx context.Context, l warehouse.Load) (int64, error)

	mu      sync.Mutex
	started []string // in order
	now     int      // going on
	most    int      // that went on at the same time
}

func (l *loader) Name() string             { return "pretended" }
func (l *loader) Limits() warehouse.Limits { return warehouse.Limits{Parallel: l.parallel} }

func (l *loader) Load(ctx context.Context, w warehouse.Load) (int64, error) {
	l.mu.Lock()
	l.started = append(l.started, w.ID)
	l.now++
	l.most = max(l.most, l.now)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.now--
		l.mu.Unlock()
	}()
	return l.load(ctx, w)
}

// loads are n loads of 1, 2, 3 … rows.
func loads(n int) []warehouse.Load {
	out := make([]warehouse.Load, n)
	for i := range out {
		out[i] = warehouse.Load{ID: fmt.Sprint(i), Rows: int64(i + 1)}
	}
	return out
}

func free(context.Context) error { return nil }

// after ends a load after a number of seconds, or when it is cancelled.
func after(ctx context.Context, seconds int, rows int64, err error) (int64, error) {
	select {
	case <-time.After(time.Duration(seconds) * time.Second):
		return rows, err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func done(rows ...int64) []warehouse.Outcome {
	out := make([]warehouse.Outcome, len(rows))
	for i, n := range rows {
		out[i] = warehouse.Outcome{Status: warehouse.Loaded, Rows: n}
	}
	return out
}

// TestExecuteOrder: outcomes come in the order of the loads, whichever ends first.
func TestExecuteOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &loader{parallel: 8, load: func(ctx context.Context, w warehouse.Load) (int64, error) {
			return after(ctx, 10-int(w.Rows), w.Rows, nil)
		}}
		got, err := warehouse.Execute(t.Context(), l, loads(5), free)
		if err != nil || !slices.Equal(got, done(1, 2, 3, 4, 5)) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// TestExecuteParallel: as many loads as allowed go on at the same time, and no more.
func TestExecuteParallel(t *testing.T) {
	for parallel, seconds := range map[int]time.Duration{0: 12, 1: 12, 3: 4, 12: 1, 50: 1} {
		synctest.Test(t, func(t *testing.T) {
			l := &loader{parallel: parallel, load: func(ctx context.Context, w warehouse.Load) (int64, error) { return after(ctx, 1, w.Rows, nil) }}
			start := time.Now()
			if _, err := warehouse.Execute(t.Context(), l, loads(12), free); err != nil {
				t.Error(err)
			}
			if want := min(max(parallel, 1), 12); l.most != want || time.Since(start) != seconds*time.Second {
				t.Errorf("of %d allowed %d went on at the same time, for %s", parallel, l.most, time.Since(start))
			}
		})
	}
}

// TestExecuteFailure: after a failure no load is started, those that go on come
// to their end, and of several failures the first in the order of the loads is told.
func TestExecuteFailure(t *testing.T) {
	early, late := errors.New("of load 0"), errors.New("of load 2")
	synctest.Test(t, func(t *testing.T) {
		l := &loader{parallel: 3, load: func(ctx context.Context, w warehouse.Load) (int64, error) {
			switch w.ID {
			case "0":
				return after(ctx, 5, 0, early)
			case "2":
				return after(ctx, 1, 0, late)
			}
			return after(ctx, 9, w.Rows, nil)
		}}
		start := time.Now()
		got, err := warehouse.Execute(t.Context(), l, loads(6), free)
		never := warehouse.Outcome{Status: warehouse.NeverRan}
		failed := warehouse.Outcome{}
		want := []warehouse.Outcome{failed, {Status: warehouse.Loaded, Rows: 2}, failed, never, never, never}
		if err != early || !slices.Equal(got, want) || time.Since(start) != 9*time.Second {
			t.Errorf("%v, %v after %s", got, err, time.Since(start))
		}
		slices.Sort(l.started)
		if !slices.Equal(l.started, []string{"0", "1", "2"}) {
			t.Errorf("started were %v", l.started)
		}
	})
}

// TestExecuteOutcomes: what each end of a load is told as.
func TestExecuteOutcomes(t *testing.T) {
	broken, stop := errors.New("broken"), errors.New("stop")
	for name, c := range map[string]struct {
		rows  int64
		err   error
		guard error
		want  warehouse.Outcome
		is    error
	}{
		"as many rows as sent": {1, nil, nil, warehouse.Outcome{Status: warehouse.Loaded, Rows: 1}, nil},
		"fewer": {
			0, nil, nil, warehouse.Outcome{Status: warehouse.Miscounted},
			&warehouse.RowsError{Load: "0", Sent: 1, Counted: 0, Warehouse: "pretended"},
		},
		"more": {
			2, nil, nil, warehouse.Outcome{Status: warehouse.Miscounted, Rows: 2},
			&warehouse.RowsError{Load: "0", Sent: 1, Counted: 2, Warehouse: "pretended"},
		},
		"a failure of which it says": {
			0, fmt.Errorf("load: %w", warehouse.NoEffect(broken)), nil, warehouse.Outcome{Status: warehouse.Failed},
			broken,
		},
		"any other tells nothing": {0, broken, nil, warehouse.Outcome{}, broken},
		"what may pass has no end": {
			0, fmt.Errorf("load: %w", warehouse.Temporary(broken)), nil, warehouse.Outcome{}, broken,
		},
		"the guard's is no load": {1, nil, stop, warehouse.Outcome{Status: warehouse.NeverRan}, stop},
		"the guard's as it is": {
			1, nil, warehouse.Temporary(stop), warehouse.Outcome{Status: warehouse.NeverRan}, stop,
		},
		"a load's own cancellation":  {0, context.Canceled, nil, warehouse.Outcome{}, context.Canceled},
		"a load's own deadline ends": {0, context.DeadlineExceeded, nil, warehouse.Outcome{}, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			l := &loader{load: func(context.Context, warehouse.Load) (int64, error) { return c.rows, c.err }}
			got, err := warehouse.Execute(t.Context(), l, loads(1), func(context.Context) error { return c.guard })
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
			var rows *warehouse.RowsError
			if errors.As(c.is, &rows) {
				if !reflect.DeepEqual(err, c.is) {
					t.Errorf("%v, want %v", err, c.is)
				}
			} else if !errors.Is(err, c.is) || c.guard != nil && err != c.guard {
				t.Errorf("%v, want %v", err, c.is)
			}
			if (c.guard == nil) != (len(l.started) == 1) {
				t.Errorf("started were %v", l.started)
			}
		})
	}
}

// TestExecuteGuard: the guard is asked before each load, and its first refusal
// lets those that go on come to their end.
func TestExecuteGuard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &loader{parallel: 2, load: func(ctx context.Context, w warehouse.Load) (int64, error) {
			return after(ctx, int(w.Rows), w.Rows, nil)
		}}
		stop, asked := errors.New("stop"), 0
		got, err := warehouse.Execute(t.Context(), l, loads(5), func(context.Context) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			if asked++; asked == 3 {
				return stop
			}
			return nil
		})
		never := warehouse.Outcome{Status: warehouse.NeverRan}
		if want := append(done(1, 2), never, never, never); err != stop || asked != 3 || !slices.Equal(got, want) {
			t.Errorf("%v, %v; asked %d times", got, err, asked)
		}
	})
}

// TestExecuteCancelled: whoever ends the run is told so, whatever the loads say;
// what became of those that went on is not known.
func TestExecuteCancelled(t *testing.T) {
	never := warehouse.Outcome{Status: warehouse.NeverRan}
	synctest.Test(t, func(t *testing.T) {
		l := &loader{parallel: 2, load: func(ctx context.Context, w warehouse.Load) (int64, error) {
			if w.ID == "0" {
				return after(ctx, 1, 1, nil)
			}
			if _, err := after(ctx, 100, 0, nil); err != nil {
				return 0, errors.New("the connection broke")
			}
			return w.Rows, nil
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		got, err := warehouse.Execute(ctx, l, loads(5), free)
		if want := append(done(1), warehouse.Outcome{}, warehouse.Outcome{}, never, never); err != context.DeadlineExceeded || !slices.Equal(got, want) {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := &loader{}
	got, err := warehouse.Execute(ctx, l, loads(2), free)
	if err != context.Canceled || !slices.Equal(got, []warehouse.Outcome{never, never}) || len(l.started) > 0 {
		t.Errorf("cancelled before: %v, %v; started were %v", got, err, l.started)
	}
	if got, err := warehouse.Execute(t.Context(), l, nil, free); err != nil || len(got) > 0 {
		t.Errorf("of no loads %v, %v", got, err)
	}
}
