// Package compute runs the SQL files of a catalog in a database of a run's own:
// what nightly computes and what verify computes once more.
package compute

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
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
)

// Options say what a run is computed from.
type Options struct {
	Catalog  *sql.Catalog
	Segments []string // landing files
	Listing  string   // the newest listing
	State    *State
	Params   duckdb.Params // what SQL files may ask for
	Former   *Former       // whose tables may be taken over; nil: everything is computed
	Landing  []record.File // the segments as they are, and
	Listed   record.File   // the listing
	Audited  string        // file with what was counted of the platform's tables; "" if nobody looked
	Counted  *record.File  // that file as it is
	Profile  bool          // write the engine's profile of each relation into Dir/profile
	Dir      string        // the run's folder; the database ends up in it as run.duckdb
	Threads  int
	Memory   string

	// Doing, if it is not nil, is told which file a step (build, check, report) comes to,
	// and how many of how many it has done.
	Doing func(step, file string, done, of int)
}

// A Run is a database that is being computed.
type Run struct {
	DB        *duckdb.DB
	Relations []record.Relation        // every table that was built, in order
	Segments  map[string][]record.File // those that each state table was built from

	opt      Options
	building string // folder in which the database lies until it is whole

	former   *Former                  // nil once nothing is taken over any more
	was, now map[string]duckdb.Prints // of the relations of the former run and of this one, as far as they are known
}

