// Package diff tells what came between two runs and where it shows.
package diff

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sql"
)

// Options say which runs are compared.
type Options struct {
	Runs    [2]string // each as [place.Workdir.FindRun] takes it
	SQL     fs.FS
	Workdir place.Workdir
	Threads int
	Memory  string
}

// A Result is what the second run has otherwise than the first.
type Result struct {
	First, Second *record.Record
	Arrived       []Arrived // what the second landed and the first had not
	Gone          []string  // objects that the bucket listed in the first and not in the second
	SQL           []Change  // SQL files, by path
	Relations     []Change  // in the order of the second
	Partitions    []Change  // of published tables
	Reports       []Change  // those that answer otherwise
	Cells         []Cell    // by date and game
	Notes         []string  // what could not be compared, and why
}

// Arrived are the objects of one feed about one game or date.
type Arrived struct {
	Feed, About string // "" if the path does not say
	Objects     int
	Names       []string // the first mostNames
}

// mostNames is how many objects of a group are named.
const mostNames = 20

// A Change is one thing that is not the same. Rows before or after are nil where it is not there.
type Change struct {
	Name          string // of a partition table/partition, of an SQL file its path
	Before, After *int64 // rows; of an SQL file bytes
}

// A Cell is one that has another status, or is an open gap in one run alone.
type Cell struct {
	Game, Date, Away, Home, Source string
	Before, After                  string // status; "" if there is no such cell
	Gap                            string // opened, closed or ""
}

// Run compares. What a record tells is compared always; by game only what both
// databases tell.
func Run(ctx context.Context, opt Options) (*Result, error) {
	cat, err := compute.LoadCatalog(opt.SQL, listCells, listLanded, "stage.landed")
	if err != nil {
		return nil, err
	}
	d := &Result{}
	typed := [2]string{"sourcecov diff RUN " + opt.Runs[1], "sourcecov diff " + opt.Runs[0] + " RUN"}
	for i, r := range []**record.Record{&d.First, &d.Second} {
		id, err := opt.Workdir.FindRun(opt.Runs[i], typed[i])
		if err != nil {
			return nil, err
		}
		if *r, err = compute.ReadRecord(opt.Workdir, id); err != nil {
			return nil, err
		}
	}
	if d.First.RunID == d.Second.RunID {
		return nil, fault.Usagef("sourcecov runs, which lists them all", "both are the run %s", d.First.RunID)
	}
	if a, b := d.First.Run.AsOf, d.Second.Run.AsOf; !a.Equal(b) {
		d.note("the runs answer for two instants: of what both had landed, the later one alone counts what is stamped between them")
	}
	d.compareSQL()
	d.compareRelations()
	d.comparePartitions()
	d.compareReports()
	if err := d.compareLanding(ctx, opt, cat); err != nil {
		return nil, err
	}
	return d, d.compareCells(ctx, opt, cat)
}

func (d *Result) note(format string, args ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
}

// An item is what a run has under a name: by its hash, or all of it, it is the same or not.
type item struct {
	name, hash string
	size       int64
}

// changes lists what is not the same, in the order of the second, then what only the first has.
func changes(first, second []item) (out []Change) {
	was := map[string]item{}
	for _, x := range first {
		was[x.name] = x
	}
	for _, x := range second {
		before, had := was[x.name]
		delete(was, x.name)
		switch {
		case !had:
			out = append(out, Change{x.name, nil, &x.size})
		case before != x:
			out = append(out, Change{x.name, &before.size, &x.size})
		}
	}
	for _, x := range first {
		if _, left := was[x.name]; left {
			out = append(out, Change{x.name, &x.size, nil})
		}
	}
	return out
}

func (d *Result) compareSQL() {
	files := func(r *record.Record) (out []item) {
		for _, f := range r.SQL {
			out = append(out, item{f.Path, f.Hash, int64(len(f.Text))})
		}
		return out
	}
	d.SQL = changes(files(d.First), files(d.Second))
}

