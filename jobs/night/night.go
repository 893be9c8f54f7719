// Package night is the whole night: it lands what is new in the bucket, computes
// every relation, asks the checks, and publishes the partitions that changed.
package night

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/jobs/tell"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/notify"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"
)

// Options are what a night is about. What it opens it opens itself, when it
// comes to it.
type Options struct {
	SQL     fs.FS
	Bucket  place.Bucket
	Workdir place.Workdir
	Loader  warehouse.Loader // which asks nobody before it is asked

	OpenBucket func(context.Context) (mirror.Bucket, error)
	OpenState  func(ctx context.Context, mayMake bool) (mirror.Bucket, error)
	// EmptyBucket is the error of a bucket without objects: where they are instead.
	EmptyBucket func(context.Context) error
	Carry       bool // the state does not lie in Workdir, and has a copy of the landing for nights on other disks

	Scope       Scope
	Threads     int
	Memory      string // such as 4GB; "" for the engine's own limit
	PullMemory  int64  // bytes of objects that are read at a time; 0 for the pull's own limit
	MaxObject   int64  // bytes of the largest object that is read
	Fresh       bool   // compute everything, and take nothing over from the run before
	Profile     bool   // write what the engine and the program spend into the run's folder
	AcceptLoss  bool   // publish although the bucket lists far fewer objects than before
	TakeOver    bool   // take over a state of another bucket, or a warehouse that the state knows nothing of
	DryRun      bool   // do everything in a temporary folder and load nothing
	FailOn      string // critical, warning or never; no part of what makes a run another
	Environment string
	Force       []string         // TABLE or TABLE:YYYY-MM-DD to load whatever the receipts say
	MaxJobs     int              // load jobs that the run may start
	Version     string           // of this program
	Channels    []notify.Channel // who is told, last of all

	Audit Auditor // nil: nobody looks

	// ExitStatus is what the program exits with after an error: the run's own row tells.
	ExitStatus func(context.Context, error) int
	Now        func() time.Time
	Progress   Progress
}

// Progress is told how the night gets on.
type Progress interface {
	// Began tells what is judged, as soon as that is known.
	Began(r *record.Record)
	// Doing tells what a step is about now, and how much of it is done; of is 0 where
	// nobody knows how much there is. Not everything that is told need be shown.
	Doing(step, what string, done, of int)
	// Did tells of a step that is done.
	Did(step, what string, took time.Duration)
}

// A Result is what came of a night.
type Result struct {
	Record      *record.Record
	Exit        int // 0, Blocked or Gaps
	FailOn      string
	AlreadyDone bool // by an earlier run, whose record this is; nothing was loaded
	DryRun      bool
	Told        []tell.Line // nothing where nobody is to be told
}

// heartbeat is the table that tells of runs; it is loaded last and every time.
const heartbeat = "coverage_runs"

// ruleChange is the relation that tells since which run the rules are others. It
// is asked before the run's database is begun, for what runs did is in no table
// there until this run is recorded.
const ruleChange = "model.rule_change"

// listedBefore is the relation that tells how many objects the newest run found;
// it is asked as ruleChange is.
const listedBefore = "model.listed_before"

// night is one run on its way from bucket to result.
type night struct {
	Options
	cat    *sql.Catalog
	tables []warehouse.Table // the published ones
	rules  *duckdb.DB        // the rules alone, until the run has a database of its own
	home   place.Workdir     // where the run works: Workdir, or a copy of it
	rec    *record.Record

	landing *mirror.Landing
	state   *compute.State
	run     *compute.Run // once the run's database is begun
	params  duckdb.Params
	fatal   []string // severities that --fail-on does not let pass

	audited string // file with what was counted of the platform's tables; "" if nobody looked

	settled []warehouse.Load // of earlier runs, whose leftovers go once this run has recorded what came of them

	began time.Time // by the clock
	mark  string    // of this process on its loads
	steps stopwatch
}

