// Package runs lists the runs that a working directory has a record of.
package runs

import (
	"context"
	"time"

	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
)

// Options say how many are listed.
type Options struct {
	Workdir place.Workdir
	Limit   int // at least 1
}

// A Result is what was found.
type Result struct {
	Runs       []Run
	Recorded   int // how many have a record, those beyond the limit included
	Unfinished int // folders without a record: a run that was killed, or goes on
}

// A Run is one that is finished. Of a record that cannot be read nothing but the id is known.
type Run struct {
	ID          string
	Record      *record.Record // nil if it cannot be read, and then
	Fault       error          // says why
	RanAt       *time.Time     // when it began, by the clock; nil if that was not recorded
	HasDatabase bool           // it can be asked
}

// List reads the records, that of the run recorded last first.
func List(ctx context.Context, opt Options) (*Result, error) {
	if opt.Limit < 1 {
		return nil, fault.Usagef("--limit 20", "--limit %d: give a number of at least 1", opt.Limit)
	}
	ids, unfinished, err := opt.Workdir.RecordedBack()
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		_, err := opt.Workdir.FindRun(place.Newest, "")
		return nil, err
	}
	result := &Result{Recorded: len(ids), Unfinished: unfinished}
	for _, id := range ids[:min(opt.Limit, len(ids))] {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		run := Run{ID: id, HasDatabase: opt.Workdir.HasDatabase(id)}
		if run.Record, run.Fault = compute.ReadRecord(opt.Workdir, id); run.Fault == nil {
			text, _ := run.Record.Params["clock"].(string)
			if at, err := time.Parse(time.RFC3339, text); err == nil {
				run.RanAt = &at
			}
		}
		result.Runs = append(result.Runs, run)
	}
	return result, nil
}

// Read reads the record of the run that is meant: by its id, by the beginning of one,
// or by [place.Newest].
func Read(w place.Workdir, meant string) (*record.Record, error) {
	id, err := w.FindRun(meant, "sourcecov report RUN")
	if err != nil {
		return nil, err
	}
	return compute.ReadRecord(w, id)
}
