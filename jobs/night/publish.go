package night

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/phrase"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"
)

// publish loads the partitions whose content differs from their last receipt,
// records the run, and then loads the heartbeat: if its newest row has the exit
// code 0 or 4, every partition of the night is in place. A blocked run loads the
// heartbeat alone; a run that looks back, and a dry run, load nothing.
//
// The state is appended to before anything is loaded (what is intended), after
// it (what came of it, the run, and the heartbeat's intent) and at the end. Who
// finds another run's append in the way stops before the next load, or as soon as a
// warehouse that takes many loads at once asks again (see [warehouse.Dir.LoadAll]).
func (n *night) publish(ctx context.Context, blocked bool) error {
	n.rec.Note = n.note(blocked)
	if err := n.count(ctx); err != nil {
		return err
	}
	var data, telling []*sql.File
	for _, f := range n.cat.Kind(sql.Publish) {
		if compute.TellsOfRuns(n.cat, f) {
			telling = append(telling, f)
		} else if n.audited != "" || !compute.TellsOfAudit(f) { // else what the last audit said stands
			data = append(data, f)
		}
	}
	plan, err := n.plan(ctx, data, !blocked && !n.looksBack())
	if err != nil || n.DryRun || n.looksBack() {
		return err
	}
	failure := n.orTooLittle(n.deliver(ctx, plan, state.Rows{}))
	var lost *appendError
	switch {
	case ctx.Err() != nil || errors.As(failure, &lost) || errors.Is(failure, state.ErrConflict):
		return failure // the next run finds out what became of the loads
	case errors.Is(failure, warehouse.ErrTemporary): // nor would it take the heartbeat now
		return errors.Join(failure, n.append(ctx, state.Rows{}))
	}
	return errors.Join(failure, n.tell(ctx, telling, blocked, failure))
}

func (n *night) note(blocked bool) string {
	var notes []string
	if blocked {
		notes = append(notes, "blocked: no data table was published")
	}
	if n.looksBack() {
		notes = append(notes, "looking back: the state has seen as-of "+n.state.Head.AsOf.Format(time.RFC3339)+", so this run publishes nothing")
	}
	if n.DryRun {
		notes = append(notes, "dry run: nothing was loaded")
	}
	return strings.Join(notes, "; ")
}

// tell records the run and what it saw, and loads the tables that tell of runs.
func (n *night) tell(ctx context.Context, telling []*sql.File, blocked bool, failure error) error {
	if failure != nil {
		n.rec.Run.ExitCode = int64(n.ExitStatus(ctx, failure))
	}
	rows := state.Rows{Runs: []state.Run{n.rec.Run}}
	if failure == nil && !blocked { // else nobody could have read of these events
		var err error
		if rows.Segments, err = n.newEvents(ctx); err != nil {
			return err
		}
	}
	head, err := n.state.Store.PastDecisions(ctx, n.state.Head)
	if err != nil {
		return &appendError{err}
	}
	n.state.Head = head
	// The tables are built over this run's row before it is recorded, so that one
	// append brings the row and the intent to load it.
	n.state.Pending.Runs = rows.Runs
	_, err = n.run.Build(ctx, func(f *sql.File) bool { return compute.TellsOfRuns(n.cat, f) })
	n.state.Pending.Runs = nil
	if err != nil {
		return err
	}
	for _, f := range telling {
		key, err := n.run.DB.CheckKey(ctx, f)
		if err != nil {
			return err
		}
		if key.Failed() {
			return fmt.Errorf("load %s: its key is not unique or NULL", f.Name)
		}
	}
	counted := n.rec.Run.Tables
	plan, err := n.plan(ctx, telling, true)
	n.rec.Run.Tables = counted // the row that tells of the run is not in its own figures
	if err != nil {
		return err
	}
	if err := n.deliver(ctx, plan, rows); err != nil {
		return err
	}
	if err := n.append(ctx, state.Rows{}); err != nil {
		return err
	}
	n.did("publish", "%d partitions loaded, %d unchanged", n.rec.Loaded(), n.rec.Unchanged())
	return nil
}

// newEvents returns what this run adds to the recorded events and actions, as
// segments: the rows are SQL's, so SQL writes them.
func (n *night) newEvents(ctx context.Context) (map[string][]byte, error) {
	out := map[string][]byte{}
	for table, relation := range compute.RecordedBy {
		file := filepath.Join(n.home.Run(n.rec.RunID), "state", "new-"+table+".parquet")
		rows, err := n.run.DB.Save(ctx, n.cat.Lookup(relation), file)
		if err != nil {
			return nil, err
		}
		if rows == 0 {
			continue
		}
		if out[strings.TrimPrefix(table, "state.")], err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("record new events: %w", err)
		}
	}
	return out, nil
}

