// Package migrate makes a warehouse's tables and views, or tells what it lacks.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"sourcecov/jobs/compute"
	"sourcecov/jobs/phrase"
	"sourcecov/sync/bq"
	"sourcecov/sync/warehouse"
)

// Options say which warehouse is compared, and whether it is changed.
type Options struct {
	SQL           fs.FS
	Warehouse     string // as it was named
	OpenWarehouse func(context.Context) (*bq.Warehouse, error)
	Apply         bool // make what is missing and add what is lacking
}

// A Result is how the warehouse differs from what the SQL files declare, and
// what was done about it.
type Result struct {
	Warehouse   string
	Differences []warehouse.Difference
	Outcome     string // a sentence
}

// Run compares the warehouse with the tables and views that the SQL files
// declare. With Apply it makes what is missing and adds what is lacking; what
// would take something away it refuses, and then it changes nothing at all: there
// is a result and an error, a [*warehouse.SetupError]. Of a directory, for which
// OpenWarehouse gives nil, nothing is asked.
func Run(ctx context.Context, opt Options) (*Result, error) {
	cat, err := compute.LoadCatalog(opt.SQL)
	if err != nil {
		return nil, err
	}
	tables, views, err := compute.PublishedTables(cat)
	if err != nil {
		return nil, err
	}
	dataset, err := opt.OpenWarehouse(ctx)
	if err != nil {
		return nil, err
	}
	result := &Result{Warehouse: opt.Warehouse}
	if dataset == nil {
		result.Outcome = "a directory needs nothing made beforehand"
		return result, nil
	}
	if opt.Apply {
		result.Differences, err = dataset.Apply(ctx, tables, views)
		var refused *warehouse.SetupError
		if errors.As(err, &refused) {
			result.Differences, result.Outcome = refused.Differences, "nothing was changed"
			return result, err
		}
		if err != nil {
			return nil, err
		}
		result.Outcome = fmt.Sprintf("%s made or added", phrase.Count(len(result.Differences), "thing"))
		return result, nil
	}
	if result.Differences, err = dataset.Compare(ctx, tables, views); err != nil {
		return nil, err
	}
	refused := &warehouse.SetupError{Warehouse: dataset.Name(), Next: "change by hand what is refused, for migrate takes nothing away; then this command again"}
	for _, d := range result.Differences {
		if !d.Additive {
			refused.Differences = append(refused.Differences, d)
		}
	}
	switch {
	case len(result.Differences) == 0:
		result.Outcome = fmt.Sprintf("%s and %s are as they must be", phrase.Count(len(tables), "table"), phrase.Count(len(views), "view"))
		return result, nil
	case len(refused.Differences) == 0:
		result.Outcome = "nothing was changed; next: the same with --apply"
		return result, nil
	}
	result.Outcome = "nothing was changed"
	return result, refused
}
