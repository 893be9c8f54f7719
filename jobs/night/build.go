package night

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
)

// pull lands what is new under the prefixes of the configured sources.
func (n *night) pull(ctx context.Context, bucket mirror.Bucket) (report mirror.Report, err error) {
	prefixes, err := n.rules.Strings(ctx, "SELECT DISTINCT prefix FROM reference.object_paths ORDER BY prefix")
	if err != nil {
		return report, err
	}
	if n.landing, err = mirror.OpenLanding(n.home.Landing()); err != nil {
		return report, err
	}
	if report, err = mirror.Pull(ctx, bucket, prefixes, n.landing, mirror.Options{MaxObject: n.MaxObject, Memory: n.PullMemory}); err != nil {
		return report, err
	}
	what := fmt.Sprintf("%d objects listed, %d new", report.Listed, report.New)
	if report.Unread > 0 {
		what += fmt.Sprintf(", %d could not be read", report.Unread)
	}
	if report.Large > 0 {
		what += fmt.Sprintf(", %d larger than --max-object", report.Large)
	}
	n.did("pull", "%s", what)
	return report, nil
}

// readState hashes what earlier runs recorded of events, and finds the run since
// which the rules are others: its as-of as SQL is given it, nil if they are not.
func (n *night) readState(ctx context.Context, asOf time.Time) (hash string, changedSince any, err error) {
	dir, err := os.MkdirTemp(string(n.home), "state-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the state: %w", err)
	}
	defer fault.Also(&err, func() error { return os.RemoveAll(dir) })
	tables := slices.Sorted(maps.Keys(recorded))
	for _, table := range append(slices.Clone(tables), "state.runs") {
		if _, err := n.state.Build(ctx, n.rules, n.cat.Lookup(table), dir); err != nil {
			return "", nil, err
		}
	}
	if err := n.rules.Build(ctx, n.cat.Lookup(ruleChange), duckdb.Params{"as_of": asOf, "sql_h1": n.cat.Sum}); err != nil {
		return "", nil, err
	}
	changes, err := duckdb.Relation[struct {
		AsOf time.Time `json:"as_of"`
	}](ctx, n.rules, ruleChange)
	if err != nil {
		return "", nil, err
	}
	for _, c := range changes { // one at most
		changedSince = c.AsOf.Format(time.RFC3339Nano)
	}
	hash, err = n.rules.State(ctx, asOf, append(tables, ruleChange)...)
	return hash, changedSince, err
}

// start makes the run's own database over the landing files as they are now.
func (n *night) start(ctx context.Context) (err error) {
	if n.rec.Inputs.Segments, err = record.FilesOf(ctx, n.landing.Segments()); err != nil {
		return err
	}
	if n.rec.Inputs.Listing, err = record.FileOf(ctx, n.landing.Listing()); err != nil {
		return err
	}
	if err := n.home.Clear(n.rec.RunID); err != nil {
		return err
	}
	n.run, err = compute.Start(ctx, compute.Options{
		Catalog: n.cat, Segments: n.landing.Segments(), Listing: n.landing.Listing(),
		State: n.state, Params: n.params, Dir: n.home.Run(n.rec.RunID), Threads: n.Threads, Memory: n.Memory,
	})
	return err
}

// build computes every table, except those that tell of runs: they wait until
// this run is recorded.
func (n *night) build(ctx context.Context) (err error) {
	if n.rec.Threads, err = n.run.DB.Setting(ctx, "threads"); err != nil {
		return err
	}
	if n.rec.Memory, err = n.run.DB.Setting(ctx, "memory_limit"); err != nil {
		return err
	}
	built, err := n.run.Build(ctx, func(f *sql.File) bool { return !compute.TellsOfRuns(n.cat, f) })
	n.did("build", "%d relations", built)
	return err
}

// check reports whether a check forbids publishing.
func (n *night) check(ctx context.Context) (blocked bool, err error) {
	if n.rec.Checks, err = n.run.Check(ctx); err != nil {
		return false, err
	}
	for _, c := range n.rec.Checks {
		if c.Failed() {
			n.rec.Run.ChecksFailed++
		}
	}
	n.did("check", "%d checks, %d failed", len(n.rec.Checks), n.rec.Run.ChecksFailed)
	return n.rec.Run.ChecksFailed > 0, nil
}

// count fills in what the run's own row tells, and its exit status.
func (n *night) count(ctx context.Context, blocked bool) error {
	answer, err := n.run.Ask(ctx, n.cat.Lookup("report.run_counts"))
	if err != nil {
		return err
	}
	rows, err := duckdb.Rows[struct {
		ObjectsListed      int64 `json:"objects_listed"`
		ObjectsQuarantined int64 `json:"objects_quarantined"`
		CellsDue           int64 `json:"cells_due"`
		CellsPresent       int64 `json:"cells_present"`
		GapsOpen           int64 `json:"gaps_open"`
		GapsAccepted       int64 `json:"gaps_accepted"`
		Fails              bool  `json:"fails"`
	}](answer)
	if err == nil && len(rows) != 1 {
		err = fmt.Errorf("%d rows instead of one", len(rows))
	}
	if err != nil {
		return fmt.Errorf("ask report.run_counts: %w", err)
	}
	r, c := &n.rec.Run, rows[0]
	r.ObjectsListed, r.ObjectsQuarantined, r.CellsDue, r.CellsPresent = c.ObjectsListed, c.ObjectsQuarantined, c.CellsDue, c.CellsPresent
	r.GapsOpen, r.GapsAccepted = c.GapsOpen, c.GapsAccepted
	r.ExitCode = exitCode(blocked, c.Fails)
	return nil
}

// finish writes run.json, makes the database the newest one and drops old ones.
func (n *night) finish() error {
	if err := n.run.Close(); err != nil {
		return fmt.Errorf("close the run's database: %w", err)
	}
	n.rec.Inputs.StateSegments, n.rec.Relations = n.run.Segments, n.run.Relations
	body, err := n.rec.Encode()
	if err != nil {
		return err
	}
	dir := n.home.Run(n.rec.RunID)
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "publish")), os.RemoveAll(filepath.Join(dir, "state"))); err != nil {
		return fmt.Errorf("clean the run's folder: %w", err)
	}
	if err := n.home.MakeNewest(n.rec.RunID); err != nil {
		return err
	}
	if err := n.home.Prune(n.rec.RunID); err != nil {
		return err
	}
	// A run without its record is unfinished and is replaced; only then is it told.
	return place.WriteFile(n.home.Record(n.rec.RunID), body)
}
