package audit

import (
	"context"

	"sourcecov/jobs/record"
	"sourcecov/sync/bq"
)

// An Estimation is what an audit would read.
type Estimation struct {
	Run       *record.Record
	OfFiles   bool // which cost nothing
	Tables    []EstimatedTable
	Bytes     int64 // of all tables
	MaxBilled int64 // more than this no table is read
}

// An EstimatedTable is what one query would read.
type EstimatedTable struct {
	Name  string // dataset and table
	Bytes int64
	Fault string // why nobody can tell; "" if that is known
}

// Estimate asks how much an audit would read. It reads nothing.
func Estimate(ctx context.Context, opt Options) (*Estimation, error) {
	run, cat, err := opt.look(listTables)
	if err != nil {
		return nil, err
	}
	out := &Estimation{Run: run, OfFiles: opt.Tables.Project == "", MaxBilled: opt.MaxBilled}
	if out.OfFiles {
		return out, nil
	}
	named, err := namedTables(ctx, cat, opt.reading(run))
	if err != nil {
		return nil, err
	}
	estimated, err := askEach(ctx, opt.Tables, named, opt.reading(run), (*bq.Tables).Estimate)
	if err != nil {
		return nil, err
	}
	for i, e := range estimated {
		out.Tables = append(out.Tables, EstimatedTable{named[i].Dataset + "." + named[i].Table, e.Bytes, e.Fault})
		out.Bytes += e.Bytes
	}
	return out, nil
}
