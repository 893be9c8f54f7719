package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sourcecov/duckdb"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// build makes the run's own database and computes every table in it, except
// those that tell of runs: they wait until this run is recorded.
func (n *night) build(ctx context.Context) error {
	// What an unfinished run of the same name left is of no use, nor are the
	// half-built databases of runs that were killed.
	half, err := filepath.Glob(filepath.Join(n.runs, "*", "building-*"))
	if err != nil {
		return fmt.Errorf("find what killed runs left: %w", err)
	}
	for _, dir := range append(half, n.dir) {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if err := errors.Join(err, os.MkdirAll(n.dir, 0o755)); err != nil {
		return fmt.Errorf("make the run's folder: %w", err)
	}
	// The database is built in a folder with a name of its own and moved when it
	// is whole. The engine keeps its open files by path, and opening one again
	// that the same process has just closed can spin for ever (duckdb#25965).
	if n.building, err = os.MkdirTemp(n.dir, "building-"); err != nil {
		return fmt.Errorf("make the run's folder: %w", err)
	}
	n.db, err = duckdb.Open(ctx, duckdb.Options{
		Path:        filepath.Join(n.building, "run.duckdb"),
		Threads:     n.threads,
		MemoryLimit: n.memory,
		TempDir:     n.building,
		Allowed:     []string{n.workdir, filepath.Dir(n.landing.Listing())},
	}, n.cat)
	if err != nil {
		return err
	}
	if err := n.db.OverLanding(ctx, n.landing.Segments(), n.landing.Listing()); err != nil {
		return err
	}
	if n.rec.Threads, err = n.db.Setting(ctx, "threads"); err != nil {
		return err
	}
	if n.rec.Memory, err = n.db.Setting(ctx, "memory_limit"); err != nil {
		return err
	}
	built := 0
	for _, f := range n.cat.Files {
		if f.Kind.Asked() || n.waits(f) {
			continue
		}
		if err := n.buildOne(ctx, f); err != nil {
			return err
		}
		built++
	}
	n.step("build", "%d relations", built)
	return nil
}

// waits reports whether a file tells of runs, so that it is built and published
// only once this run is recorded.
func (n *night) waits(f *sql.File) bool { return n.cat.DependsOn(f, "state.runs") }

// buildOne builds one file in the run's database.
func (n *night) buildOne(ctx context.Context, f *sql.File) error {
	var err error
	if f.Kind == sql.Schema {
		err = n.buildState(ctx, n.db, f, filepath.Join(n.dir, "state"))
	} else {
		err = n.db.Build(ctx, f, n.params())
	}
	if err != nil {
		return err
	}
	return n.noteBuilt(ctx, f)
}

// buildState builds a state table from the segments that HEAD names.
func (n *night) buildState(ctx context.Context, db *duckdb.DB, f *sql.File, dir string) error {
	segments, err := n.segments(ctx, db, f, dir)
	if err != nil {
		return err
	}
	return db.Build(ctx, f, duckdb.Params{"segments": segments})
}

// params are the values that SQL files may ask for.
func (n *night) params() duckdb.Params {
	if n.given != nil {
		return n.given
	}
	p := duckdb.Params{
		"as_of":       n.asOf,
		"window_from": n.from,
		"window_to":   n.to,
		"game":        nil,
		"environment": n.environment,
		"target":      n.loader.Name(),
		"clock":       n.clock.Format(time.RFC3339),
	}
	if n.looksBack() {
		p["target"] = "" // what the warehouse holds is no concern of a run that will not publish
	}
	if n.game != "" {
		p["game"] = n.game
	}
	return p
}

// segments brings the segments of a state table into a folder, an empty one
// first: the state may lie where SQL must not look.
func (n *night) segments(ctx context.Context, db *duckdb.DB, f *sql.File, dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make a folder for the state: %w", err)
	}
	table := f.Relation()[len("state."):]
	files := []string{filepath.Join(dir, table+"-empty.parquet")}
	if err := db.SaveEmpty(ctx, f, files[0]); err != nil {
		return nil, err
	}
	read := []stored{}
	if err := n.fetch(ctx, n.head.Segments[table]); err != nil {
		return nil, err
	}
	for _, name := range n.head.Segments[table] {
		file := filepath.Join(dir, name)
		files = append(files, file)
		read = append(read, storedBytes(name, n.fetched[name]))
		if err := writeFile(file, n.fetched[name]); err != nil {
			return nil, err
		}
	}
	// What this run will append next counts for it already.
	name, body, err := state.Segment(n.head, table, n.pending)
	if err != nil {
		return nil, err
	}
	if body != nil {
		files = append(files, filepath.Join(dir, name))
		read = append(read, storedBytes(name, body))
		err = writeFile(filepath.Join(dir, name), body)
	}
	if n.rec != nil {
		n.noteState(table, read)
	}
	return files, err
}

// fetch makes sure that segments of the state are at hand: each is read once a
// run, and never changes.
func (n *night) fetch(ctx context.Context, names []string) error {
	var missing []string
	for _, name := range names {
		if _, has := n.fetched[name]; !has {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if n.fetched == nil {
		n.fetched = map[string][]byte{}
	}
	return n.store.Fetch(ctx, missing, func(name string, body []byte) error {
		n.fetched[name] = body
		return nil
	})
}

// close ends the use of the run's database and moves it to its place; the
// second call does nothing.
func (n *night) close() error {
	if n.db == nil {
		return nil
	}
	err := n.db.Close()
	n.db = nil
	if err == nil {
		err = os.Rename(filepath.Join(n.building, "run.duckdb"), filepath.Join(n.dir, "run.duckdb"))
	}
	return errors.Join(err, os.RemoveAll(n.building))
}

// writeFile writes a small file whole or not at all, with its folder.
func writeFile(name string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return mirror.WriteFile(name, func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	})
}
