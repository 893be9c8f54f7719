package jobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"sourcecov/duckdb"
	"sourcecov/sql"
	"sourcecov/sync/state"
)

// A verification is one recorded run, executed again. Nothing but a temporary
// folder is written, and nothing but recorded files is read.
type verification struct {
	*config
	then *record      // the run as it was recorded
	cat  *sql.Catalog // its SQL
	own  *sql.Catalog // the SQL inside this binary
	now  *night       // the run as it is executed again; nil if it was not
	dir  string       // temporary folder

	store *state.Store // nil if there is no state
	at    []compared   // what was compared, in order
	bad   []difference // what is not as it was, in order
	told  []string     // what else to know
}

// A compared counts what was looked at, of one kind.
type compared struct {
	What  string
	Count int
	Equal int // -1: it was not looked at
}

// A difference is one thing that is not as it was.
type difference struct {
	What string // landing, state, published, relation, output, check or report
	Name string
	Said string
	next string // what to do about it
}

// unlikeError says what verify found to be unlike the record, or in it.
type unlikeError struct{ msg, next string }

func (e *unlikeError) Error() string { return e.msg }

// verifyFlags say where a run's state and warehouse lie, if that is elsewhere.
func verifyFlags(f *pflag.FlagSet, c *config) {
	f.StringVar(&c.raw.warehouse, "warehouse", "", "where the run's tables lie now: dir:DIR or bq:PROJECT.DATASET (default where the run published)")
	f.StringVar(&c.raw.state, "state", "", "where the state is kept: a directory or gs://NAME/PREFIX (default WORKDIR/state)")
}

// verify executes a recorded run again. First it looks whether all that is
// needed for that, and all that was published, is as it was; only then does it
// compute, and compare every relation and every output.
func verify(ctx context.Context, c *config) (err error) {
	v := &verification{config: c}
	if v.own, err = sql.Load(sql.Embedded()); err != nil {
		return err
	}
	id, err := c.findRun()
	if err != nil {
		return err
	}
	if v.dir, err = os.MkdirTemp("", "sourcecov-verify-"); err != nil {
		return fmt.Errorf("make a folder to verify in: %w", err)
	}
	defer also(&err, func() error { return os.RemoveAll(v.dir) })
	if err := v.readRecord(id); err != nil {
		return err
	}
	if v.raw.warehouse == "" { // where the run published
		v.raw.warehouse = v.then.Run.Target
		if err := v.openWarehouse(ctx); err != nil {
			return err
		}
	}
	v.ui.scope(v.then)
	if err := v.inspect(ctx); err != nil {
		return err
	}
	if len(v.bad) == 0 {
		if err := v.execute(ctx); err != nil {
			return err
		}
	} else {
		v.skip()
	}
	v.ui.verified(v)
	return v.verdict()
}

// newestRun stands for the id of the run that was recorded last.
const newestRun = "newest"

// findRun gives the id of the run that the command line means.
func (c *config) findRun() (string, error) {
	runs := filepath.Join(c.workdir, "runs")
	entries, err := os.ReadDir(runs)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("list the runs: %w", err)
	}
	var ids []string
	for _, e := range entries {
		_, err := os.Stat(filepath.Join(runs, e.Name(), "run.json"))
		switch {
		case err == nil:
			ids = append(ids, e.Name())
		case e.Name() == c.arg:
			return "", usagef("sourcecov nightly, with the flags of that run, and then the same again", "the run %s has no record: it did not finish", c.arg)
		}
	}
	if len(ids) == 0 {
		return "", usagef("sourcecov nightly, with the same --bucket and --workdir, and then the same again", "there is no run yet in %s", c.workdir)
	}
	if c.arg == newestRun {
		return slices.MaxFunc(ids, func(a, b string) int {
			return modTime(filepath.Join(runs, a, "run.json")).Compare(modTime(filepath.Join(runs, b, "run.json")))
		}), nil
	}
	var meant []string
	for _, id := range ids {
		if strings.HasPrefix(id, c.arg) && c.arg != "" {
			meant = append(meant, id)
		}
		if id == c.arg {
			return id, nil
		}
	}
	switch len(meant) {
	case 0:
		return "", usagef("sourcecov verify "+ids[len(ids)-1]+", or another of the folders in "+runs, "there is no run %s in %s", c.arg, c.workdir)
	case 1:
		return meant[0], nil
	}
	return "", usagef("sourcecov verify "+meant[len(meant)-1], "%s is the beginning of %d runs, from %s to %s", c.arg, len(meant), meant[0], meant[len(meant)-1])
}

