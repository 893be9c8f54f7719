package runs

import (
	"context"
	"fmt"
	"os"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/record"
	"sourcecov/sync/state"
)

// A row of sql/list/runs.sql.
type row struct {
	RunID      string    `json:"run_id"`
	AsOf       time.Time `json:"as_of"`
	WindowFrom string    `json:"window_from"`
	WindowTo   string    `json:"window_to"`
	Objects    int64     `json:"objects_listed"`
	GapsOpen   int64     `json:"gaps_open"`
	ExitCode   int64     `json:"exit_code"`
	Loaded     int64     `json:"loaded"`
}

// ofState are the runs that the state knows, that recorded last first: of each what
// its own row tells, which is less than a record.
func ofState(ctx context.Context, opt Options) (known []Run, err error) {
	const list = "list.runs"
	cat, err := compute.LoadCatalog(opt.SQL, list, "state.runs")
	if err != nil {
		return nil, err
	}
	s, err := compute.ReadState(ctx, opt.OpenState)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sourcecov-runs-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the state: %w", err)
	}
	defer fault.Also(&err, func() error { return os.RemoveAll(dir) })
	db, err := compute.OpenRules(ctx, cat, []string{"state.runs"}, opt.Threads, opt.Memory, dir)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, db.Close)
	if _, err := s.Build(ctx, db, cat.Lookup("state.runs"), dir); err != nil {
		return nil, err
	}
	table, err := db.Ask(ctx, cat.Lookup(list), nil)
	if err != nil {
		return nil, err
	}
	rows, err := duckdb.Rows[row](table)
	for _, r := range rows {
		known = append(known, Run{ID: r.RunID, Record: &record.Record{RunID: r.RunID, Bucket: s.Head.Bucket, Note: "of another disk: the state alone tells of it", Run: state.Run{
			RunID: r.RunID, AsOf: r.AsOf, WindowFrom: r.WindowFrom, WindowTo: r.WindowTo, ObjectsListed: r.Objects, GapsOpen: r.GapsOpen, ExitCode: r.ExitCode,
			Tables: []state.TableLoad{{Loaded: r.Loaded}},
		}}})
	}
	return known, err
}

// merge lists the runs of both, each once. Those of this disk stay in their order; what
// the state alone knows stands before the first of them that recorded earlier.
func merge(here []string, known []Run) (all []Run) {
	own := map[string]bool{}
	for _, id := range here {
		own[id] = true
	}
	at := 0
	until := func(id string) {
		for ; at < len(known) && known[at].ID != id; at++ {
			if !own[known[at].ID] {
				all = append(all, known[at])
			}
		}
	}
	in := map[string]bool{}
	for _, r := range known {
		in[r.ID] = true
	}
	for _, id := range here {
		if in[id] {
			until(id)
		}
		all = append(all, Run{ID: id})
	}
	until("")
	return all
}
