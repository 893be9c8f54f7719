// Package verify executes a recorded run once more and compares.
package verify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/warehouse"
)

// Options say which run is verified, and where its files are.
type Options struct {
	Run     string // its id, the beginning of one that no other run has, or place.Newest
	Workdir place.Workdir
	Threads int
	Memory  string

	OpenState     func(context.Context) (mirror.Bucket, error)
	OpenWarehouse func(ctx context.Context, target string) (warehouse.Loader, error) // target is where the run published

	// Began tells which run it is, as soon as that is known.
	Began func(*record.Record)
	// Doing tells what a step is about now, as night.Progress does.
	Doing func(step, what string, done, of int)
}

// A Result is what came of a verification.
type Result struct {
	Record      *record.Record // the run as it was recorded
	Compared    []Compared     // what was compared, in order
	Differences []Difference   // what is not as it was, in order
	Notes       []string       // what else to know
	Executed    bool           // the run was executed, which it is not if a file is damaged
}

// A Compared counts what was looked at, of one kind.
type Compared struct {
	What  string
	Count int
	Equal *int // nil: it was not looked at
}

// A Difference is one thing that is not as it was.
type Difference struct {
	What    string // landing, state, published, relation, output, check or report
	Name    string
	SQLPath string // of a relation
	How     string
	next    string // what to do about it
}

// verification is one recorded run, executed once more. Nothing but a temporary
// folder is written, and nothing but recorded files is read.
type verification struct {
	Options
	Result
	recorded *sql.Catalog // the SQL that was run
	own      *sql.Catalog // the SQL inside this binary
	dir      string       // temporary folder
	loader   warehouse.Loader
}

// Run verifies a run. First it looks whether all that is needed for that, and
// all that was published, is as it was; only then does it compute, and compare
// every relation and every output. With a difference there is a result and an
// error, a [*fault.DamageError] that names the first one.
func Run(ctx context.Context, opt Options) (result *Result, err error) {
	v := &verification{Options: opt}
	if v.own, err = sql.Load(sql.Embedded()); err != nil {
		return nil, err
	}
	id, err := opt.Workdir.FindRun(opt.Run, "sourcecov verify RUN")
	if err != nil {
		return nil, err
	}
	if v.dir, err = os.MkdirTemp("", "sourcecov-verify-"); err != nil {
		return nil, fmt.Errorf("make a folder to verify in: %w", err)
	}
	defer fault.Also(&err, func() error { return os.RemoveAll(v.dir) })
	if err := v.read(id); err != nil {
		return nil, err
	}
	if v.loader, err = v.OpenWarehouse(ctx, v.Record.Run.Target); err != nil {
		return nil, err
	}
	v.Began(v.Record)
	state, err := v.inspect(ctx)
	if err != nil {
		return nil, err
	}
	if len(v.Differences) > 0 {
		v.leaveOut()
		return &v.Result, v.verdict()
	}
	if err := v.execute(ctx, state); err != nil {
		return nil, err
	}
	return &v.Result, v.verdict()
}

const nextRecord = "put the record back from a backup; this version may also be too new for it"

// read reads the record and takes the SQL out of it. Its parts that have hashes
// of their own are asked first: they can tell more exactly what is damaged.
func (v *verification) read(id string) error {
	name := path.Join("runs", id, "run.json")
	restore := "put " + name + " back from a backup; if that run published last, sourcecov nightly with its flags writes it anew"
	damaged := fault.Damagef(restore, "the record %s is damaged", name)
	r, intact, err := record.Read(v.Workdir.Record(id))
	switch {
	case errors.Is(err, record.ErrDamaged):
		return damaged
	case errors.Is(err, record.ErrEarly):
		return fault.Damagef("run sourcecov nightly again, with the flags of that run",
			"the record %s was written by an earlier version, which recorded otherwise", name)
	case err != nil:
		return err
	}
	v.Record = r
	files := make([]*sql.File, len(r.SQL))
	for i, f := range r.SQL {
		if sql.Hash(f.Text) != f.Hash {
			return fault.Damagef(restore, "sql/%s: the text in the record does not have the recorded hash", f.Path)
		}
		files[i] = &sql.File{Path: f.Path, Text: f.Text}
	}
	switch {
	case sql.Total(files) != r.Run.SQLH1:
		return fault.Damagef(restore, "the SQL files in the record %s do not have the recorded total", name)
	case !intact:
		return damaged
	case r.RunID != id:
		return fault.Damagef(restore, "the record %s is that of the run %s", name, r.RunID)
	}
	v.compared("SQL files", len(files), 0)
	return v.loadSQL()
}

// loadSQL writes the recorded SQL to files, for that is what a catalog is made of.
func (v *verification) loadSQL() error {
	dir := filepath.Join(v.dir, "sql")
	for _, f := range v.Record.SQL {
		if !filepath.IsLocal(f.Path) {
			return fault.Damagef("put the record back from a backup", "the record names an SQL file %q, which no run does", f.Path)
		}
		name := filepath.Join(dir, f.Path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(f.Text), 0o644)); err != nil {
			return fmt.Errorf("write the recorded SQL: %w", err)
		}
	}
	var err error
	if v.recorded, err = sql.Load(os.DirFS(dir)); err != nil {
		return fault.Damagef(nextRecord, "the recorded SQL cannot be run: %v", err)
	}
	if v.recorded.Sum != v.own.Sum {
		v.Notes = append(v.Notes, "the SQL files in this program are others than the recorded ones, which were run")
	}
	return nil
}

