package compute

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"

	"sourcecov/duckdb"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sql"
)

// ReadRecord reads the record of a run, in which every byte is as it was written.
// Any other is a [*fault.DamageError].
func ReadRecord(w place.Workdir, id string) (*record.Record, error) {
	name := path.Join("runs", id, "run.json")
	r, intact, err := record.Read(w.Record(id))
	switch {
	case errors.Is(err, record.ErrEarly):
		return nil, fault.Damagef("run sourcecov nightly again, with the flags of that run",
			"the record %s was written by an earlier version, which recorded otherwise", name)
	case errors.Is(err, record.ErrDamaged), err == nil && !intact:
		return nil, fault.Damagef("put it back from a backup, or run sourcecov nightly again, with the flags of that run",
			"the record %s is damaged", name)
	case err != nil:
		return nil, err
	case r.RunID != id:
		return nil, fault.Damagef("put it back from a backup", "the record %s is that of the run %s", name, r.RunID)
	}
	return r, nil
}

// OpenRun opens the database of a finished run, to be asked and left as it is.
// That it is not there is a usage error. The files are what SQL may read besides.
func OpenRun(ctx context.Context, w place.Workdir, id string, cat *sql.Catalog, threads int, memory string, files ...string) (*duckdb.DB, error) {
	if !w.HasDatabase(id) {
		return nil, w.NoDatabase(id)
	}
	return duckdb.Open(ctx, duckdb.Options{Path: w.Database(id), ReadOnly: true, Threads: threads, MemoryLimit: memory, Files: files}, cat)
}

// A Look is a finished run that is asked, and left as it is.
type Look struct {
	*duckdb.DB
	Run    *record.Record
	Params duckdb.Params // that the run bound; a copy
	file   string
}

// LookAt opens the run that a person means, as [place.Workdir.FindRun] finds it, with
// its record. next is what to type if he means none. The files are what SQL may read besides.
func LookAt(ctx context.Context, w place.Workdir, run, next string, cat *sql.Catalog, threads int, memory string, files ...string) (*Look, error) {
	l, err := find(w, run, next)
	if err == nil {
		l.DB, err = OpenRun(ctx, w, l.Run.RunID, cat, threads, memory, files...)
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// CopyOf is LookAt over a copy of the run's database in dir, in which relations can be
// built anew.
func CopyOf(ctx context.Context, w place.Workdir, run, next string, cat *sql.Catalog, threads int, memory, dir string, files ...string) (*Look, error) {
	l, err := find(w, run, next)
	if err != nil {
		return nil, err
	}
	if !w.HasDatabase(l.Run.RunID) {
		return nil, w.NoDatabase(l.Run.RunID)
	}
	file := filepath.Join(dir, "run.duckdb")
	if err := copyDatabase(l.file, file); err != nil {
		return nil, fmt.Errorf("copy the database of the run %s: %w", l.Run.RunID, err)
	}
	l.DB, err = duckdb.Open(ctx, duckdb.Options{Path: file, Threads: threads, MemoryLimit: memory, TempDir: dir, Files: files}, cat)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// find is a look at the run that a person means, of which no database is open yet.
func find(w place.Workdir, run, next string) (*Look, error) {
	id, err := w.FindRun(run, next)
	if err != nil {
		return nil, err
	}
	r, err := ReadRecord(w, id)
	if err != nil {
		return nil, err
	}
	params, err := r.SQLParams()
	if err != nil {
		return nil, fault.Damagef("put the record back from a backup", "%v", err)
	}
	return &Look{Run: r, Params: params, file: w.Database(id)}, nil
}

// Rebuild computes a relation anew, in a copy.
func (l *Look) Rebuild(ctx context.Context, f *sql.File) error {
	err := l.Drop(ctx, f)
	if err == nil {
		err = l.Build(ctx, f, l.Params)
	}
	return Otherwise(ctx, l.file, err)
}

// Ask asks the run one file. What was made by other SQL files may not know what the
// file reads: a usage error.
func (l *Look) Ask(ctx context.Context, f *sql.File, p duckdb.Params) (duckdb.Table, error) {
	t, err := l.DB.Ask(ctx, f, p)
	return t, Otherwise(ctx, l.file, err)
}

// Otherwise is why the database of a run, in that file, did not answer; nil if it did.
func Otherwise(ctx context.Context, file string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case duckdb.NoMemory(err):
		return fault.Usagef("the same command with a higher --memory-limit", "the memory limit is too little: %v", err)
	}
	return fault.Usagef("sourcecov nightly, which makes the newest run's database anew, then this command again",
		"%s was made by other SQL files than these: %v", file, err)
}
