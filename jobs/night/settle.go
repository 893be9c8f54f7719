package night

import (
	"context"
	"fmt"
	"time"

	"sourcecov/jobs/fault"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"

	"golang.org/x/sync/errgroup"
)

// settleFor is how long it may take to settle all loads together.
const settleFor = 30 * time.Minute

// settle asks the warehouse what became of every load that a run intended and
// of which no receipt tells: that run was killed, or lost touch. The answers are
// receipts like others; they count for this run's plan at once, and its first
// append records them.
func (n *night) settle(ctx context.Context) (err error) {
	if len(n.state.Head.Segments["intents"]) == 0 {
		return nil
	}
	dir, remove, err := n.home.Temp()
	if err != nil {
		return err
	}
	defer fault.Also(&err, remove)
	open, err := n.state.OpenIntents(ctx, n.rules, n.cat, n.Loader.Name(), dir)
	if err != nil || len(open) == 0 {
		return err
	}
	loads := loadsOf(open)
	outcomes := make([]warehouse.Outcome, len(loads))
	bound, cancel := context.WithTimeout(ctx, settleFor)
	defer cancel()
	group, finding := errgroup.WithContext(bound)
	group.SetLimit(max(1, n.Loader.Limits().Parallel))
	for i, l := range loads {
		group.Go(func() (err error) {
			outcomes[i], err = find(finding, n.Loader, l)
			return err
		})
	}
	switch err := group.Wait(); {
	case ctx.Err() != nil:
		return ctx.Err()
	case bound.Err() != nil:
		return warehouse.Temporary(fmt.Errorf("find out what became of %d loads of an earlier run: it took more than %s", len(loads), settleFor))
	case err != nil:
		return err
	}
	came := map[warehouse.Status]int{}
	for _, o := range outcomes {
		came[o.Status]++
	}
	n.state.Pending.Receipts = append(n.state.Pending.Receipts, receipts(open, loads, outcomes)...)
	n.settled = loads
	n.did("settle", "%d loads of a run that was cut off: %d are in place, %d failed, %d never ran",
		len(loads), came[warehouse.Loaded]+came[warehouse.Miscounted], came[warehouse.Failed], came[warehouse.NeverRan])
	return nil
}

// loadsOf are the loads that intents are about, in their order, as far as Find
// needs to know them.
func loadsOf(intents []state.Intent) []warehouse.Load {
	var loads []warehouse.Load
	seen := map[string]int{} // load id to its place
	for _, i := range intents {
		at, ok := seen[i.LoadID]
		if !ok {
			at = len(loads)
			seen[i.LoadID] = at
			loads = append(loads, warehouse.Load{ID: i.LoadID, Table: warehouse.Table{Name: i.Table}, Partition: i.JobPartition, Run: i.RunID, Mark: i.Mark})
		}
		loads[at].Rows += i.Rows
	}
	return loads
}

// find asks for one load.
func find(ctx context.Context, loader warehouse.Loader, l warehouse.Load) (warehouse.Outcome, error) {
	outcome, err := loader.Find(ctx, l)
	if err != nil {
		return outcome, fmt.Errorf("find out what became of an earlier run's load: %w", err)
	}
	if outcome.Status == warehouse.Loaded && outcome.Rows != l.Rows {
		outcome.Status = warehouse.Miscounted
	}
	return outcome, nil
}