// compared notes how many of one kind were compared and how many of them differ.
func (v *verification) compared(what string, count, differ int) {
	equal := count - differ
	v.Compared = append(v.Compared, Compared{what, count, &equal})
}

// differs notes a difference.
func (v *verification) differs(what, name, next, how string, args ...any) {
	d := Difference{What: what, Name: name, How: fmt.Sprintf(how, args...), next: next}
	if what == "relation" {
		d.SQLPath = "not in the recorded SQL"
		if f := v.recorded.Lookup(name); f != nil {
			d.SQLPath = "sql/" + f.Path
		}
	}
	v.Differences = append(v.Differences, d)
}

// leaveOut notes what was not computed, because what it is computed from is damaged.
func (v *verification) leaveOut() {
	partitions := 0
	for _, o := range v.Record.Outputs {
		partitions += len(o.Partitions)
	}
	v.Compared = append(v.Compared, Compared{What: "relations", Count: len(v.Record.Relations)}, Compared{What: "output partitions", Count: partitions},
		Compared{What: "checks", Count: len(v.Record.Checks)}, Compared{What: "reports", Count: len(v.Record.Reports)})
	v.Notes = append(v.Notes, "nothing was executed: what is damaged has to be restored first")
}

// verdict is nil if everything is equal, else an error that names the first difference.
func (v *verification) verdict() error {
	if len(v.Differences) == 0 {
		return nil
	}
	first := v.Differences[0]
	if first.What == "relation" {
		return fault.Damagef(first.next, "%s (%s) is the first relation that differs: %s", first.Name, first.SQLPath, first.How)
	}
	return fault.Damagef(first.next, "%s %s", first.Name, first.How)
}

// execute runs the recorded SQL over the recorded files, as far as the run got,
// and compares.
func (v *verification) execute(ctx context.Context, state *compute.State) (err error) {
	params, err := v.Record.SQLParams()
	if err != nil {
		return fault.Damagef("put the record back from a backup", "%v", err)
	}
	opt := compute.Options{Catalog: v.recorded, State: state, Params: params, Dir: filepath.Join(v.dir, "run"), Threads: v.Threads, Memory: v.Memory,
		Listing: filepath.Join(v.Workdir.Landing(), v.Record.Inputs.Listing.Name), Doing: v.Doing}
	for _, s := range v.Record.Inputs.Segments { // later ones do not count
		opt.Segments = append(opt.Segments, filepath.Join(v.Workdir.Landing(), s.Name))
	}
	if counted := v.Record.Inputs.Audited; counted != nil {
		opt.Audited, opt.Counted = v.Workdir.Audited(v.Record.RunID), counted
	}
	state.Head.Segments, state.Head.Sums = map[string][]string{}, map[string]string{}
	for table, read := range v.Record.Inputs.StateSegments {
		for _, s := range read {
			state.Head.Segments[table] = append(state.Head.Segments[table], s.Name)
			state.Head.Sums[s.Name] = s.SHA256
		}
	}
	if err := os.Mkdir(opt.Dir, 0o755); err != nil {
		return fmt.Errorf("make a folder to verify in: %w", err)
	}
	run, err := compute.Start(ctx, opt)
	if err != nil {
		return unrunnable(err)
	}
	defer fault.Also(&err, run.Close)
	if _, err := run.Build(ctx, func(f *sql.File) bool { return !compute.TellsOfRuns(v.recorded, f) }); err != nil {
		return unrunnable(err)
	}
	// A run that published nothing has not got to the tables that tell of runs.
	_, err = run.Build(ctx, func(f *sql.File) bool { return compute.TellsOfRuns(v.recorded, f) && v.Record.Built(f.Relation()) })
	if err != nil {
		return unrunnable(err)
	}
	if now := run.DB.Version(); now != v.Record.Run.EngineVersion {
		v.Notes = append(v.Notes, fmt.Sprintf("the run was computed by DuckDB %s and now by %s: hashes may differ for that reason alone", v.Record.Run.EngineVersion, now))
	}
	return unrunnable(v.compare(ctx, run))
}

// unrunnable makes a fault of a recorded SQL file one of the record: no flag of
// verify can cure it.
func unrunnable(err error) error {
	var file *sql.FileError
	if errors.As(err, &file) {
		return fault.Damagef(nextRecord, "the recorded SQL cannot be run: %v", file)
	}
	return err
}

// compare compares all that came of the run with what was recorded.
func (v *verification) compare(ctx context.Context, run *compute.Run) error {
	checks, err := run.Check(ctx)
	if err != nil {
		return err
	}
	reports, err := run.Report(ctx)
	if err != nil {
		return err
	}
	outputs := map[string][]duckdb.Partition{}
	for _, o := range v.Record.Outputs {
		f := v.recorded.Lookup("publish." + o.Table)
		if f == nil {
			continue // its rows are then missing, which is told
		}
		if outputs[o.Table], err = run.DB.Partitions(ctx, f); err != nil {
			return err
		}
	}
	v.Executed = true
	v.compareRelations(run.Relations)
	v.compareOutputs(outputs)
	v.compareAnswers(checks, reports)
	return nil
}