// Run runs a night. A mistake on the command line is found before anything is
// touched; without a result there is an error.
func Run(ctx context.Context, opt Options) (result *Result, err error) {
	boundHeap()
	n := &night{Options: opt, home: opt.Workdir, began: opt.Now().UTC().Truncate(time.Second), mark: strings.ToLower(rand.Text())}
	n.steps = stopwatch{now: opt.Now, last: opt.Now()}
	n.cat, err = compute.LoadCatalog(opt.SQL, "report.run_counts", "report.verdict", "publish."+heartbeat, "model.last_receipt", "model.open_intent", "model.recent_load",
		"reference.object_paths", "state.runs", "state.receipts", "state.intents", "state.events", "state.actions", "state.decisions", "state.alerts",
		"model.event_to_record", "model.action_to_record", ruleChange, listedBefore, "report.games_in_scope")
	if err != nil {
		return nil, err
	}
	if n.tables, _, err = compute.PublishedTables(n.cat); err != nil {
		return nil, err
	}
	bucket, err := n.OpenBucket(ctx)
	if err != nil {
		return nil, err
	}
	span, err := n.resolve(ctx, bucket)
	if err != nil {
		return nil, err
	}
	if err := n.checkForce(); err != nil {
		return nil, err
	}
	lock, err := n.enter()
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, lock.Close)
	dir, remove, err := n.roomToCount()
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, remove)
	if err := n.begin(ctx, bucket, span, dir); err != nil {
		return nil, err
	}
	done, err := n.alreadyDone(ctx)
	if err != nil {
		return nil, err
	}
	if done != nil {
		result = &Result{Record: done, Exit: n.exitCode(*done.Verdict), FailOn: n.FailOn, AlreadyDone: true}
	} else if result, err = n.work(ctx); err != nil {
		return nil, err
	}
	if err := n.alert(ctx, result); err != nil {
		return nil, err
	}
	return result, nil
}

// A span is a Scope in which nothing is open any more.
type span struct {
	asOf     time.Time
	from, to string // YYYY-MM-DD
}

// resolve fixes as-of and window, for which the bucket may have defaults of its own.
func (n *night) resolve(ctx context.Context, bucket mirror.Bucket) (s span, err error) {
	defaults, err := readDefaults(ctx, bucket)
	if err != nil {
		return s, err
	}
	if s.asOf, err = n.Scope.instant(defaults, n.Now()); err != nil {
		return s, err
	}
	s.from, s.to, err = n.Scope.window(defaults, s.asOf)
	return s, err
}

// checkForce holds --force to tables that are published and to dates.
func (n *night) checkForce() error {
	for _, f := range n.Force {
		name, date, hasDate := strings.Cut(f, ":")
		if !slices.ContainsFunc(n.tables, func(t warehouse.Table) bool { return t.Name == name }) {
			return fault.Usagef("sourcecov nightly --help", "--force %s: no table %s is published", f, name)
		}
		if _, err := time.Parse(time.DateOnly, date); hasDate && err != nil {
			return fault.Usagef("--force "+name+":2025-04-20", "--force %s: %q is not a date YYYY-MM-DD", f, date)
		}
	}
	return nil
}

// enter takes the working directory for this run alone. A dry run works in a
// temporary copy of the landing instead.
func (n *night) enter() (io.Closer, error) {
	if !n.DryRun {
		return n.Workdir.Take(n.Bucket)
	}
	if err := n.Workdir.BelongsTo(n.Bucket); err != nil {
		return nil, err
	}
	n.Loader = warehouse.DryRun{Loader: n.Loader}
	var remove io.Closer
	var err error
	n.home, remove, err = n.Workdir.Copy()
	return remove, err
}

// askedFirst is what is asked of the rules before a run has a database of its own.
var askedFirst = []string{"reference.object_paths", "reference.sources", ruleChange, listedBefore, "model.open_intent", "model.last_receipt"}

// begin lands what is new, reads the state, finds out what became of the loads of earlier
// runs, looks at the platform's tables and gives the run its name. The rules are asked
// of a database of their own, for the run's lies in a folder that bears the name.
// dir is a temporary folder for what is counted; "" where nobody looks.
func (n *night) begin(ctx context.Context, bucket mirror.Bucket, s span, dir string) (err error) {
	if n.rules, err = compute.OpenRules(ctx, n.cat, askedFirst, n.Threads, n.Memory, n.home.Landing(), n.home.Temps()); err != nil {
		return err
	}
	defer fault.Also(&err, n.rules.Close)
	looksBack, err := n.preflight(ctx, s)
	if err != nil {
		return err
	}
	if err := n.lookForObjects(ctx, bucket); err != nil {
		return err
	}
	if err := n.home.Claim(n.Bucket); err != nil {
		return err
	}
	pulled, err := n.land(ctx, bucket, !n.DryRun && !looksBack)
	if err != nil {
		return err
	}
	if err := n.state.FetchAll(ctx); err != nil {
		return err
	}
	if !looksBack {
		if err := n.settle(ctx); err != nil {
			return err
		}
	}
	counted, err := n.audit(ctx, s.asOf, dir, looksBack)
	if err != nil {
		return err
	}
	if err := n.name(ctx, s, pulled.Pull, counted); err != nil {
		return err
	}
	n.Progress.Began(n.rec)
	return nil
}

