package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sourcecov/duckdb"
	"sourcecov/sql"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"
)

// A target is one partition that the plan would load.
type target struct {
	file *sql.File
	duckdb.Partition
}

// heartbeat is the table that tells of runs; it is loaded last and every time.
const heartbeat = "coverage_runs"

func (n *night) loader() warehouse.Loader { return warehouse.Dir{Path: n.warehouseDir} }

// publish loads the partitions whose content differs from their last receipt,
// records run and receipts, and then loads the heartbeat. A blocked run loads
// the heartbeat alone; a run that looks back, and a dry run, load nothing.
//
// Two runs with one state and one warehouse but two working directories both
// load before the state says who won; they load whole partitions of their own
// as-of, and the loser's next run puts them right. Intents will end that.
func (n *night) publish(ctx context.Context, blocked bool) error {
	var notes []string
	if blocked {
		notes = append(notes, "blocked: no data table was published")
	}
	if n.looksBack() {
		notes = append(notes, "looking back: the state has seen as-of "+n.head.AsOf.Format(time.RFC3339)+", so this run publishes nothing")
	}
	if n.dryRun {
		notes = append(notes, "dry run: nothing was loaded")
	}
	n.rec.Note = strings.Join(notes, "; ")
	if err := n.outcome(ctx, blocked); err != nil {
		return err
	}
	plan, err := n.plan(ctx, !blocked && !n.looksBack())
	if err != nil {
		return err
	}
	if n.dryRun {
		n.ui.plan(n.rec)
		return nil
	}
	if n.looksBack() {
		return nil
	}
	receipts, failure := n.loadAll(ctx, plan)
	if ctx.Err() != nil {
		return ctx.Err() // the next run finds no receipts and loads the same again
	}
	if failure != nil {
		n.rec.Run.ExitCode = exitFailed
	}
	rows := state.Rows{Runs: []state.Run{n.rec.Run}, Receipts: receipts}
	if failure == nil && !blocked { // else nobody could have read of these events
		if rows.Segments, err = n.seen(ctx); err != nil {
			return err
		}
	}
	if n.head, err = n.store.Append(ctx, n.head, n.asOf, rows); err != nil {
		return errors.Join(failure, err)
	}
	if err := n.loadHeartbeat(ctx); err != nil {
		return errors.Join(failure, err)
	}
	n.step("publish", "%d partitions loaded, %d unchanged", n.rec.loaded(), n.rec.skipped())
	return failure
}

// seen returns what this run adds to the recorded events and actions, as
// segments: the rows are SQL's, so SQL writes them.
func (n *night) seen(ctx context.Context) (map[string][]byte, error) {
	out := map[string][]byte{}
	for table, relation := range recorded {
		file := filepath.Join(n.dir, "state", "new-"+table+".parquet")
		rows, err := n.db.Save(ctx, n.cat.Lookup(relation), file)
		if err != nil {
			return nil, err
		}
		if rows == 0 {
			continue
		}
		if out[strings.TrimPrefix(table, "state.")], err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("record what was seen: %w", err)
		}
	}
	return out, nil
}

// loadAll executes the plan up to the first failure and returns a receipt for
// each partition that is in place.
func (n *night) loadAll(ctx context.Context, plan []target) ([]state.Receipt, error) {
	var receipts []state.Receipt
	for _, t := range plan {
		r, err := n.load(ctx, t)
		if err != nil {
			return receipts, err
		}
		receipts = append(receipts, r)
		for i := range n.rec.Run.Tables {
			if n.rec.Run.Tables[i].Table == t.file.Name {
				n.rec.Run.Tables[i].Loaded++
			}
		}
	}
	return receipts, nil
}

// looksBack reports whether the state has seen a later as-of: such a run writes
// its own folder and nothing else.
func (n *night) looksBack() bool { return n.head.AsOf.After(n.asOf) }

// plan compares every partition with its last receipt. What it returns is what
// is loaded, in order of table and partition; --dry-run prints the same. A run
// that may not publish has an empty plan.
func (n *night) plan(ctx context.Context, mayPublish bool) ([]target, error) {
	receipts, err := n.lastReceipts(ctx)
	if err != nil {
		return nil, err
	}
	var plan []target
	for _, f := range n.cat.Kind(sql.Publish) {
		if n.waits(f) {
			continue
		}
		parts, err := n.db.Partitions(ctx, f)
		if err != nil {
			return nil, err
		}
		parts = append(parts, emptied(f, parts, receipts)...)
		table := planned{Table: f.Name, Partitions: int64(len(parts))}
		for _, p := range parts {
			table.Rows += p.Rows
			if !mayPublish {
				continue
			}
			same, err := n.inPlace(ctx, f.Name, p, receipts)
			if err != nil {
				return nil, err
			}
			if !same {
				table.ToLoad++
				plan = append(plan, target{f, p})
			}
		}
		n.rec.Plan = append(n.rec.Plan, table)
		n.rec.Outputs = append(n.rec.Outputs, output{f.Name, parts})
		load := state.TableLoad{Table: f.Name, Rows: table.Rows, Partitions: table.Partitions}
		if mayPublish {
			load.Skipped = table.Partitions - table.ToLoad
		}
		n.rec.Run.Tables = append(n.rec.Run.Tables, load)
	}
	return plan, nil
}

