package jobs

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"sourcecov/duckdb"
	"sourcecov/sql"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"
)

// plan compares every partition of the published tables with its last receipt
// and returns the loads that bring the difference, in order of table and
// partition. What --dry-run prints is what is executed: both are this. A run
// that may not publish has an empty plan.
func (n *night) plan(ctx context.Context, files []*sql.File, mayPublish bool) ([]warehouse.Job, error) {
	var contents []warehouse.Content
	for _, f := range files {
		parts, err := n.db.Partitions(ctx, f)
		if err != nil {
			return nil, err
		}
		contents = append(contents, warehouse.Content{Table: n.tableNamed(f.Name), Parts: partsOf(parts)})
		n.rec.Outputs = append(n.rec.Outputs, output{f.Name, parts})
	}
	var jobs []warehouse.Job
	if mayPublish {
		inPlace, replaced, err := n.inPlace(ctx, contents)
		if err != nil {
			return nil, err
		}
		spent, err := n.counts(ctx, "model.recent_load", "table_name", "loads")
		if err != nil {
			return nil, err
		}
		limits := n.loader.Limits()
		if limits.RunJobs > 0 {
			limits.RunJobs = n.maxJobs
		}
		planner := warehouse.Planner{Limits: limits, Target: n.loader.Target, Empty: duckdb.NoRows, Spent: spent, Forced: n.isForced,
			Replaced: func(table string) bool { return replaced[table] }}
		if jobs, err = planner.Plan(contents, inPlace); err != nil {
			return nil, err
		}
	}
	for _, c := range contents {
		n.rec.add(c, jobs, mayPublish)
	}
	return jobs, nil
}

func partsOf(parts []duckdb.Partition) []warehouse.Part {
	out := make([]warehouse.Part, len(parts))
	for i, p := range parts {
		out[i] = warehouse.Part(p)
	}
	return out
}

// add notes in the record what the plan does to one table.
func (r *record) add(c warehouse.Content, jobs []warehouse.Job, mayPublish bool) {
	table := planned{Table: c.Table.Name, Partitions: int64(len(c.Parts))}
	for _, p := range c.Parts {
		table.Rows += p.Rows
	}
	for _, j := range jobs {
		if j.Table.Name != c.Table.Name {
			continue
		}
		table.ToLoad += int64(len(j.Parts))
		table.Jobs = append(table.Jobs, plannedJob{j.ID, j.Partition, int64(len(j.Parts)), j.Rows()})
		for _, p := range j.Parts {
			if !slices.ContainsFunc(c.Parts, func(q warehouse.Part) bool { return q.Value == p.Value }) {
				table.Partitions++ // one that is emptied
			}
		}
	}
	r.Plan = append(r.Plan, table)
	load := state.TableLoad{Table: table.Table, Rows: table.Rows, Partitions: table.Partitions}
	if mayPublish {
		load.Skipped = table.Partitions - table.ToLoad
	}
	r.Run.Tables = append(r.Run.Tables, load)
}

// count adds a load that is in place to the run's figures.
func (r *record) count(j warehouse.Job) {
	for i := range r.Run.Tables {
		if r.Run.Tables[i].Table == j.Table.Name {
			r.Run.Tables[i].Loaded += int64(len(j.Parts))
		}
	}
}

// inPlace maps table and partition to what is there by the last receipt. A
// receipt that the warehouse does not confirm is doubtful, and so is a partition
// that has rows and no receipt; a table with such partitions that nobody can name
// is to be replaced. The tables that tell of runs are let be: of runs whose state
// was lost they are the only record.
func (n *night) inPlace(ctx context.Context, contents []warehouse.Content) (out map[string]map[string]warehouse.Receipt, replaced map[string]bool, err error) {
	t, err := n.db.All(ctx, "model.last_receipt")
	if err != nil {
		return nil, nil, err
	}
	out, replaced = map[string]map[string]warehouse.Receipt{}, map[string]bool{}
	for _, r := range t.Records() {
		rows, _ := strconv.ParseInt(r["rows"], 10, 64) // a BIGINT
		if out[r["table_name"]] == nil {
			out[r["table_name"]] = map[string]warehouse.Receipt{}
		}
		out[r["table_name"]][r["partition"]] = warehouse.Receipt{LoadID: r["load_id"], Hash: r["content_hash"], Rows: rows}
	}
	for _, c := range contents {
		if out[c.Table.Name] == nil {
			out[c.Table.Name] = map[string]warehouse.Receipt{}
		}
		receipts, want := out[c.Table.Name], map[string]int64{}
		for partition, r := range receipts {
			want[partition] = r.Rows
		}
		missing, err := n.loader.Missing(ctx, c.Table, want)
		if err != nil {
			return nil, nil, err
		}
		var strays []string
		if !n.waits(n.cat.Lookup("publish." + c.Table.Name)) {
			if strays, err = n.loader.Strays(ctx, c.Table, want); err != nil {
				return nil, nil, err
			}
		}
		for _, partition := range append(missing, strays...) {
			r := receipts[partition]
			r.Doubtful = true
			receipts[partition] = r
		}
		if c.Table.Partition != "" && slices.Contains(strays, warehouse.All) {
			replaced[c.Table.Name] = true
			delete(receipts, warehouse.All)
		}
	}
	return out, replaced, nil
}

// counts reads a relation of a name and a number.
func (n *night) counts(ctx context.Context, relation, name, number string) (map[string]int64, error) {
	t, err := n.db.All(ctx, relation)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, r := range t.Records() {
		if out[r[name]], err = strconv.ParseInt(r[number], 10, 64); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// isForced reports whether --force names a partition, by its table or its date.
func (n *night) isForced(table, partition string) bool {
	for _, f := range n.force {
		name, date, hasDate := strings.Cut(f, ":")
		if name == table && (!hasDate || strings.ReplaceAll(date, "-", "") == partition) {
			return true
		}
	}
	return false
}