// readRecord reads the record and takes the SQL out of it. Its parts that have
// hashes of their own are asked first: they can tell more exactly what is damaged.
func (v *verification) readRecord(id string) error {
	name := path.Join("runs", id, "run.json")
	damaged := &unlikeError{"the record " + name + " is damaged",
		"put " + name + " back from a backup; if that run published last, sourcecov nightly with its flags writes it anew"}
	then, intact, err := readRecord(filepath.Join(v.workdir, filepath.FromSlash(name)))
	switch {
	case errors.Is(err, errDamagedRecord):
		return damaged
	case errors.Is(err, errEarlyRecord):
		return &unlikeError{fmt.Sprintf("the record %s was written by an earlier version, which did not record what verify needs", name),
			"run sourcecov nightly again, with the flags of that run"}
	case err != nil:
		return err
	}
	v.then = then
	for _, f := range then.SQL {
		if sql.Hash(f.Text) != f.Hash {
			return &unlikeError{fmt.Sprintf("sql/%s: the text in the record does not have the recorded hash", f.Path), damaged.next}
		}
	}
	files := make([]*sql.File, len(then.SQL))
	for i, f := range then.SQL {
		files[i] = &sql.File{Path: f.Path, Text: f.Text}
	}
	switch {
	case sql.Total(files) != then.Run.SQLH1:
		return &unlikeError{"the SQL files in the record " + name + " do not have the recorded total", damaged.next}
	case !intact:
		return damaged
	case then.RunID != id:
		return &unlikeError{fmt.Sprintf("the record %s is that of the run %s", name, then.RunID), damaged.next}
	}
	v.saw("SQL files", len(files), 0)
	return v.loadSQL()
}

// loadSQL writes the recorded SQL to files, for that is what a catalog is made of.
func (v *verification) loadSQL() error {
	dir := filepath.Join(v.dir, "sql")
	for _, f := range v.then.SQL {
		if !filepath.IsLocal(f.Path) {
			return &unlikeError{fmt.Sprintf("the record names an SQL file %q, which no run does", f.Path), "put the record back from a backup"}
		}
		name := filepath.Join(dir, f.Path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(f.Text), 0o644)); err != nil {
			return fmt.Errorf("write the recorded SQL: %w", err)
		}
	}
	cat, err := sql.Load(os.DirFS(dir))
	if err != nil {
		return &unlikeError{fmt.Sprintf("the recorded SQL cannot be run: %v", err), "put the record back from a backup; this version may also be too new for it"}
	}
	v.cat = cat
	if cat.Sum != v.own.Sum {
		v.told = append(v.told, "the SQL files in this program are others than the recorded ones, which were run")
	}
	return nil
}

// saw notes how many of one kind were compared and how many of them differ.
func (v *verification) saw(what string, n, differ int) {
	v.at = append(v.at, compared{what, n, n - differ})
}

// skip notes what was not computed, because what it is computed from is damaged.
func (v *verification) skip() {
	for _, c := range []compared{{What: "relations", Count: len(v.then.Relations)}, {What: "output partitions", Count: v.then.partitions()},
		{What: "checks", Count: len(v.then.Checks)}, {What: "reports", Count: len(v.then.Reports)}} {
		v.at = append(v.at, compared{c.What, c.Count, -1})
	}
	v.told = append(v.told, "nothing was executed: first what is damaged has to be mended")
}

