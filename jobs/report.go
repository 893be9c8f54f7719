package jobs

import (
	"context"

	"sourcecov/duckdb"
	"sourcecov/sql"
)

// A reported is the answer of one report file.
type reported struct {
	Name  string   `json:"name"`
	Types []string `json:"types"` // declared types, a column each
	duckdb.Table
}

// report asks every report file, in order of name, for the summary.
func (n *night) report(ctx context.Context) error {
	for _, f := range n.cat.Kind(sql.Report) {
		answer, err := n.ask(ctx, f)
		if err != nil {
			return err
		}
		n.rec.Reports = append(n.rec.Reports, answer)
	}
	n.step("report", "%d reports", len(n.rec.Reports))
	return nil
}

func (n *night) ask(ctx context.Context, f *sql.File) (reported, error) {
	t, err := n.db.Ask(ctx, f, n.params())
	if err != nil {
		return reported{}, err
	}
	return reportOf(f, t), nil
}

func reportOf(f *sql.File, t duckdb.Table) reported {
	r := reported{Name: f.Name, Table: t}
	for _, c := range f.Columns {
		r.Types = append(r.Types, c.Type)
	}
	return r
}

// outcome counts what the run's own row tells and fixes its exit status.
func (n *night) outcome(ctx context.Context, blocked bool) error {
	counts, err := n.ask(ctx, n.cat.Lookup("report.run_counts"))
	if err != nil {
		return err
	}
	row := counts.rows()[0]
	r := &n.rec.Run
	r.ObjectsListed, r.ObjectsQuarantined = row.int("objects_listed"), row.int("objects_quarantined")
	r.CellsDue, r.CellsPresent = row.int("cells_due"), row.int("cells_present")
	r.GapsOpen, r.GapsAccepted = row.int("gaps_open"), row.int("gaps_accepted")
	worst := row["worst_open"]
	switch {
	case blocked:
		r.ExitCode = exitBlocked
	case n.failOn == worst, n.failOn == "warning" && worst == "critical":
		r.ExitCode = exitGaps
	}
	return nil
}
