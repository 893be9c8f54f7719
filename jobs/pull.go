package jobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sourcecov/duckdb"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// openRules opens a small database in memory that answers what is fixed before
// a run has a name: which prefixes to list, and what the inputs are.
func (n *night) openRules(ctx context.Context) (*duckdb.DB, error) {
	db, err := duckdb.Open(ctx, duckdb.Options{Threads: n.threads, MemoryLimit: n.memory, Allowed: []string{n.workdir}}, n.cat)
	if err != nil {
		return nil, err
	}
	if err := db.BuildAll(ctx, nil, sql.Type, sql.Reference); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// pull lands what is new under the prefixes of the configured sources.
func (n *night) pull(ctx context.Context, rules *duckdb.DB) (mirror.Report, error) {
	prefixes, err := rules.Strings(ctx, "SELECT DISTINCT prefix FROM reference.object_paths ORDER BY prefix")
	if err != nil {
		return mirror.Report{}, err
	}
	landing, err := mirror.OpenLanding(filepath.Join(n.workdir, "landing"))
	if err != nil {
		return mirror.Report{}, err
	}
	n.landing = landing
	report, err := mirror.Pull(ctx, n.bucket, prefixes, landing, mirror.Options{})
	if err != nil {
		return report, err
	}
	said := fmt.Sprintf("%d objects listed, %d new", report.Listed, report.New)
	if report.Unread > 0 {
		said += fmt.Sprintf(", %d could not be read", report.Unread)
	}
	n.step("pull", "%s", said)
	return report, nil
}

// begin reads the state and fixes the inputs and the run's name.
func (n *night) begin(ctx context.Context, rules *duckdb.DB, pulled mirror.Report) error {
	if err := n.readState(ctx); err != nil {
		return err
	}
	if err := rules.OverLanding(ctx, n.landing.Segments(), n.landing.Listing()); err != nil {
		return err
	}
	inputs, err := rules.Inputs(ctx)
	if err != nil {
		return err
	}
	seen, err := n.seenState(ctx, rules)
	if err != nil {
		return err
	}
	n.rec = newRecord(n, rules.Version(), inputs, seen, pulled)
	n.runs = filepath.Join(n.workdir, "runs")
	n.dir = filepath.Join(n.runs, n.rec.RunID)
	n.ui.scope(n.rec)
	return nil
}

// recorded names the state tables on which the result of a run depends, and the
// relation of each run's own rows for them. Runs and receipts say what was done.
var recorded = map[string]string{"state.events": "model.event_to_record", "state.actions": "model.action_to_record"}

// seenState is a hash over what earlier runs recorded of events.
func (n *night) seenState(ctx context.Context, rules *duckdb.DB) (hash string, err error) {
	dir, err := os.MkdirTemp(n.workdir, "state-")
	if err != nil {
		return "", fmt.Errorf("make a folder for the state: %w", err)
	}
	defer also(&err, func() error { return os.RemoveAll(dir) })
	tables := slices.Sorted(maps.Keys(recorded))
	for _, table := range tables {
		if err := n.buildState(ctx, rules, n.cat.Lookup(table), dir); err != nil {
			return "", err
		}
	}
	return rules.State(ctx, n.asOf, tables...)
}

// settleWithBucket fixes as-of and window, for which the bucket may have defaults of its own.
func (n *night) settleWithBucket(ctx context.Context) error {
	asOf, err := n.rootFile(ctx, "AS_OF")
	if err != nil {
		return err
	}
	window, err := n.rootFile(ctx, "WINDOW")
	if err != nil {
		return err
	}
	return n.settle(asOf, window)
}

// rootFile reads a one-line file at the bucket's root; "" if there is none.
func (n *night) rootFile(ctx context.Context, name string) (string, error) {
	var found *mirror.Object
	err := n.bucket.List(ctx, name, func(o mirror.Object) error {
		if o.Name == name {
			found = &o
		}
		return nil
	})
	if err != nil || found == nil {
		return "", err
	}
	body, err := n.bucket.Read(ctx, name, found.Generation)
	return strings.TrimSpace(string(body)), err
}

// readState reads HEAD. A dry run does not even make the folder.
func (n *night) readState(ctx context.Context) error {
	bucket, err := n.openState(ctx, !n.dryRun)
	if n.dryRun && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	n.store = state.Open(bucket)
	if n.head, err = n.store.Head(ctx); err != nil {
		return err
	}
	var all []string
	for _, names := range n.head.Segments {
		all = append(all, names...)
	}
	slices.Sort(all)
	return n.fetch(ctx, all)
}