// deliver makes the jobs of a plan: it writes and proves every file, records
// what is intended together with rows, loads, and keeps what came of it for the
// next append. With nothing to load and no row it does nothing.
func (n *night) deliver(ctx context.Context, plan []warehouse.Job, rows state.Rows) error {
	loads, intents, err := n.export(ctx, plan)
	if err != nil {
		return err
	}
	rows.Intents = intents
	if len(plan) > 0 || len(rows.Runs) > 0 {
		if err := n.append(ctx, rows); err != nil {
			return err
		}
	}
	guard := func(ctx context.Context) error { // from many goroutines
		err := n.state.Store.Check(ctx, n.state.Head)
		if errors.Is(err, state.ErrConflict) {
			_, err = n.state.Store.PastDecisions(ctx, n.state.Head)
		}
		return err
	}
	outcomes, failure := warehouse.Execute(ctx, n.told(len(loads)), loads, guard)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failure = n.naming(ctx, failure, loads, outcomes)
	n.state.Pending.Receipts = append(n.state.Pending.Receipts, receipts(intents, loads, outcomes)...)
	for i, o := range outcomes {
		if o.Status == warehouse.Loaded {
			n.countLoad(plan[i])
		}
	}
	return failure
}

// naming adds to what went wrong which rows the load that failed is of: a warehouse
// names a table and a partition, and an operator needs a game or an object.
func (n *night) naming(ctx context.Context, failure error, loads []warehouse.Load, outcomes []warehouse.Outcome) error {
	if _, full := mirror.IsFull(failure); full {
		return failure // no row is at fault
	}
	for i, o := range outcomes {
		if failure == nil || o.Status != warehouse.Failed {
			continue
		}
		l := loads[i]
		keys, err := n.run.DB.Keys(ctx, n.cat.Lookup("publish."+l.Table.Name), l.Partition, namedRows)
		if err != nil || len(keys) == 0 {
			return failure // what failed is worth more than why its rows have no name
		}
		more := ""
		if rest := l.Rows - int64(len(keys)); rest > 0 {
			more = fmt.Sprintf("; and %s more", phrase.Count(rest, "row"))
		}
		return fmt.Errorf("%w; it is of the rows %s%s", failure, strings.Join(keys, "; "), more)
	}
	return failure
}

// namedRows is how many rows of a load that failed are named.
const namedRows = 3

// append adds rows, and the receipts that wait for it, to the state.
func (n *night) append(ctx context.Context, rows state.Rows) error {
	rows.Receipts = n.state.Pending.Receipts
	if err := n.add(ctx, n.rec.Run.AsOf, rows); err != nil {
		return &appendError{err}
	}
	n.state.Pending = state.Rows{}
	for _, l := range n.settled { // not before: somebody else might have been the one to settle them
		if err := n.Loader.Release(ctx, l); err != nil {
			return err
		}
	}
	n.settled = nil
	return nil
}

// add appends rows, past what people decided meanwhile: that is for the next night.
// The tables that tell of runs were built over the number of the append that brings
// this run's row, so that append has one try.
func (n *night) add(ctx context.Context, asOf time.Time, rows state.Rows) error {
	for {
		head, err := n.state.Store.Append(ctx, n.state.Head, asOf, rows)
		if err == nil {
			n.state.Head = head
			return nil
		}
		if !errors.Is(err, state.ErrConflict) || len(rows.Runs) > 0 {
			return err
		}
		if n.state.Head, err = n.state.Store.PastDecisions(ctx, n.state.Head); err != nil {
			return err
		}
	}
}

// An appendError says that the state could not be appended to, so that nothing
// more can be done in its name. It reads as what happened.
type appendError struct{ error }

func (e *appendError) Unwrap() error { return e.error }

// export writes the file of each job and proves it, before anybody is told of it. Of
// each table its rows are read once, in order, and one library writes the files and
// another reads them: a fault of either is found. While the files of one table are
// read back, those of the next are written.
//
// They are read in a database of their own: in one that may not look around and has
// spilled once, the engine (1.5.6) looks for a spilled copy of whatever memory it gives
// back, path component by path component, which is most of what reading small files costs.
func (n *night) export(ctx context.Context, plan []warehouse.Job) (loads []warehouse.Load, intents []state.Intent, err error) {
	if len(plan) == 0 {
		return nil, nil, nil
	}
	reader, err := compute.OpenRules(ctx, n.cat, []string{}, n.Threads, n.Memory, n.exports())
	if err != nil {
		return nil, nil, err
	}
	defer fault.Also(&err, reader.Close)
	var before *exported
	for jobs := range byTable(plan) {
		if err := before.written(); err != nil {
			return nil, nil, err
		}
		n.Progress.Doing("publish", "files of "+jobs[0].Table.Name, len(loads), len(plan))
		x, err := n.exportTable(ctx, jobs)
		if err != nil {
			return nil, nil, err
		}
		if err := before.prove(ctx, reader); err != nil {
			return nil, nil, errors.Join(err, x.written())
		}
		loads, before = before.appendTo(loads), x
	}
	if err := before.prove(ctx, reader); err != nil {
		return nil, nil, err
	}
	loads = before.appendTo(loads)
	for i, l := range loads {
		for _, p := range plan[i].Parts {
			intents = append(intents, state.Intent{
				LoadID: l.ID, Target: n.Loader.Name(), Table: l.Table.Name, JobPartition: l.Partition,
				Partition: p.Value, Rows: p.Rows, ContentHash: p.Hash, FileSHA256: l.SHA256, Games: p.Games,
				ParentLoad: plan[i].Parent, Mark: n.mark, RecordedAt: n.began, RunID: n.rec.RunID, AsOf: n.rec.Run.AsOf,
			})
		}
	}
	return loads, intents, nil
}

