package warehouse

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
)

// Execute makes the loads, some of them at the same time, and returns for each
// what came of it, in their order. A load whose end is not known, after any error
// but ErrNoEffect, has no status: a later Find tells. After the first failure no other load is started, and
// those that are going on come to their end; the error is that of the first of
// the failed loads in their order.
//
// Guard is asked before each load, and by the Loader before each request that
// could start it; its error stops as a failure does, and is returned as it is. A load is right only if the warehouse counts as many rows
// as it was sent, else it is a [*RowsError]. What of this is otherwise with a [Bulk],
// its LoadAll says.
func Execute(ctx context.Context, l Loader, loads []Load, guard func(context.Context) error) ([]Outcome, error) {
	if b, ok := l.(Bulk); ok {
		outcomes, err := b.LoadAll(ctx, loads, guard)
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return outcomes, err
	}
	outcomes := make([]Outcome, len(loads))
	errs := make([]error, len(loads))
	group, started := errgroup.WithContext(ctx) // started ends with the first failure: it admits loads and is not given to them
	group.SetLimit(max(1, l.Limits().Parallel))
	for i, load := range loads {
		group.Go(func() error {
			if started.Err() != nil {
				outcomes[i].Status = NeverRan
				return nil
			}
			outcomes[i], errs[i] = execute(ctx, l, load, guard)
			return errs[i]
		})
	}
	if group.Wait() == nil {
		return outcomes, ctx.Err()
	}
	if ctx.Err() != nil {
		return outcomes, ctx.Err()
	}
	for _, err := range errs {
		if err != nil {
			return outcomes, err
		}
	}
	return outcomes, nil
}

func execute(ctx context.Context, l Loader, load Load, guard func(context.Context) error) (Outcome, error) {
	if err := guard(ctx); err != nil {
		return Outcome{Status: NeverRan}, err
	}
	load.Guard = guard
	rows, err := l.Load(ctx, load)
	switch {
	case err == nil && rows != load.Rows:
		return Outcome{Miscounted, rows}, &RowsError{Load: load.ID, Sent: load.Rows, Counted: rows, Warehouse: l.Name()}
	case err == nil:
		return Outcome{Loaded, rows}, nil
	case ctx.Err() == nil && errors.Is(err, ErrNoEffect):
		return Outcome{Status: Failed}, err
	}
	return Outcome{}, err
}
