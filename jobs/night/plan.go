package night

import (
	"context"
	"slices"
	"strings"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/record"
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
		parts, err := n.run.Partitions(ctx, f)
		if err != nil {
			return nil, err
		}
		content := warehouse.Content{Table: n.table(f.Name), Parts: make([]warehouse.Part, len(parts))}
		for i, p := range parts {
			content.Parts[i] = warehouse.Part(p)
		}
		contents = append(contents, content)
		n.rec.Outputs = append(n.rec.Outputs, record.Output{Table: f.Name, Partitions: parts})
	}
	var jobs []warehouse.Job
	if mayPublish {
		inPlace, replaced, err := n.inPlace(ctx, contents)
		if err != nil {
			return nil, err
		}
		spent, err := n.recentLoads(ctx)
		if err != nil {
			return nil, err
		}
		limits := n.Loader.Limits()
		if limits.RunJobs > 0 {
			limits.RunJobs = n.MaxJobs
		}
		planner := warehouse.Planner{Limits: limits, Target: n.Loader.Target, Empty: duckdb.NoRows, Spent: spent, Forced: n.isForced,
			Replaced: func(table string) bool { return replaced[table] }}
		if jobs, err = planner.Plan(contents, inPlace); err != nil {
			return nil, err
		}
	}
	for _, c := range contents {
		n.notePlan(c, jobs, mayPublish)
	}
	return jobs, nil
}

// notePlan keeps in the record what the plan does to one table.
func (n *night) notePlan(c warehouse.Content, jobs []warehouse.Job, mayPublish bool) {
	plan := record.TablePlan{Table: c.Table.Name, Partitions: int64(len(c.Parts))}
	is := map[string]bool{} // in the content
	for _, p := range c.Parts {
		plan.Rows += p.Rows
		is[p.Value] = true
	}
	for _, j := range jobs {
		if j.Table.Name != c.Table.Name {
			continue
		}
		plan.ToLoad += int64(len(j.Parts))
		plan.Jobs = append(plan.Jobs, record.Job{LoadID: j.ID, Partition: j.Partition, Partitions: int64(len(j.Parts)), Rows: j.Rows()})
		for _, p := range j.Parts {
			if !is[p.Value] {
				plan.Partitions++ // one that is emptied
			}
		}
	}
	n.rec.Plan = append(n.rec.Plan, plan)
	load := state.TableLoad{Table: plan.Table, Rows: plan.Rows, Partitions: plan.Partitions}
	if mayPublish {
		load.Skipped = plan.Partitions - plan.ToLoad
	}
	n.rec.Run.Tables = append(n.rec.Run.Tables, load)
}

// countLoad adds a load that is in place to the run's figures.
func (n *night) countLoad(j warehouse.Job) {
	for i := range n.rec.Run.Tables {
		if n.rec.Run.Tables[i].Table == j.Table.Name {
			n.rec.Run.Tables[i].Loaded += int64(len(j.Parts))
		}
	}
}

// inPlace maps table and partition to what is there by the last receipt. A
// receipt that the warehouse does not confirm is doubtful, and so is a partition
// that has rows and no receipt; a table with such partitions that nobody can name
// is to be replaced. The tables that tell of runs are let be: of runs whose state
// was lost they are the only record.
func (n *night) inPlace(ctx context.Context, contents []warehouse.Content) (out map[string]map[string]warehouse.Receipt, replaced map[string]bool, err error) {
	last, err := compute.ReadReceipts(ctx, n.run.DB)
	if err != nil {
		return nil, nil, err
	}
	out, replaced = map[string]map[string]warehouse.Receipt{}, map[string]bool{}
	for _, c := range contents {
		out[c.Table.Name] = map[string]warehouse.Receipt{}
	}
	for _, r := range last {
		receipt := warehouse.Receipt{LoadID: r.LoadID, Rows: r.Rows}
		if r.Hash != nil {
			receipt.Hash = *r.Hash
		}
		if out[r.Table] != nil {
			out[r.Table][r.Partition] = receipt
		}
	}
	for _, c := range contents {
		receipts, want := out[c.Table.Name], map[string]int64{}
		for partition, r := range receipts {
			want[partition] = r.Rows
		}
		missing, err := n.Loader.Missing(ctx, c.Table, want)
		if err != nil {
			return nil, nil, err
		}
		var strays []string
		if !compute.TellsOfRuns(n.cat, n.cat.Lookup("publish."+c.Table.Name)) {
			if strays, err = n.Loader.Strays(ctx, c.Table, want); err != nil {
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

// recentLoads counts the loads of each table that its daily quota has seen.
func (n *night) recentLoads(ctx context.Context) (map[string]int64, error) {
	rows, err := duckdb.Relation[struct {
		Table string `json:"table_name"`
		Loads int64  `json:"loads"`
	}](ctx, n.run.DB, "model.recent_load")
	out := map[string]int64{}
	for _, r := range rows {
		out[r.Table] = r.Loads
	}
	return out, err
}

// isForced reports whether --force names a partition, by its table or its date.
func (n *night) isForced(table, partition string) bool {
	for _, f := range n.Force {
		name, date, hasDate := strings.Cut(f, ":")
		if name == table && (!hasDate || strings.ReplaceAll(date, "-", "") == partition) {
			return true
		}
	}
	return false
}