// lookForObjects refuses a bucket in which nothing lies where the sources' objects
// should, if nothing was ever landed of it: its name is a wrong one. A bucket that has
// become empty is for a check to tell.
func (n *night) lookForObjects(ctx context.Context, bucket mirror.Bucket) error {
	landed, err := os.ReadDir(n.home.Landing())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(landed) > 0 || n.state.Head.N > 0 || n.Bucket == place.Embedded {
		return nil
	}
	paths, err := compute.SourcePaths(ctx, n.rules)
	if err != nil {
		return err
	}
	for _, p := range paths {
		if has, err := place.Holds(ctx, bucket, p.Prefix); err != nil || has {
			return err
		}
	}
	return n.EmptyBucket(ctx)
}

// preflight reads the state and asks it and the warehouse whether they are there and
// fit, before a pull that may take an hour. Who looks back publishes nothing and needs
// no warehouse. What others append meanwhile is a conflict when this run appends.
func (n *night) preflight(ctx context.Context, s span) (looksBack bool, err error) {
	n.state, err = compute.ReadState(ctx, func(ctx context.Context) (mirror.Bucket, error) { return n.OpenState(ctx, !n.DryRun) })
	if err != nil {
		return false, err
	}
	if err := n.claimState(); err != nil || n.state.Head.AsOf.After(s.asOf) {
		return true, err
	}
	if err := n.Loader.Preflight(ctx, n.tables); err != nil {
		return false, err
	}
	return false, n.claimWarehouse(ctx)
}

// claimState refuses a state that another bucket's nights are kept in: its
// receipts and events would be taken for this bucket's.
func (n *night) claimState() error {
	if was := n.state.Head.Bucket; was != "" && was != n.Bucket.ID() && !n.TakeOver {
		return fault.Usagef("--bucket "+was+"; or another --state; or --take-over, if the bucket has moved to "+string(n.Bucket),
			"the state is that of the bucket %s, not of %s", was, n.Bucket)
	}
	if n.state.Head.Bucket != n.Bucket.ID() && n.state.Head.Bucket != "" {
		// What was landed from one bucket would pass for objects of the other that are gone.
		n.state.Head.Landing, n.state.Head.Records = state.Landing{}, nil
	}
	n.state.Head.Bucket = n.Bucket.ID()
	return nil
}

// claimWarehouse refuses a warehouse that another state's nights have filled: what
// this one has no receipt of would all be loaded again, by two in turns.
func (n *night) claimWarehouse(ctx context.Context) error {
	if n.TakeOver || n.state.Head.Knows(n.Loader.Name()) {
		return nil
	}
	filled, err := n.Loader.Strays(ctx, n.table(heartbeat), nil)
	if err != nil || len(filled) == 0 {
		return err
	}
	return fault.Usagef("--state with the place of the nights before; or --take-over, if that state is lost",
		"%s was filled by nights that this state knows nothing of", n.Loader.Name())
}

// name makes the record of the run, and with it its id.
func (n *night) name(ctx context.Context, s span, pull int64, counted *record.File) (err error) {
	in := record.Inputs{Pull: pull, Audited: counted}
	if err := n.rules.OverLanding(ctx, n.landing.Segments(), n.landing.Listing()); err != nil {
		return err
	}
	if in.Hash, err = n.rules.Inputs(ctx); err != nil {
		return err
	}
	told, err := n.readState(ctx, s.asOf)
	if err != nil {
		return err
	}
	in.State = told.hash
	fatal := "SELECT s FROM (SELECT unnest(enum_range(NULL::severity))::severity AS s) WHERE s >= TRY_CAST('" + n.FailOn + "' AS severity)"
	if n.fatal, err = n.rules.Strings(ctx, fatal); err != nil {
		return err
	}
	n.rec = record.New(string(n.Bucket), n.Scope.Game, n.MaxObject, state.Run{
		Target: n.Loader.Name(), AsOf: s.asOf, Version: n.Version, EngineVersion: n.rules.Version(), SQLH1: n.cat.Sum,
		WindowFrom: s.from, WindowTo: s.to, Environment: n.Environment,
	}, in, n.cat)
	n.params = duckdb.Params{
		"as_of":       s.asOf,
		"window_from": s.from,
		"window_to":   s.to,
		"game":        nil,
		"environment": n.Environment,
		"target":      n.Loader.Name(),
		"clock":       n.began.Format(time.RFC3339),
		"sql_h1":      n.cat.Sum,
		"max_object":  n.MaxObject,

		"rules_changed_since": told.rulesChanged,
		"listed_before":       told.listedBefore,
		"accept_loss":         n.AcceptLoss,
		"seen_as_of":          nil,
	}
	if n.looksBack() {
		n.params["seen_as_of"] = n.state.Head.AsOf.Format(time.RFC3339Nano)
		n.params["target"] = "" // what the warehouse holds is no concern of a run that will not publish
	}
	if n.Scope.Game != "" {
		n.params["game"] = n.Scope.Game
	}
	n.rec.Params = maps.Clone(n.params)
	n.rec.Timings = n.steps.took
	return nil
}