// Start makes the database. Nothing is computed yet.
func Start(ctx context.Context, opt Options) (run *Run, err error) {
	r := &Run{opt: opt, Segments: map[string][]record.File{}}
	if err := r.open(ctx, opt.Former); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// open makes the database anew: over that of a former run, if that can be.
func (r *Run) open(ctx context.Context, former *Former) (err error) {
	opt := r.opt
	r.former, r.Relations = nil, nil
	r.was, r.now = map[string]duckdb.Prints{}, map[string]duckdb.Prints{}
	// The database is built in a folder with a name of its own and moved when it
	// is whole. The engine keeps its open files by path, and opening one again
	// that the same process has just closed can spin for ever (duckdb#25965).
	if r.building, err = os.MkdirTemp(opt.Dir, "building-"); err != nil {
		return fmt.Errorf("make the run's folder: %w", err)
	}
	path := filepath.Join(r.building, "run.duckdb")
	if former != nil {
		if err := copyDatabase(former.Database, path); err != nil {
			return fmt.Errorf("copy the database of the run before: %w", err)
		}
	}
	r.DB, err = duckdb.Open(ctx, duckdb.Options{
		Path:        path,
		Threads:     opt.Threads,
		MemoryLimit: opt.Memory,
		TempDir:     r.building,
		Allowed:     []string{opt.Dir},
		Files:       opt.files(),
		Profile:     opt.Profile,
	}, opt.Catalog)
	if err == nil && former != nil {
		if former.usable(opt.Catalog, r.DB.Version()) {
			r.former = former
			err = r.DB.DropStrays(ctx)
		} else {
			err = errUnusable
		}
	}
	if err == nil {
		err = r.DB.OverLanding(ctx, opt.Segments, opt.Listing)
	}
	if err == nil && opt.Audited != "" {
		err = r.DB.OverAudited(ctx, opt.Audited)
	}
	if err == nil || former == nil || ctx.Err() != nil {
		r.now[sql.Landing.Name], r.now[sql.Listing.Name] = landingPrints(opt.Landing), landingPrints([]record.File{opt.Listed})
		r.now[sql.Audited.Name] = auditedPrints(opt.Counted)
		if r.former != nil {
			r.was[sql.Landing.Name] = landingPrints(former.Record.Inputs.Segments)
			r.was[sql.Listing.Name] = landingPrints([]record.File{former.Record.Inputs.Listing})
			r.was[sql.Audited.Name] = auditedPrints(former.Record.Inputs.Audited)
		}
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	return r.open(ctx, nil)
}

// files are those that the engine may read besides the run's folder.
func (opt Options) files() []string {
	files := append(slices.Clone(opt.Segments), opt.Listing)
	if opt.Audited != "" {
		files = append(files, opt.Audited)
	}
	return files
}

// errUnusable says that the tables of the former run are of no use.
var errUnusable = errors.New("nothing of the former run can be taken over")

// Close ends the use of a database; one that is not finished is removed. A second
// call does nothing.
func (r *Run) Close() (err error) {
	if r.DB != nil {
		err = r.DB.Close()
		r.DB = nil
	}
	return errors.Join(err, os.RemoveAll(r.building))
}

// Finish writes the database to the disk, proves that it holds every relation
// that was built, and only then moves it to its place. It cannot be asked any more.
func (r *Run) Finish(ctx context.Context) error {
	err := r.DB.Checkpoint(ctx)
	if err = errors.Join(err, r.DB.Close()); err == nil {
		err = r.keep(ctx)
	}
	r.DB = nil
	if err = errors.Join(err, os.RemoveAll(r.building)); err != nil {
		return fmt.Errorf("finish the run's database: %w", err)
	}
	return nil
}

func (r *Run) keep(ctx context.Context) error {
	built, kept := filepath.Join(r.building, "run.duckdb"), filepath.Join(r.opt.Dir, "run.duckdb")
	if err := mirror.Sync(built); err != nil {
		return err
	}
	if err := Answers(ctx, built, r.building, r.Relations); err != nil {
		return err
	}
	if err := os.Rename(built, kept); err != nil {
		return err
	}
	return mirror.Sync(kept)
}

// Answers is nil if a run's database can be opened and holds these relations,
// each with its rows. dir is a temporary folder on the same disk.
func Answers(ctx context.Context, database, dir string, relations []record.Relation) error {
	// For the same reason it is opened under a name that it is never opened by again.
	asked := filepath.Join(dir, "asked.duckdb")
	if err := os.Link(database, asked); err != nil {
		return err
	}
	rows := map[string]int64{}
	for _, r := range relations {
		rows[r.Name] = r.Rows
	}
	return errors.Join(duckdb.Holds(ctx, asked, rows), os.Remove(asked))
}

// TellsOfRuns reports whether a file is computed from what runs did, so that it
// can be built and published only once this run is recorded.
func TellsOfRuns(cat *sql.Catalog, f *sql.File) bool { return cat.DependsOn(f, "state.runs") }

// TellsOfAudit reports whether a published file is what the audit found: a night in
// which nobody looked has nothing to say of it.
func TellsOfAudit(f *sql.File) bool { return slices.Contains(f.Reads, "model.audit_finding") }

// Build builds, in order, every file that can be built and is wanted, and counts them.
// What need not be computed is taken over from the former run. If that run's database
// cannot be read, all is computed.
func (r *Run) Build(ctx context.Context, wanted func(*sql.File) bool) (built int, err error) {
	for {
		built, err = r.buildAll(ctx, wanted)
		if !errors.Is(err, errUnusable) {
			return built, err
		}
		if err := r.Close(); err != nil {
			return built, err
		}
		if err := r.open(ctx, nil); err != nil {
			return built, err
		}
	}
}

func (r *Run) buildAll(ctx context.Context, wanted func(*sql.File) bool) (built int, err error) {
	all := 0
	for _, f := range r.opt.Catalog.Files {
		if !f.Kind.Asked() && wanted(f) {
			all++
		}
	}
	for _, f := range r.opt.Catalog.Files {
		if f.Kind.Asked() {
			continue
		}
		if !wanted(f) {
			if r.former == nil || !f.Kind.Table() || r.now[f.Relation()] != nil {
				continue
			}
			delete(r.former.relations, f.Relation()) // nobody may read what the former run knew
			if err := r.DB.Drop(ctx, f); err != nil {
				return built, err
			}
			continue
		}
		r.doing("build", f, built, all)
		if err := r.build(ctx, f); err != nil {
			return built, err
		}
		built++
	}
	return built, nil
}

func (r *Run) doing(step string, f *sql.File, done, of int) {
	if r.opt.Doing != nil {
		r.opt.Doing(step, f.Path, done, of)
	}
}

func (r *Run) build(ctx context.Context, f *sql.File) (err error) {
	if f.Kind == sql.Type && r.former != nil {
		return nil // it is there, and the same
	}
	if !f.Kind.Table() { // a type or a macro shows in what uses it
		return r.DB.Build(ctx, f, r.opt.Params)
	}
	began, name := time.Now(), f.Relation()
	if r.now[name] != nil {
		return nil // before its turn
	}
	of := change{why: "nothing was there to be taken over"}
	if r.former != nil {
		if r.was[name], err = r.left(ctx, f); err != nil {
			return err
		}
		of = r.changed(f)
	}
	switch {
	case f.Kind == sql.Schema:
		if err := r.DB.Drop(ctx, f); err != nil {
			return err
		}
		if r.Segments[name[len("state."):]], err = r.opt.State.Build(ctx, r.DB, f, filepath.Join(r.opt.Dir, "state")); err != nil {
			return err
		}
		r.now[name], err = r.DB.Prints(ctx, f, nil)
	case of.why == "":
		r.now[name], err = r.was[name], r.DB.Union(ctx, f)
	case of.parts != nil && r.was[name].HasOthers(of.parts):
		r.now[name], err = r.buildParts(ctx, f, of.parts)
	default:
		r.now[name], err = r.buildWhole(ctx, f)
	}
	if err != nil {
		return err
	}
	all := r.now[name].All()
	rel := record.Relation{Name: name, Path: f.Path, Rows: all.Rows, Hash: all.Hash(), Why: of.why, Parts: of.parts, Millis: time.Since(began).Milliseconds()}
	if of.why != "" {
		p := r.DB.Profile()
		rel.Peak = p.Peak
		if err := r.keepProfile(name, p); err != nil {
			return err
		}
	}
	r.Relations = append(r.Relations, rel)
	if stray := r.opt.Catalog.Lookup(strayGame); stray != nil && slices.Contains(stray.Reads, name) {
		return r.build(ctx, stray) // whether what follows can be computed in parts
	}
	return nil
}

// keepProfile writes the engine's profile of a relation beside the database.
func (r *Run) keepProfile(name string, p duckdb.Profile) error {
	if !r.opt.Profile || p.Tree == nil {
		return nil
	}
	return place.WriteFile(filepath.Join(r.opt.Dir, "profile", name+".json"), append(p.Tree, '\n'))
}

func (r *Run) buildWhole(ctx context.Context, f *sql.File) (duckdb.Prints, error) {
	if r.former != nil {
		if err := r.DB.Drop(ctx, f); err != nil {
			return nil, err
		}
	}
	if groups := r.apartIn(f); len(groups) > 1 {
		if now, err := r.buildApart(ctx, f, groups); now != nil || err != nil {
			return now, err
		}
	}
	if err := r.DB.Build(ctx, f, r.opt.Params); err != nil {
		return nil, err
	}
	return r.DB.Prints(ctx, f, nil)
}

// atOnce is how many rows, of those that a relation reads, are worked on at once if it
// can be built by seasons: what four seasons and more come to. It decides how much
// memory is needed and how long it takes, and never what is built.
const atOnce = 1_500_000

// apartIn lists the seasons that a relation is built by, some at a time. One group or
// none: it is built at once.
func (r *Run) apartIn(f *sql.File) [][]string {
	if stray := r.now[strayGame]; f.Parts != "season" || stray == nil || stray.All().Rows > 0 {
		return nil
	}
	all, parts := int64(0), duckdb.Prints{}
	for _, name := range f.Reads {
		read := r.opt.Catalog.Lookup(name)
		if read == nil { // a union
			for _, m := range r.opt.Catalog.Members(name) {
				all += r.now[m.Relation()].All().Rows
			}
			continue
		}
		all += r.now[name].All().Rows
		if duckdb.Restricts(f, read) {
			maps.Copy(parts, r.now[name])
		}
	}
	each := max(1, len(parts)*atOnce/max(1, int(all)))
	return slices.Collect(slices.Chunk(slices.Sorted(maps.Keys(parts)), each))
}

// buildApart builds the seasons of a relation some at a time. A header that promises
// parts that do not add up is not believed: then nothing comes of it.
func (r *Run) buildApart(ctx context.Context, f *sql.File, groups [][]string) (duckdb.Prints, error) {
	rows, err := r.DB.BuildApart(ctx, f, r.opt.Params, groups)
	if err != nil {
		return nil, err
	}
	now, err := r.DB.Prints(ctx, f, nil)
	if err != nil {
		return nil, err
	}
	left := now.All().Rows
	for i, parts := range groups {
		for _, part := range parts {
			rows[i] -= now[part].Rows
			left -= now[part].Rows
		}
	}
	if left != 0 || slices.ContainsFunc(rows, func(n int64) bool { return n != 0 }) {
		return nil, r.DB.Drop(ctx, f)
	}
	return now, nil
}

// buildParts computes some parts. A header that promises parts that do not add up is
// not believed.
func (r *Run) buildParts(ctx context.Context, f *sql.File, parts []string) (duckdb.Prints, error) {
	if err := r.DB.BuildParts(ctx, f, r.opt.Params, parts); err != nil {
		return nil, err
	}
	fresh, err := r.DB.Prints(ctx, f, parts)
	if err != nil {
		return nil, err
	}
	now := maps.Clone(r.was[f.Relation()])
	for _, part := range parts {
		delete(now, part)
	}
	maps.Copy(now, fresh)
	rows, err := r.DB.Count(ctx, f)
	if err == nil && rows != now.All().Rows {
		return r.buildWhole(ctx, f)
	}
	return now, err
}

// Check asks every check what offends, and each published table that is built
// without knowing of this run whether its key is unique. A check that fails to
// run is an error, never a pass.
func (r *Run) Check(ctx context.Context) ([]duckdb.Finding, error) {
	var out []duckdb.Finding
	checks, tables := r.opt.Catalog.Kind(sql.Check), r.opt.Catalog.Kind(sql.Publish)
	for i, f := range checks {
		r.doing("check", f, i, len(checks)+len(tables))
		finding, err := r.DB.Check(ctx, f, r.opt.Params)
		if err != nil {
			return nil, err
		}
		out = append(out, finding)
	}
	for i, f := range tables {
		r.doing("check", f, len(checks)+i, len(checks)+len(tables))
		if TellsOfRuns(r.opt.Catalog, f) {
			continue
		}
		finding, err := r.DB.CheckKey(ctx, f)
		if err != nil {
			return nil, err
		}
		out = append(out, finding)
	}
	return out, nil
}

// Report asks every report file, in order of name.
func (r *Run) Report(ctx context.Context) ([]record.Report, error) {
	var out []record.Report
	reports := r.opt.Catalog.Kind(sql.Report)
	for i, f := range reports {
		r.doing("report", f, i, len(reports))
		answer, err := r.Ask(ctx, f)
		if err != nil {
			return nil, err
		}
		out = append(out, record.Report{Name: f.Name, Table: answer})
	}
	return out, nil
}

// Ask asks one file.
func (r *Run) Ask(ctx context.Context, f *sql.File) (duckdb.Table, error) {
	return r.DB.Ask(ctx, f, r.opt.Params)
}

// Shapes proves every file of a catalog as [duckdb.DB.Shapes] does, in a database of
// its own. dir is a temporary folder.
func Shapes(ctx context.Context, cat *sql.Catalog, threads int, memory, dir string) (wrong []error, err error) {
	db, err := duckdb.Open(ctx, duckdb.Options{Threads: threads, MemoryLimit: memory, Allowed: []string{dir}}, cat)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Shapes(ctx, dir)
}

// OpenRules opens a database in memory with the types and, of the reference tables,
// those that the relations asked are or read: it answers what is fixed before a run
// has a name, such as which prefixes to list. nil asks all. SQL may read the allowed
// folders.
func OpenRules(ctx context.Context, cat *sql.Catalog, asked []string, threads int, memory string, allowed ...string) (*duckdb.DB, error) {
	db, err := duckdb.Open(ctx, duckdb.Options{Threads: threads, MemoryLimit: memory, Allowed: allowed}, cat)
	if err != nil {
		return nil, err
	}
	err = db.BuildAll(ctx, nil, sql.Type)
	for _, f := range cat.Kind(sql.Reference) {
		if err == nil && (asked == nil || slices.ContainsFunc(asked, func(name string) bool { return cat.DependsOn(cat.Lookup(name), f.Relation()) })) {
			err = db.Build(ctx, f, nil)
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
