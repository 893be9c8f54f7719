// Package runs lists the runs that a working directory has a record of, and those of
// other disks that a state elsewhere knows.
package runs

import (
	"context"
	"io/fs"
	"time"

	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sync/mirror"
)

// Options say how many are listed.
type Options struct {
	Workdir place.Workdir
	Limit   int // at least 1

	// OpenState opens a state that lies elsewhere, which knows of the runs of other
	// disks; nil if it lies in Workdir.
	OpenState func(context.Context) (mirror.Bucket, error)
	SQL       fs.FS
	Threads   int
	Memory    string
}

// A Result is what was found.
type Result struct {
	Runs       []Run
	Known      int // how many there are, those beyond the limit included
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
	all := merge(ids, nil)
	if opt.OpenState != nil {
		known, err := ofState(ctx, opt)
		if err != nil {
			return nil, err
		}
		all = merge(ids, known)
	}
	if len(all) == 0 {
		_, err := opt.Workdir.FindRun(place.Newest, "")
		return nil, err
	}
	result := &Result{Known: len(all), Unfinished: unfinished, Runs: all[:min(opt.Limit, len(all))]}
	for i := range result.Runs {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if run := &result.Runs[i]; run.Record == nil { // one of this disk
			run.read(opt.Workdir)
		}
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

// read reads the record of a run of this disk.
func (run *Run) read(w place.Workdir) {
	run.HasDatabase = w.HasDatabase(run.ID)
	if run.Record, run.Fault = compute.ReadRecord(w, run.ID); run.Fault == nil {
		text, _ := run.Record.Params["clock"].(string)
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			run.RanAt = &at
		}
	}
}

// Before is the record of the run with the newest as-of at or before an instant; of
// several of one as-of the one that was recorded last.
func Before(w place.Workdir, until time.Time) (*record.Record, error) {
	ids, _, err := w.RecordedBack()
	if err != nil {
		return nil, err
	}
	var found *record.Record
	for _, id := range ids {
		r, err := compute.ReadRecord(w, id)
		if err != nil {
			return nil, err
		}
		if !r.Run.AsOf.After(until) && (found == nil || r.Run.AsOf.After(found.Run.AsOf)) {
			found = r
		}
	}
	if found == nil {
		return nil, fault.Usagef("sourcecov runs, which lists those there are", "no run in %s is as of %s or before", w, until.Format(time.RFC3339))
	}
	return found, nil
}
