package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sourcecov/duckdb"
	"sourcecov/sql"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"
)

// A night is one run on its way from bucket to summary.
type night struct {
	*config
	cat     *sql.Catalog
	tables  []warehouse.Table // the published ones
	landing landed
	store   *state.Store
	head    state.Head
	fetched map[string][]byte // segments of the state, by name
	pending state.Rows        // what this run knows and appends next; SQL sees it already
	runs    string            // folder of the runs
	dir     string            // folder of this run
	db      *duckdb.DB
	rec     *record
	mark    time.Time

	settled  []warehouse.Load // of earlier runs, whose leftovers go once this run has recorded what came of them
	lost     bool             // the state could not be appended to
	clock    time.Time        // when the night began
	own      string           // mark of this process on its loads
	building string           // folder in which db lies until it is whole
	given    duckdb.Params    // of a run that is verified; else nil
}

// landed is what SQL reads of a landing.
type landed interface {
	Segments() []string
	Listing() string
}

// nightly runs the whole night: pull, build, check, publish, report.
func nightly(ctx context.Context, c *config) (err error) {
	n := &night{config: c, mark: c.now(), clock: c.now().UTC().Truncate(time.Second), own: strings.ToLower(rand.Text())}
	if n.cat, err = sql.Load(c.sqlFiles); err == nil {
		err = n.cat.Need("report.run_counts", "publish."+heartbeat, "model.last_receipt", "model.open_intent", "model.recent_load",
			"reference.object_paths", "state.runs", "state.receipts", "state.intents", "state.events", "state.actions",
			"model.event_to_record", "model.action_to_record")
	}
	if err == nil {
		n.tables, _, err = publishedTables(n.cat)
	}
	if err != nil {
		return usagef("mend the file, or run without --sql", "%v", err)
	}
	if n.dryRun {
		n.loader = warehouse.DryRun{Loader: n.loader}
	}
	if err := n.settleWithBucket(ctx); err != nil {
		return err // a mistake on the command line, before anything is touched
	}
	if err := n.checkForce(); err != nil {
		return err
	}
	leave, err := n.enter()
	if err != nil {
		return err
	}
	defer also(&err, leave)
	if err := n.prepare(ctx); err != nil {
		return err
	}
	if done := n.alreadyDone(ctx); done != nil {
		return n.repeat(done)
	}
	return n.work(ctx)
}

// checkForce holds --force to tables that are published and to dates.
func (n *night) checkForce() error {
	for _, f := range n.force {
		name, date, hasDate := strings.Cut(f, ":")
		if len(n.tableNamed(name).Columns) == 0 {
			return usagef("sourcecov nightly --help", "--force %s: no table %s is published", f, name)
		}
		if _, err := time.Parse(dateForm, date); hasDate && err != nil {
			return usagef("--force "+name+":2025-04-20", "--force %s: %q is no date YYYY-MM-DD", f, date)
		}
	}
	return nil
}

// prepare lands what is new and gives the run its name. The rules are asked of
// a database of their own, for the run's lies in a folder that bears the name.
func (n *night) prepare(ctx context.Context) (err error) {
	rules, err := n.openRules(ctx)
	if err != nil {
		return err
	}
	defer also(&err, rules.Close)
	report, err := n.pull(ctx, rules)
	if err != nil {
		return err
	}
	if err := n.begin(ctx, rules, report); err != nil {
		return err
	}
	if n.looksBack() {
		return nil
	}
	if err := n.loader.Preflight(ctx, n.tables); err != nil {
		return err
	}
	return n.settleLoads(ctx, rules)
}

// work is the part of the night that depends on nothing but its record's inputs.
func (n *night) work(ctx context.Context) (err error) {
	defer also(&err, n.close)
	if err := n.noteInputs(ctx); err != nil {
		return err
	}
	if err := n.build(ctx); err != nil {
		return err
	}
	blocked, err := n.check(ctx)
	if err != nil {
		return err
	}
	if err := n.publish(ctx, blocked); err != nil {
		return err
	}
	if err := n.report(ctx); err != nil {
		return err
	}
	return n.finishRun()
}

// also calls a closing function and joins its error, if it has one, to the other.
func also(err *error, closing func() error) {
	if e := closing(); e != nil {
		*err = errors.Join(*err, e)
	}
}

// enter takes the working directory for this run alone and returns what gives
// it back. A dry run works in a temporary copy of the landing instead.
func (n *night) enter() (leave func() error, err error) {
	if n.dryRun {
		if err := n.claim(); err != nil {
			return nil, err
		}
		tmp, err := os.MkdirTemp("", "sourcecov-dry-run-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for the dry run: %w", err)
		}
		if err := copyDir(filepath.Join(n.workdir, "landing"), filepath.Join(tmp, "landing")); err != nil {
			return nil, errors.Join(fmt.Errorf("copy the landing for the dry run: %w", err), os.RemoveAll(tmp))
		}
		n.workdir = tmp
		return func() error { return os.RemoveAll(tmp) }, nil
	}
	if err := os.MkdirAll(n.workdir, 0o755); err != nil {
		return nil, usagef("--workdir DIR that can be written", "--workdir: %v", err)
	}
	lock, err := os.OpenFile(filepath.Join(n.workdir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, usagef("--workdir DIR that can be written", "--workdir: %v", err)
	}
	// The kernel gives the lock back when the process ends, however it ends.
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", n.workdir, errBusy), lock.Close())
	}
	if err := n.claim(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock.Close, nil
}

// claim binds the working directory to one bucket: objects landed from another
// would pass for objects of this one that are gone. A dry run only asks.
func (n *night) claim() error {
	name := filepath.Join(n.workdir, "bucket")
	owner, err := os.ReadFile(name)
	switch {
	case errors.Is(err, os.ErrNotExist) && n.dryRun:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return writeFile(name, []byte(n.bucketID()))
	case err != nil:
		return fmt.Errorf("read whose working directory this is: %w", err)
	case string(owner) != n.bucketID():
		return usagef("--workdir ANOTHER, or leave --workdir away: each bucket then has its own",
			"the working directory %s belongs to the bucket %s, not to %s", n.workdir, owner, n.bucketID())
	}
	return nil
}

// copyDir copies a folder of files; one that does not exist is an empty one.
func copyDir(from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return os.CopyFS(to, os.DirFS(from))
}

// step tells what was done, and with -v how long it took; the record keeps it.
func (n *night) step(name, format string, args ...any) {
	now := n.now()
	took := now.Sub(n.mark)
	n.mark = now
	if n.rec != nil {
		n.rec.Timings = append(n.rec.Timings, timing{name, took.Milliseconds()})
	}
	n.ui.step(name, fmt.Sprintf(format, args...), took)
}
