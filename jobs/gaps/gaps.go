// Package gaps lists every gap that a run knows of, whatever its window, and what
// each costs.
package gaps

import (
	"context"
	"io/fs"
	"slices"
	"strings"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
)

// Kinds are what a gap can be, in the order in which they are listed; sql/list/gaps.sql decides.
var Kinds = []string{"open", "older", "unchanged", "decided", "accepted", "lapsed"}

// Options say of which run, and which of its gaps are listed.
type Options struct {
	Run     string   // as [place.Workdir.FindRun] takes it
	Kinds   []string // of Kinds; none for all
	Source  string   // name of a feed; "" for all
	Tracker bool     // ask what the coverage tracker says too
	SQL     fs.FS
	Workdir place.Workdir
	Threads int
	Memory  string
}

// A Result is what sql/list/gaps.sql answers.
type Result struct {
	Run *record.Record
	duckdb.Table
	Tracker *duckdb.Table // what sql/list/tracker.sql answers, if it was asked
}

// Run asks the run's database.
func Run(ctx context.Context, opt Options) (result *Result, err error) {
	const list, tracker = "list.gaps", "list.tracker"
	for _, kind := range opt.Kinds {
		if !slices.Contains(Kinds, kind) {
			return nil, fault.Usagef("--kind "+Kinds[0], "there is no kind of gap %q: it is one of %s, or several with commas", kind, strings.Join(Kinds, ", "))
		}
	}
	cat, err := compute.LoadCatalog(opt.SQL, list, tracker)
	if err != nil {
		return nil, err
	}
	run, err := compute.LookAt(ctx, opt.Workdir, opt.Run, "--run RUN", cat, opt.Threads, opt.Memory)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, run.Close)
	params := run.Params
	params["kinds"], params["source"] = nil, nil
	if len(opt.Kinds) > 0 {
		params["kinds"] = strings.Join(opt.Kinds, ",")
	}
	if opt.Source != "" {
		params["source"] = opt.Source
		sources, err := run.Strings(ctx, "SELECT source FROM reference.sources ORDER BY source")
		if err != nil {
			return nil, err
		}
		if !slices.Contains(sources, opt.Source) {
			return nil, fault.Usagef("--source "+sources[0]+"; without --source all are listed", "there is no source %q: they are %s", opt.Source, strings.Join(sources, ", "))
		}
	}
	table, err := run.Ask(ctx, cat.Lookup(list), params)
	if err != nil {
		return nil, err
	}
	result = &Result{Run: run.Run, Table: table}
	if opt.Tracker {
		answer, err := run.Ask(ctx, cat.Lookup(tracker), params)
		if err != nil {
			return nil, err
		}
		result.Tracker = &answer
	}
	return result, nil
}