func (d *Result) compareRelations() {
	hashed := true
	for _, r := range slices.Concat(d.First.Relations, d.Second.Relations) {
		hashed = hashed && duckdb.IsPrint(r.Hash)
	}
	hashed = hashed && d.First.Run.EngineVersion == d.Second.Run.EngineVersion
	if !hashed {
		d.note("the runs were fingerprinted by other versions: of relations only the rows are compared")
	}
	relations := func(r *record.Record) (out []item) {
		for _, x := range r.Relations {
			if !hashed {
				x.Hash = ""
			}
			out = append(out, item{x.Name, x.Hash, x.Rows})
		}
		return out
	}
	d.Relations = changes(relations(d.First), relations(d.Second))
}

// comparePartitions compares what there was to publish, whether or not it was. The
// tables that tell of runs differ between any two.
func (d *Result) comparePartitions() {
	for _, r := range []*record.Record{d.First, d.Second} {
		if len(r.Outputs) == 0 {
			d.note("the run %s did not come to its published tables: their partitions are not compared", r.RunID)
			return
		}
	}
	partitions := func(r *record.Record) (out []item) {
		for _, o := range r.Outputs {
			for _, p := range o.Partitions {
				out = append(out, item{o.Table + "/" + p.Value, p.Hash, p.Rows})
			}
		}
		return out
	}
	d.Partitions = changes(partitions(d.First), partitions(d.Second))
}

func (d *Result) compareReports() {
	reports := func(r *record.Record) (out []item) {
		for _, x := range r.Reports {
			out = append(out, item{x.Name, fmt.Sprint(x.Columns, x.Rows), int64(len(x.Rows))})
		}
		return out
	}
	d.Reports = changes(reports(d.First), reports(d.Second))
}

// listCells is the file that says what each source had for each game.
const listCells = "list.cells"

// compareCells asks both databases, if both are there.
func (d *Result) compareCells(ctx context.Context, opt Options, cat *sql.Catalog) error {
	var cells [2]map[string]cell
	for i, r := range []*record.Record{d.First, d.Second} {
		if !opt.Workdir.HasDatabase(r.RunID) {
			d.note("the database of the run %s is not there any more: what each source had is not compared by game, only what the records tell", r.RunID)
			return nil
		}
		rows, err := askCells(ctx, opt, cat, r.RunID)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			d.note("what each source had is not compared by game: %v", err)
			return nil
		}
		cells[i] = map[string]cell{}
		for _, c := range rows {
			cells[i][c.key()] = c
		}
	}
	all := maps.Clone(cells[0])
	maps.Copy(all, cells[1]) // which tells of a game's date and teams what is known now
	order := slices.Collect(maps.Values(all))
	slices.SortFunc(order, cell.compare)
	for _, c := range order {
		before, after := cells[0][c.key()], cells[1][c.key()]
		out := Cell{c.Game, c.Date, text(c.Away), text(c.Home), c.Source, before.Status, after.Status, ""}
		switch {
		case after.IsOpen && !before.IsOpen:
			out.Gap = "opened"
		case before.IsOpen && !after.IsOpen:
			out.Gap = "closed"
		case before.Status == after.Status:
			continue
		}
		d.Cells = append(d.Cells, out)
	}
	return nil
}

func askCells(ctx context.Context, opt Options, cat *sql.Catalog, id string) (rows []cell, err error) {
	db, err := compute.OpenRun(ctx, opt.Workdir, id, cat, opt.Threads, opt.Memory)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, db.Close)
	table, err := db.Ask(ctx, cat.Lookup(listCells), nil)
	if err != nil {
		return nil, compute.Otherwise(ctx, opt.Workdir.Database(id), err)
	}
	return duckdb.Rows[cell](table)
}

// Gaps counts the gaps that opened and closed.
func (d *Result) Gaps() (opened, closed int) {
	for _, c := range d.Cells {
		switch c.Gap {
		case "opened":
			opened++
		case "closed":
			closed++
		}
	}
	return opened, closed
}

// Objects counts what arrived.
func (d *Result) Objects() (n int) {
	for _, a := range d.Arrived {
		n += a.Objects
	}
	return n
}

// Summary is the difference in one line.
func (d *Result) Summary() string {
	opened, closed := d.Gaps()
	return fmt.Sprintf("%s arrived, %d gone; %s opened, %d closed; not the same are %s, %s and %s",
		phrase.Count(d.Objects(), "object"), len(d.Gone), phrase.Count(opened, "gap"), closed,
		phrase.Count(len(d.SQL), "SQL file"), phrase.Count(len(d.Partitions), "partition"), phrase.Count(len(d.Relations), "relation"))
}
