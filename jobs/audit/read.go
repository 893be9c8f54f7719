package audit

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/sql"
	"sourcecov/sync/bq"
)

// listTables is the list of what is counted; whoever calls [Read] needs it in its catalog.
const listTables = "list.to_audit"

// ReadOptions say how the platform's tables are read.
type ReadOptions struct {
	AsOf      time.Time    // of the run that they are compared with
	Cloud     *place.Cloud // the way to BigQuery; of a folder it is not needed
	MaxBilled int64        // bytes that the query of one table may be billed for; DefaultMaxBilled if 0
	Threads   int
	Memory    string
}

// DefaultMaxBilled is far more than three columns of a platform's table take.
const DefaultMaxBilled = 1 << 30

// asked is how many tables BigQuery is asked of at the same time.
const asked = 4

// Read reads the platform's tables that the rules name, for [duckdb.DB.CountAudited]. In
// a folder it finds the files, which are counted later; in BigQuery each table is counted
// there, by one query. A table that cannot be read is told by its Fault, and is no error;
// an error is about all of them.
func Read(ctx context.Context, cat *sql.Catalog, tables place.Audited, opt ReadOptions) ([]duckdb.AuditedTable, error) {
	named, err := namedTables(ctx, cat, opt)
	if err != nil {
		return nil, err
	}
	out := make([]duckdb.AuditedTable, len(named))
	for i, n := range named {
		out[i] = duckdb.AuditedTable{Dataset: n.Dataset, Table: n.Table, Game: n.Game, Date: n.Date, Key: text(n.Key)}
		if tables.Project == "" {
			out[i].Files, out[i].Fault = tables.Files(n.Dataset, n.Table)
		}
	}
	if tables.Project == "" {
		return out, nil
	}
	counted, err := askEach(ctx, tables, named, opt, (*bq.Tables).Count)
	if err != nil {
		return nil, err
	}
	for i, c := range counted {
		take(&out[i], c)
	}
	return out, nil
}

// A namedTable is a row of that list.
type namedTable struct {
	Dataset string  `json:"dataset_name"`
	Table   string  `json:"table_name"`
	Game    string  `json:"id_column"`
	Date    string  `json:"date_column"`
	Key     *string `json:"row_key"`
	From    string  `json:"first_date"`
	To      string  `json:"last_date"`
}

// namedTables are the tables that the rules name.
func namedTables(ctx context.Context, cat *sql.Catalog, opt ReadOptions) (out []namedTable, err error) {
	rules, err := compute.OpenRules(ctx, cat, []string{listTables}, opt.Threads, opt.Memory)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, rules.Close)
	list, err := rules.Ask(ctx, cat.Lookup(listTables), duckdb.Params{"as_of": opt.AsOf})
	if err != nil {
		return nil, err
	}
	return duckdb.Rows[namedTable](list)
}

// askEach asks BigQuery the same of each table, of some at the same time.
func askEach(ctx context.Context, tables place.Audited, named []namedTable, opt ReadOptions,
	ask func(*bq.Tables, context.Context, bq.Counting) (bq.Counted, error)) ([]bq.Counted, error) {
	if opt.MaxBilled == 0 {
		opt.MaxBilled = DefaultMaxBilled
	}
	opened, err := tables.Open(ctx, opt.Cloud, opt.MaxBilled)
	if err != nil {
		return nil, err
	}
	out := make([]bq.Counted, len(named))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(asked)
	for i, n := range named {
		group.Go(func() (err error) {
			out[i], err = ask(opened, ctx, bq.Counting{Dataset: n.Dataset, Table: n.Table, Game: n.Game, Date: n.Date, Key: text(n.Key), From: n.From, To: n.To})
			return tables.Refusal(err)
		})
	}
	return out, group.Wait()
}

// take notes what BigQuery counted of a table, and who streams into it.
func take(t *duckdb.AuditedTable, c bq.Counted) {
	t.Fault = c.Fault
	for _, r := range c.Rows {
		t.Counted = append(t.Counted, duckdb.AuditedRows{Game: r.Game, Date: r.Date, Rows: r.Rows, Keys: r.Keys})
	}
	if s := c.Streaming; s.Streams() {
		rows := int64(s.Rows)
		t.StreamingRows = &rows
		if !s.Oldest.IsZero() {
			t.StreamingSince = &s.Oldest
		}
	}
}

func text(of *string) string {
	if of == nil {
		return ""
	}
	return *of
}
