package night

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	n.Progress.Doing("pull", "listing the bucket", 0, 0)
	if report, err = mirror.Pull(ctx, bucket, prefixes, n.landing, mirror.Options{
		MaxObject: n.MaxObject, Memory: n.PullMemory,
		Known:   func() (map[string]string, error) { return record.LandingSums(n.home.Runs()) },
		Reading: func(object string, done, of int) { n.Progress.Doing("pull", object, done, of) },
	}); err != nil {
		return report, err
	}
	if report.New > 0 { // else there is nothing to give, and who is done already waits for it
		giveBack()
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

// told is what the state says that a run must be told: SQL cannot ask, for the
// tables that tell of runs are built last.
type told struct {
	hash         string // of what earlier runs recorded of events, and people decided
	rulesChanged any    // as-of of the run since which the rules are others; nil if they are not
	listedBefore any    // objects that the newest run found; nil before the first
}

// readState asks the state what this run must be told.
func (n *night) readState(ctx context.Context, asOf time.Time) (t told, err error) {
	dir, remove, err := n.home.Temp()
	if err != nil {
		return t, err
	}
	defer fault.Also(&err, remove)
	tables := append(slices.Sorted(maps.Keys(compute.RecordedBy)), "state.alerts")
	for _, table := range append(slices.Clone(tables), "state.runs", "state.decisions") {
		if _, err := n.state.Build(ctx, n.rules, n.cat.Lookup(table), dir); err != nil {
			return t, err
		}
	}
	for _, relation := range []string{ruleChange, listedBefore} {
		if err := n.rules.Build(ctx, n.cat.Lookup(relation), duckdb.Params{"as_of": asOf, "sql_h1": n.cat.Sum}); err != nil {
			return t, err
		}
	}
	changes, err := duckdb.Relation[struct {
		AsOf time.Time `json:"as_of"`
	}](ctx, n.rules, ruleChange)
	if err != nil {
		return t, err
	}
	for _, c := range changes { // one at most
		t.rulesChanged = c.AsOf.Format(time.RFC3339Nano)
	}
	before, err := duckdb.Relation[struct {
		ObjectsListed int64 `json:"objects_listed"`
	}](ctx, n.rules, listedBefore)
	if err != nil {
		return t, err
	}
	for _, b := range before { // one at most
		t.listedBefore = b.ObjectsListed
	}
	t.hash, err = n.rules.State(ctx, asOf, append(tables, ruleChange)...)
	return t, err
}

// start makes the run's own database over the landing files as they are now.
func (n *night) start(ctx context.Context) (err error) {
	segments, listing := n.landing.Files()
	for _, f := range segments {
		n.rec.Inputs.Segments = append(n.rec.Inputs.Segments, record.File(f))
	}
	n.rec.Inputs.Listing = record.File(listing)
	former, err := n.former()
	if err != nil {
		return err
	}
	if err := n.home.Clear(n.rec.RunID); err != nil {
		return err
	}
	if n.audited != "" { // it is a part of the run, as verify reads it
		kept := n.home.Audited(n.rec.RunID)
		if err := os.Rename(n.audited, kept); err != nil {
			return fmt.Errorf("keep what was counted of the platform's tables: %w", err)
		}
		n.audited = kept
	}
	n.run, err = compute.Start(ctx, compute.Options{
		Catalog: n.cat, Segments: n.landing.Segments(), Listing: n.landing.Listing(),
		State: n.state, Params: n.params, Dir: n.home.Run(n.rec.RunID), Threads: n.Threads, Memory: n.Memory,
		Former: former, Landing: n.rec.Inputs.Segments, Listed: n.rec.Inputs.Listing,
		Audited: n.audited, Counted: n.rec.Inputs.Audited, Profile: n.Profile, Doing: n.Progress.Doing,
	})
	return err
}

// former is the run that was recorded last and has its database still; nil if there is
// none that can be believed, or none may be.
func (n *night) former() (*compute.Former, error) {
	if n.Fresh {
		return nil, nil
	}
	ids, err := n.Workdir.Recorded()
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	id := n.Workdir.RecordedLast(ids)
	database := n.Workdir.Database(id)
	if id == n.rec.RunID { // its folder is about to be cleared
		database = n.Workdir.Newest()
	}
	if _, err := os.Stat(database); err != nil {
		return nil, nil
	}
	r, intact, err := record.Read(n.Workdir.Record(id))
	if err != nil || !intact {
		return nil, nil
	}
	return &compute.Former{Record: r, Database: database}, nil
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

// askOne asks a relation that answers with one row.
func askOne[R any](ctx context.Context, n *night, relation string) (row R, err error) {
	answer, err := n.run.Ask(ctx, n.cat.Lookup(relation))
	if err != nil {
		return row, err
	}
	rows, err := duckdb.Rows[R](answer)
	if err == nil && len(rows) != 1 {
		err = fmt.Errorf("%d rows instead of one", len(rows))
	}
	if err != nil {
		return row, fmt.Errorf("ask %s: %w", relation, err)
	}
	return rows[0], nil
}

// checkScope holds --game to a game that there is, before anything is published.
func (n *night) checkScope(ctx context.Context) error {
	if n.Scope.Game == "" {
		return nil
	}
	scope, err := askOne[struct {
		Games    int64   `json:"games"`
		GameDate *string `json:"game_date"`
	}](ctx, n, "report.games_in_scope")
	switch {
	case err != nil:
		return err
	case scope.Games > 0:
		return nil
	case scope.GameDate == nil:
		return fault.Usagef("a 10-digit NBA id or YYYYMMDD_AWY_HOM, away team first",
			"--game %s: no schedule that this run saw holds such a game; nothing was published", n.Scope.Game)
	}
	return fault.Usagef("--game "+n.Scope.Game+" without --from and --to", "--game %s: it is on %s, outside %s..%s; nothing was published",
		n.Scope.Game, *scope.GameDate, n.rec.Run.WindowFrom, n.rec.Run.WindowTo)
}

// orTouched is what came of reading the landing, or that a file of it is not what it
// was when the run began: the engine may read those files, and knows no way to be
// kept from writing into them.
func (n *night) orTouched(ctx context.Context, err error) error {
	paths := append(n.landing.Segments(), n.landing.Listing())
	for i, was := range n.rec.Inputs.Landing() {
		now, failed := record.FileOf(ctx, paths[i])
		if failed != nil {
			return errors.Join(err, failed)
		}
		if now != was {
			return fault.Damagef("find out what writes there besides sourcecov; put the file back from a backup, then the same command again",
				"%s of %s changed while the night read it; nothing is published", was.Name, n.home.Landing())
		}
	}
	return err
}

// count fills in what the run's own row tells, the verdict, and the exit status.
func (n *night) count(ctx context.Context) error {
	c, err := askOne[struct {
		ObjectsListed      int64 `json:"objects_listed"`
		ObjectsQuarantined int64 `json:"objects_quarantined"`
		CellsDue           int64 `json:"cells_due"`
		CellsPresent       int64 `json:"cells_present"`
		GapsOpen           int64 `json:"gaps_open"`
		GapsAccepted       int64 `json:"gaps_accepted"`
	}](ctx, n, "report.run_counts")
	if err != nil {
		return err
	}
	r := &n.rec.Run
	r.ObjectsListed, r.ObjectsQuarantined, r.CellsDue, r.CellsPresent = c.ObjectsListed, c.ObjectsQuarantined, c.CellsDue, c.CellsPresent
	r.GapsOpen, r.GapsAccepted = c.GapsOpen, c.GapsAccepted
	if err := n.judge(ctx); err != nil {
		return err
	}
	r.ExitCode = int64(n.exitCode(*n.rec.Verdict))
	return nil
}

// judge gives the verdict: that of the rules, or what the checks say that forbid to publish.
func (n *night) judge(ctx context.Context) error {
	answer, err := askOne[struct {
		Judgement string  `json:"judgement"`
		Said      string  `json:"said"`
		WorstOpen *string `json:"worst_open"`
	}](ctx, n, "report.verdict")
	if err != nil {
		return err
	}
	v := &record.Verdict{Judgement: answer.Judgement, Said: answer.Said}
	if answer.WorstOpen != nil {
		v.Worst = *answer.WorstOpen
	}
	n.rec.Verdict = v
	var said []string
	allBlind := true
	for _, c := range n.rec.Checks {
		if !c.Failed() {
			continue
		}
		what := c.Finds
		if c.Blind {
			what = "it looked over nothing although its inputs have rows"
		}
		said = append(said, fmt.Sprintf("check %s: %s", c.Check, what))
		allBlind = allBlind && c.Blind
	}
	if len(said) == 0 {
		return nil
	}
	v.Blocked = true
	v.Said = "nothing is published; " + strings.Join(said, "; ")
	switch {
	case allBlind:
		v.Judgement = record.NotJudged
	case v.Judgement == record.OK:
		v.Judgement = record.NotOK
	}
	return nil
}

// finish writes run.json, makes the database the newest one and drops old ones.
func (n *night) finish(ctx context.Context) error {
	if err := n.run.Finish(ctx); err != nil {
		return err
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
