package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
		Allowed:     []string{n.workdir},
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
	for _, f := range n.cat.Files {
		if f.Kind.Asked() || n.waits(f) {
			continue
		}
		if err := n.buildOne(ctx, f); err != nil {
			return err
		}
	}
	n.step("build", "%d relations", len(n.cat.Files)-len(n.cat.Kind(sql.Check))-len(n.cat.Kind(sql.Report)))
	return nil
}

// waits reports whether a file tells of runs, so that it is built and published
// only once this run is recorded.
func (n *night) waits(f *sql.File) bool { return n.cat.DependsOn(f, "state.runs") }

// buildOne builds one file; a state table gets the segments that HEAD names.
func (n *night) buildOne(ctx context.Context, f *sql.File) error {
	params := n.params()
	if f.Kind == sql.Schema {
		segments, err := n.segments(ctx, f.Relation()[len("state."):])
		if err != nil {
			return err
		}
		params["segments"] = segments
	}
	return n.db.Build(ctx, f, params)
}

// params are the values that SQL files may ask for.
func (n *night) params() duckdb.Params {
	p := duckdb.Params{
		"as_of":       n.asOf,
		"window_from": n.from,
		"window_to":   n.to,
		"game":        nil,
		"target":      n.loader().Name(),
	}
	if n.looksBack() {
		p["target"] = "" // what the warehouse holds is no concern of a run that will not publish
	}
	if n.game != "" {
		p["game"] = n.game
	}
	return p
}

// segments brings the segments of a state table into the run's folder, an empty
// one first: the state may lie where SQL must not look.
func (n *night) segments(ctx context.Context, table string) ([]string, error) {
	empty, err := state.Empty(table)
	if err != nil {
		return nil, err
	}
	bodies := map[string][]byte{table + "-empty.parquet": empty}
	order := []string{table + "-empty.parquet"}
	for _, name := range n.head.Segments[table] {
		if bodies[name], err = n.store.Fetch(ctx, name); err != nil {
			return nil, err
		}
		order = append(order, name)
	}
	for i, name := range order {
		order[i] = filepath.Join(n.dir, "state", name)
		if err := writeFile(order[i], bodies[name]); err != nil {
			return nil, err
		}
	}
	return order, nil
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