func (r *record) partitions() (n int) {
	for _, o := range r.Outputs {
		n += len(o.Partitions)
	}
	return n
}

// verdict is nil if everything is equal, else an error that names the first difference.
func (v *verification) verdict() error {
	if len(v.bad) == 0 {
		return nil
	}
	first := v.bad[0]
	msg := first.Name + " " + first.Said
	if first.What == "relation" {
		msg = fmt.Sprintf("%s (%s) is the first relation that differs: %s", first.Name, v.pathOf(first.Name), first.Said)
	}
	return &unlikeError{msg, first.next}
}

// pathOf is the SQL file of a relation.
func (v *verification) pathOf(relation string) string {
	if f := v.cat.Lookup(relation); f != nil {
		return "sql/" + f.Path
	}
	return "not in the recorded SQL"
}

// execute runs the night again, as far as it was run, and compares.
func (v *verification) execute(ctx context.Context) (err error) {
	n, err := v.night()
	if err != nil {
		return err
	}
	v.now = n
	defer also(&err, n.close)
	if err := n.build(ctx); err != nil {
		return v.unrunnable(err)
	}
	for _, f := range v.cat.Files {
		// A run that published nothing has not got to the tables that tell of runs.
		if f.Kind.Asked() || !n.waits(f) || !v.then.built(f.Relation()) {
			continue
		}
		if err := n.buildOne(ctx, f); err != nil {
			return v.unrunnable(err)
		}
	}
	if now := n.db.Version(); now != v.then.Run.EngineVersion {
		v.told = append(v.told, fmt.Sprintf("the run was computed by DuckDB %s and now by %s: hashes may differ for that reason alone", v.then.Run.EngineVersion, now))
	}
	if _, err := n.check(ctx); err != nil {
		return v.unrunnable(err)
	}
	if err := n.report(ctx); err != nil {
		return v.unrunnable(err)
	}
	outputs, err := v.outputs(ctx)
	if err != nil {
		return v.unrunnable(err)
	}
	v.compareRelations()
	v.compareOutputs(outputs)
	v.compareAnswers()
	return nil
}

// unrunnable makes a fault of a recorded SQL file one of the record: no flag of
// verify can mend it.
func (v *verification) unrunnable(err error) error {
	var file *sql.FileError
	if errors.As(err, &file) {
		return &unlikeError{fmt.Sprintf("the recorded SQL cannot be run: %v", file), "put the record back from a backup; this version may also be too new for it"}
	}
	return err
}

// night is a night over what was recorded, in the temporary folder.
func (v *verification) night() (*night, error) {
	given, err := v.then.given()
	if err != nil {
		return nil, &unlikeError{err.Error(), "put the record back from a backup"}
	}
	c := *v.config
	c.workdir = v.dir
	n := &night{config: &c, cat: v.cat, landing: v.landed(), store: v.store, mark: c.now(), given: given, rec: &record{}}
	n.head.Segments = map[string][]string{}
	for table, read := range v.then.Inputs.StateSegments {
		for _, s := range read {
			n.head.Segments[table] = append(n.head.Segments[table], s.Name)
		}
	}
	n.runs = filepath.Join(v.dir, "runs")
	n.dir = filepath.Join(n.runs, v.then.RunID)
	return n, nil
}

// outputs are the partitions of every published table that was recorded.
func (v *verification) outputs(ctx context.Context) (map[string][]duckdb.Partition, error) {
	out := map[string][]duckdb.Partition{}
	for _, o := range v.then.Outputs {
		f := v.cat.Lookup("publish." + o.Table)
		if f == nil {
			continue // its rows are then missing, which is told
		}
		parts, err := v.now.db.Partitions(ctx, f)
		if err != nil {
			return nil, err
		}
		out[o.Table] = parts
	}
	return out, nil
}

// built reports whether a relation is among those that the run built.
func (r *record) built(name string) bool {
	return slices.ContainsFunc(r.Relations, func(x relation) bool { return x.Name == name })
}