// byTable cuts a plan into the jobs of each table, which stand together.
func byTable(plan []warehouse.Job) iter.Seq[[]warehouse.Job] {
	return func(yield func([]warehouse.Job) bool) {
		for from := 0; from < len(plan); {
			to := from + 1
			for to < len(plan) && plan[to].Table.Name == plan[from].Table.Name {
				to++
			}
			if !yield(plan[from:to]) {
				return
			}
			from = to
		}
	}
}

// An exported table is one whose files are being written.
type exported struct {
	file   *sql.File
	loads  []warehouse.Load // without their sums until they are written
	files  []duckdb.Exported
	prints duckdb.Prints // of their partitions, in the database of the run
	done   chan error
	err    error
}

// exports is the folder of the files that this run publishes.
func (n *night) exports() string { return filepath.Join(n.home.Run(n.rec.RunID), "publish") }

// exportTable begins to write the files of the jobs of one table.
func (n *night) exportTable(ctx context.Context, jobs []warehouse.Job) (*exported, error) {
	table := jobs[0].Table
	dir := n.exports()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("export %s: %w", table.Name, err)
	}
	x := &exported{file: n.cat.Lookup("publish." + table.Name), loads: make([]warehouse.Load, len(jobs)), files: make([]duckdb.Exported, len(jobs)), done: make(chan error, 1)}
	pieces, partitions := make([]warehouse.Piece, len(jobs)), make([]string, len(jobs))
	for i, j := range jobs {
		name := filepath.Join(dir, table.Name, j.Partition+".parquet")
		meta := map[string]string{"run_key": n.rec.Run.RunKey, "sql_h1": n.rec.Run.SQLH1, warehouse.LoadID: j.ID}
		x.loads[i] = warehouse.Load{ID: j.ID, Table: table, Partition: j.Partition, Rows: j.Rows(), Run: n.rec.RunID, Mark: n.mark, File: name}
		pieces[i] = warehouse.Piece{Partition: j.Partition, File: name, Meta: meta}
		x.files[i] = duckdb.Exported{File: name, Meta: meta}
		for _, p := range j.Parts {
			x.files[i].Parts = append(x.files[i].Parts, duckdb.Partition(p))
		}
		partitions[i] = j.Partition
	}
	var err error
	if x.prints, err = n.run.DB.PartitionPrints(ctx, x.file, partitions); err != nil {
		return nil, err
	}
	ordered := filepath.Join(dir, table.Name+".parquet")
	if err := n.run.DB.Export(ctx, x.file, partitions, ordered); err != nil {
		return nil, err
	}
	go func() { x.done <- x.write(ctx, ordered, table, pieces) }()
	return x, nil
}

// write makes the files out of one with all rows. Their sums are of what was written,
// before it is proved.
func (x *exported) write(ctx context.Context, ordered string, table warehouse.Table, pieces []warehouse.Piece) error {
	if err := warehouse.Split(ctx, ordered, table, pieces); err != nil {
		return err
	}
	if err := os.Remove(ordered); err != nil {
		return fmt.Errorf("export %s: %w", table.Name, err)
	}
	for i, p := range pieces {
		x.loads[i].SHA256 = p.SHA256
	}
	return nil
}

// written waits until the files are written. A second call says the same.
func (x *exported) written() error {
	if x == nil {
		return nil
	}
	if x.done != nil {
		x.err, x.done = <-x.done, nil
	}
	return x.err
}

// appendTo adds the loads, once they are proved.
func (x *exported) appendTo(loads []warehouse.Load) []warehouse.Load {
	if x == nil {
		return loads
	}
	return append(loads, x.loads...)
}

// prove waits until the files are written, and has them read back.
func (x *exported) prove(ctx context.Context, db *duckdb.DB) error {
	if x == nil {
		return nil
	}
	if err := x.written(); err != nil {
		return err
	}
	return db.ReadBack(ctx, x.file, x.files, x.prints)
}

// receipts say what came of the intents of loads: nothing of a load of which nobody
// knows yet.
func receipts(intents []state.Intent, loads []warehouse.Load, outcomes []warehouse.Outcome) []state.Receipt {
	came := map[string]warehouse.Status{} // by load id
	for i, l := range loads {
		came[l.ID] = outcomes[i].Status
	}
	var out []state.Receipt
	for _, i := range intents {
		if came[i.LoadID] == "" {
			continue
		}
		out = append(out, state.Receipt{
			LoadID: i.LoadID, Outcome: string(came[i.LoadID]), Target: i.Target, Table: i.Table, Partition: i.Partition, Rows: i.Rows,
			ContentHash: i.ContentHash, FileSHA256: i.FileSHA256, Games: i.Games, RunID: i.RunID, AsOf: i.AsOf,
		})
	}
	return out
}
