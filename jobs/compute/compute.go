// Package compute runs the SQL files of a catalog in a database of a run's own:
// what nightly computes and what verify computes once more.
package compute

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sourcecov/duckdb"
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
	Dir      string        // the run's folder; the database ends up in it as run.duckdb
	Threads  int
	Memory   string
}

// A Run is a database that is being computed.
type Run struct {
	DB        *duckdb.DB
	Relations []record.Relation        // every table that was built, in order
	Segments  map[string][]record.File // those that each state table was built from

	opt      Options
	building string // folder in which the database lies until it is whole
}

// Start makes the database. Nothing is computed yet.
func Start(ctx context.Context, opt Options) (run *Run, err error) {
	r := &Run{opt: opt, Segments: map[string][]record.File{}}
	// The database is built in a folder with a name of its own and moved when it
	// is whole. The engine keeps its open files by path, and opening one again
	// that the same process has just closed can spin for ever (duckdb#25965).
	if r.building, err = os.MkdirTemp(opt.Dir, "building-"); err != nil {
		return nil, fmt.Errorf("make the run's folder: %w", err)
	}
	r.DB, err = duckdb.Open(ctx, duckdb.Options{
		Path:        filepath.Join(r.building, "run.duckdb"),
		Threads:     opt.Threads,
		MemoryLimit: opt.Memory,
		TempDir:     r.building,
		Allowed:     []string{opt.Dir, filepath.Dir(opt.Listing)},
	}, opt.Catalog)
	if err == nil {
		err = r.DB.OverLanding(ctx, opt.Segments, opt.Listing)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

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

// Build builds, in order, every file that can be built and is wanted, and counts them.
func (r *Run) Build(ctx context.Context, wanted func(*sql.File) bool) (built int, err error) {
	for _, f := range r.opt.Catalog.Files {
		if f.Kind.Asked() || !wanted(f) {
			continue
		}
		if err := r.build(ctx, f); err != nil {
			return built, err
		}
		built++
	}
	return built, nil
}

func (r *Run) build(ctx context.Context, f *sql.File) (err error) {
	if f.Kind == sql.Schema {
		r.Segments[f.Relation()[len("state."):]], err = r.opt.State.Build(ctx, r.DB, f, filepath.Join(r.opt.Dir, "state"))
	} else {
		err = r.DB.Build(ctx, f, r.opt.Params)
	}
	if err != nil || !f.Kind.Table() { // a type or a macro shows in what uses it
		return err
	}
	rows, hash, err := r.DB.Fingerprint(ctx, f)
	if err != nil {
		return err
	}
	r.Relations = append(r.Relations, record.Relation{Name: f.Relation(), Path: f.Path, Rows: rows, Hash: hash})
	return nil
}

// Check asks every check what offends, and each published table that is built
// without knowing of this run whether its key is unique. A check that fails to
// run is an error, never a pass.
func (r *Run) Check(ctx context.Context) ([]duckdb.Finding, error) {
	var out []duckdb.Finding
	for _, f := range r.opt.Catalog.Kind(sql.Check) {
		finding, err := r.DB.Check(ctx, f, r.opt.Params)
		if err != nil {
			return nil, err
		}
		out = append(out, finding)
	}
	for _, f := range r.opt.Catalog.Kind(sql.Publish) {
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
	for _, f := range r.opt.Catalog.Kind(sql.Report) {
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

// OpenRules opens a database in memory with the rules alone: it answers what is
// fixed before a run has a name, such as which prefixes to list. SQL may read
// the allowed folders.
func OpenRules(ctx context.Context, cat *sql.Catalog, threads int, memory string, allowed ...string) (*duckdb.DB, error) {
	db, err := duckdb.Open(ctx, duckdb.Options{Threads: threads, MemoryLimit: memory, Allowed: allowed}, cat)
	if err != nil {
		return nil, err
	}
	if err := db.BuildAll(ctx, nil, sql.Type, sql.Reference); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
