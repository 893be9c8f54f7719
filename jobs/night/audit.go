package night

import (
	"context"
	"path/filepath"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sql"
)

// An Auditor counts the platform's tables into a file that there is not yet, beside what
// our own have lost, and tells how many of how many it could read. What no table says is
// an error.
type Auditor func(ctx context.Context, cat *sql.Catalog, own []duckdb.AuditedTable, asOf time.Time, file string) (read, of int, err error)

// roomToCount is a temporary folder for what is counted; "" where nobody looks.
func (n *night) roomToCount() (dir string, remove func() error, err error) {
	if n.Audit == nil {
		return "", func() error { return nil }, nil
	}
	return n.home.Temp()
}

// audit counts the platform's tables, as they are now: who looks back would judge them
// by what was known then, and does not look.
func (n *night) audit(ctx context.Context, asOf time.Time, dir string, looksBack bool) (*record.File, error) {
	if n.Audit == nil || looksBack {
		return nil, nil
	}
	n.Progress.Doing("audit", "reading the platform's tables", 0, 0)
	own, err := n.own(ctx, dir)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, place.AuditedFile)
	read, of, err := n.Audit(ctx, n.cat, own, asOf, file)
	if err != nil {
		return nil, err
	}
	n.did("audit", "%d of %s read", read, phrase.Count(of, "table"))
	n.audited = file
	counted, err := record.FileOf(ctx, file)
	return &counted, err
}

// own are the tables that we publish, each with what it held by its last receipts and
// holds no more. A warehouse counts a partition's rows, not a game's: all of the
// partition are lost.
func (n *night) own(ctx context.Context, dir string) ([]duckdb.AuditedTable, error) {
	last, err := n.state.LastReceipts(ctx, n.rules, n.cat, n.Loader.Name(), filepath.Join(dir, "receipts"))
	if err != nil {
		return nil, err
	}
	var out []duckdb.AuditedTable
	for _, t := range n.tables {
		receipts, want := map[string]compute.LastReceipt{}, map[string]int64{}
		for _, r := range last {
			if r.Table == t.Name {
				receipts[r.Partition], want[r.Partition] = r, r.Rows
			}
		}
		missing, err := n.Loader.Missing(ctx, t, want)
		if err != nil {
			return nil, err
		}
		table := duckdb.AuditedTable{Table: t.Name}
		for _, partition := range missing {
			r := receipts[partition]
			lost := duckdb.AuditedRows{Date: dateOf(partition), Lost: &r.Rows}
			if len(r.Games) == 0 {
				table.Counted = append(table.Counted, lost)
			}
			for i := range r.Games {
				lost.Game = &r.Games[i]
				table.Counted = append(table.Counted, lost)
			}
		}
		out = append(out, table)
	}
	return out, nil
}

// dateOf is the date of a partition; of a table that is one, the first that there is.
func dateOf(partition string) string {
	date, err := time.Parse("20060102", partition)
	if err != nil {
		date = time.Unix(0, 0).UTC()
	}
	return date.Format(time.DateOnly)
}
