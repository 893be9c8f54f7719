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
	var loads []string
	for _, i := range open {
		if !slices.Contains(loads, i.LoadID) {
			loads = append(loads, i.LoadID)
		}
	}
	found := map[warehouse.Status]int{}
	for _, load := range loads {
		outcome, err := n.find(ctx, load, open)
		if err != nil {
			return err
		}
		found[outcome.Status]++
		n.pending.Receipts = append(n.pending.Receipts, receipts(open, load, outcome)...)
	}
	n.step("settle", "%d loads of a run that was cut off: %d are in place, %d failed, %d never ran",
		len(loads), found[warehouse.Loaded], found[warehouse.Failed], found[warehouse.NeverRan])
	return nil
}

// find asks for one load. One that counts other rows than were sent has failed.
func (n *night) find(ctx context.Context, load string, open []state.Intent) (warehouse.Outcome, error) {
	l := warehouse.Load{ID: load}
	for _, i := range open {
		if i.LoadID == load {
			l.Table.Name, l.Partition, l.Run = i.Table, i.JobPartition, i.RunID
			l.Rows += i.Rows
		}
	}
	outcome, err := n.loader.Find(ctx, l)
	if err != nil {
		return outcome, fmt.Errorf("find out what became of an earlier run's load: %w", err)
	}
	if outcome.Status == warehouse.Loaded && outcome.Rows != l.Rows {
		outcome.Status = warehouse.Failed
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
			ContentHash: r["content_hash"], FileSHA256: r["file_sha256"], RunID: r["run_id"],
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