// inPlace reports whether a partition was loaded with this very content and is
// still there: a receipt without its rows counts for nothing.
func (n *night) inPlace(ctx context.Context, table string, p duckdb.Partition, receipts map[string]string) (bool, error) {
	if receipts[table+"/"+p.Value] != p.Hash {
		return false, nil
	}
	return n.loader().Has(ctx, table, p.Value)
}

// lastReceipts maps table/partition to the content hash that was loaded last.
func (n *night) lastReceipts(ctx context.Context) (map[string]string, error) {
	t, err := n.db.All(ctx, "model.last_receipt")
	if err != nil {
		return nil, err
	}
	at := func(name string) int { return slices.Index(t.Columns, name) }
	out := map[string]string{}
	for _, row := range t.Rows {
		out[*row[at("table_name")]+"/"+*row[at("partition")]] = *row[at("content_hash")]
	}
	return out, nil
}

// emptied lists partitions that have a receipt and no rows any more; a check
// has made sure that each of their games moved. They are loaded with 0 rows.
func emptied(f *sql.File, parts []duckdb.Partition, receipts map[string]string) []duckdb.Partition {
	var out []duckdb.Partition
	for key := range receipts {
		table, value := filepath.Split(key)
		if table != f.Name+"/" || slices.ContainsFunc(parts, func(p duckdb.Partition) bool { return p.Value == value }) {
			continue
		}
		out = append(out, duckdb.Partition{Value: value, Hash: duckdb.NoRows, Games: []string{}})
	}
	slices.SortFunc(out, func(a, b duckdb.Partition) int { return strings.Compare(a.Value, b.Value) })
	return out
}

// load exports one partition, proves the file and hands it to the warehouse.
func (n *night) load(ctx context.Context, t target) (state.Receipt, error) {
	file := filepath.Join(n.dir, "publish", t.file.Name, t.Value+".parquet")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return state.Receipt{}, fmt.Errorf("export %s/%s: %w", t.file.Name, t.Value, err)
	}
	meta := map[string]string{"run_key": n.rec.Run.RunKey, "sql_h1": n.rec.Run.SQLH1}
	if err := n.db.Export(ctx, t.file, t.Value, file, meta); err != nil {
		return state.Receipt{}, err
	}
	err := warehouse.Prove(file, warehouse.Want{
		Rows: t.Rows, Columns: t.file.ColumnNames(), NotNull: t.file.NotNull(), Partition: t.Value, By: t.file.Partition, Meta: meta,
	})
	if err != nil {
		return state.Receipt{}, err
	}
	sum, err := warehouse.SHA256(file)
	if err != nil {
		return state.Receipt{}, err
	}
	loader := n.loader()
	rows, err := loader.Load(ctx, warehouse.Load{Table: t.file.Name, Partition: t.Value, File: file, Rows: t.Rows})
	if err != nil {
		return state.Receipt{}, err
	}
	if rows != t.Rows {
		return state.Receipt{}, fmt.Errorf("load %s/%s: %d rows were exported, the warehouse counts %d", t.file.Name, t.Value, t.Rows, rows)
	}
	return state.Receipt{
		Target: loader.Name(), Table: t.file.Name, Partition: t.Value, Rows: rows, ContentHash: t.Hash,
		FileSHA256: sum, Games: t.Games, RunID: n.rec.RunID, AsOf: n.asOf,
	}, os.Remove(file)
}

// loadHeartbeat publishes the partition of coverage_runs that this run is in.
// Its newest row says that every partition of the night is in place.
func (n *night) loadHeartbeat(ctx context.Context) error {
	for _, f := range n.cat.Files {
		if f.Kind.Asked() || !n.waits(f) {
			continue
		}
		if err := n.buildOne(ctx, f); err != nil {
			return err
		}
	}
	f := n.cat.Lookup("publish." + heartbeat)
	key, err := n.db.CheckKey(ctx, f)
	if err != nil {
		return err
	}
	if key.Failed() {
		return fmt.Errorf("load %s: its key is not unique or NULL", heartbeat)
	}
	parts, err := n.db.Partitions(ctx, f)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if p.Value == n.asOf.Format("20060102") {
			_, err := n.load(ctx, target{f, p})
			return err
		}
	}
	return errors.New("load " + heartbeat + ": this run's own row is missing from the state")
}
