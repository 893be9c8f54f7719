package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"sourcecov/duckdb"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"

	"golang.org/x/sync/errgroup"
)

// settleLoads asks the warehouse what became of every load that a run intended and
// of which no receipt tells: that run was killed, or lost touch. The answers are
// receipts like others; they count for this run's plan at once, and its first
// append records them.
func (n *night) settleLoads(ctx context.Context, rules *duckdb.DB) (err error) {
	if n.store == nil || n.looksBack() || len(n.head.Segments["intents"]) == 0 {
		return nil
	}
	dir, err := os.MkdirTemp(n.workdir, "settle-")
	if err != nil {
		return fmt.Errorf("make a folder for the state: %w", err)
	}
	defer also(&err, func() error { return os.RemoveAll(dir) })
	open, err := n.openIntents(ctx, rules, dir)
	if err != nil || len(open) == 0 {
		return err
	}
	loads := loadsOf(open)
	outcomes := make([]warehouse.Outcome, len(loads))
	bound, cancel := context.WithTimeout(ctx, settleFor)
	defer cancel()
	group, finding := errgroup.WithContext(bound)
	group.SetLimit(max(1, n.loader.Limits().Parallel))
	for i, l := range loads {
		group.Go(func() (err error) {
			outcomes[i], err = n.find(finding, l)
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
	found := map[warehouse.Status]int{}
	for i, l := range loads {
		found[outcomes[i].Status]++
		n.pending.Receipts = append(n.pending.Receipts, receipts(open, l.ID, outcomes[i])...)
	}
	n.settled = loads
	n.step("settle", "%d loads of a run that was cut off: %d are in place, %d failed, %d never ran",
		len(loads), found[warehouse.Loaded]+found[warehouse.Miscounted], found[warehouse.Failed], found[warehouse.NeverRan])
	return nil
}

// settleFor is how long all of them together may take.
const settleFor = 30 * time.Minute

// loadsOf are the loads that intents are about, in their order, as far as Find
// needs to know them.
func loadsOf(intents []state.Intent) []warehouse.Load {
	var loads []warehouse.Load
	for _, i := range intents {
		at := slices.IndexFunc(loads, func(l warehouse.Load) bool { return l.ID == i.LoadID })
		if at < 0 {
			at = len(loads)
			loads = append(loads, warehouse.Load{ID: i.LoadID, Table: warehouse.Table{Name: i.Table}, Partition: i.JobPartition, Run: i.RunID, Mark: i.Mark})
		}
		loads[at].Rows += i.Rows
	}
	return loads
}

// find asks for one load.
func (n *night) find(ctx context.Context, l warehouse.Load) (warehouse.Outcome, error) {
	outcome, err := n.loader.Find(ctx, l)
	if err != nil {
		return outcome, fmt.Errorf("find out what became of an earlier run's load: %w", err)
	}
	if outcome.Status == warehouse.Loaded && outcome.Rows != l.Rows {
		outcome.Status = warehouse.Miscounted
	}
	return outcome, nil
}

// openIntents are the rows of model.open_intent, by load and partition. The
// segments that they are read from are brought into dir.
func (n *night) openIntents(ctx context.Context, rules *duckdb.DB, dir string) ([]state.Intent, error) {
	for _, table := range []string{"state.intents", "state.receipts"} {
		if err := n.buildState(ctx, rules, n.cat.Lookup(table), dir); err != nil {
			return nil, err
		}
	}
	if err := rules.Build(ctx, n.cat.Lookup("model.open_intent"), n.params()); err != nil {
		return nil, err
	}
	t, err := rules.All(ctx, "model.open_intent")
	if err != nil {
		return nil, err
	}
	var open []state.Intent
	for _, r := range t.Records() {
		i := state.Intent{
			LoadID: r["load_id"], Target: n.loader.Name(), Table: r["table_name"], JobPartition: r["job_partition"], Partition: r["partition"],
			ContentHash: r["content_hash"], FileSHA256: r["file_sha256"], Mark: r["mark"], RunID: r["run_id"],
			Games: strings.FieldsFunc(r["games"], func(c rune) bool { return strings.ContainsRune("[], ", c) }),
		}
		var rowsErr, asOfErr error
		i.Rows, rowsErr = strconv.ParseInt(r["rows"], 10, 64)
		i.AsOf, asOfErr = time.Parse("2006-01-02 15:04:05-07", r["as_of"])
		if err := errors.Join(rowsErr, asOfErr); err != nil {
			return nil, fmt.Errorf("read what an earlier run intended (load %s): %w", i.LoadID, err)
		}
		open = append(open, i)
	}
	slices.SortFunc(open, func(a, b state.Intent) int {
		return cmp.Or(cmp.Compare(a.LoadID, b.LoadID), cmp.Compare(a.Partition, b.Partition))
	})
	return open, nil
}