// looksBack reports whether the state has seen a later as-of: such a run writes
// its own folder and nothing else.
func (n *night) looksBack() bool { return n.state.Head.AsOf.After(n.rec.Run.AsOf) }

// alreadyDone returns the record of the run that published last to this
// warehouse, if it had the same key, all that it published is still there and its
// database answers, if it ran on this disk; else nil. A run that was blocked,
// looked back, failed or was cut off is not done.
func (n *night) alreadyDone(ctx context.Context) (*record.Record, error) {
	if n.state.Head.Done[n.Loader.Name()] != n.rec.Run.RunKey || len(n.Force) > 0 || len(n.state.Pending.Receipts) > 0 {
		return nil, nil
	}
	_, err := os.Stat(n.home.Run(n.rec.RunID))
	elsewhere := errors.Is(err, fs.ErrNotExist)
	if elsewhere {
		if err := n.fetchRecord(ctx); err != nil {
			return nil, err
		}
	}
	r, intact, err := record.Read(n.home.Record(n.rec.RunID))
	if err != nil || !intact || r.Verdict == nil || r.Run.RunKey != n.rec.Run.RunKey || r.Run.Target != n.rec.Run.Target {
		return nil, nil
	}
	for _, o := range r.Outputs {
		want := map[string]int64{}
		for _, p := range o.Partitions {
			want[p.Value] = p.Rows
		}
		if missing, err := n.Loader.Missing(ctx, n.table(o.Table), want); err != nil || len(missing) > 0 {
			return nil, nil
		}
	}
	if elsewhere { // its database is on the disk of that night
		return r, nil
	}
	answers, err := n.answers(ctx, r)
	if err != nil || !answers {
		return nil, err
	}
	return r, nil
}

// answers reports whether a run's database holds what was recorded of it. If no
// database is there to be looked around in, it becomes that one.
func (n *night) answers(ctx context.Context, r *record.Record) (ok bool, err error) {
	dir, remove, err := n.home.Temp()
	if err != nil {
		return false, err
	}
	defer fault.Also(&err, remove)
	if compute.Answers(ctx, n.home.Database(r.RunID), dir, r.Relations) != nil {
		return false, ctx.Err()
	}
	if _, err := os.Stat(n.home.Newest()); errors.Is(err, fs.ErrNotExist) {
		return true, n.home.MakeNewest(r.RunID)
	}
	return true, nil
}

// table is the published table of a name, all but empty if there is none.
func (n *night) table(name string) warehouse.Table {
	for _, t := range n.tables {
		if t.Name == name {
			return t
		}
	}
	return warehouse.Table{Name: name}
}

// work is the part of the night that depends on nothing but its record's inputs.
func (n *night) work(ctx context.Context) (result *Result, err error) {
	defer func() { err = n.orTooLittle(err) }()
	if err := n.start(ctx); err != nil {
		return nil, err
	}
	defer fault.Also(&err, n.run.Close)
	profiled, err := n.profile()
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, profiled)
	if err := n.build(ctx); err != nil {
		return nil, n.orTouched(ctx, err)
	}
	blocked, err := n.check(ctx)
	if err = n.orTouched(ctx, err); err != nil {
		return nil, err
	}
	if err := n.checkScope(ctx); err != nil {
		return nil, err
	}
	if err := n.publish(ctx, blocked); err != nil {
		return nil, err
	}
	if n.rec.Reports, err = n.run.Report(ctx); err != nil {
		return nil, err
	}
	n.did("report", "%d reports", len(n.rec.Reports))
	if err := n.finish(ctx); err != nil {
		return nil, err
	}
	if err := n.carryRecord(ctx); err != nil {
		return nil, err
	}
	return &Result{Record: n.rec, Exit: int(n.rec.Run.ExitCode), FailOn: n.FailOn, DryRun: n.DryRun}, nil
}
