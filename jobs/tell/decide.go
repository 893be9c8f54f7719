package tell

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/sql"
)

type stateAt = compute.State

// ofState, ofRun and decisions are what the files of sql/alert/ read besides each other.
// What people decided since the run counts: it is judged anew, after the rest.
var (
	ofState   = []string{"state.events", "state.alerts", "state.decisions"}
	ofRun     = []string{"model.event", "model.outage", "model.cell", "model.game_identity"}
	decisions = []string{"model.decision", "model.decided_event"}
)

// decide asks what is told. The run's database is read and left as it is: what is
// asked of it is brought into one in memory, beside the state as it is now.
func decide(ctx context.Context, opt Options, channels []string, isReplay bool) (d *decided, err error) {
	cat, err := compute.LoadCatalog(opt.SQL, slices.Concat([]string{"alert.decision", "alert.message", "alert.baseline"}, ofState, ofRun, decisions)...)
	if err != nil {
		return nil, err
	}
	dir, remove, err := opt.Temp()
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, remove)
	d = &decided{}
	if d.state, err = compute.ReadState(ctx, opt.OpenState); err != nil {
		return nil, err
	}
	if err := bring(ctx, opt, cat, dir); err != nil {
		return nil, err
	}
	db, err := compute.OpenRules(ctx, cat, nil, opt.Threads, opt.Memory, dir)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, db.Close)
	if err := db.BuildAll(ctx, nil, sql.Macro); err != nil {
		return nil, err
	}
	for _, name := range ofState {
		if _, err := d.state.Build(ctx, db, cat.Lookup(name), dir); err != nil {
			return nil, err
		}
	}
	for _, name := range ofRun {
		if err := db.Fill(ctx, cat.Lookup(name), filepath.Join(dir, name+".parquet")); err != nil {
			return nil, err
		}
	}
	if isReplay && len(channels) == 0 {
		if channels, err = db.Strings(ctx, "SELECT DISTINCT channel FROM state.alerts ORDER BY channel"); err != nil {
			return nil, err
		}
		if len(channels) == 0 {
			channels = []string{"slack"}
		}
	}
	var files []*sql.File
	for _, name := range decisions {
		files = append(files, cat.Lookup(name))
	}
	for _, f := range append(files, cat.Kind(sql.Alert)...) {
		if err := db.Build(ctx, f, params(opt, channels, isReplay)); err != nil {
			return nil, err
		}
	}
	return d, d.read(ctx, db)
}

// params are what the files of sql/alert/ may ask for. The instant of a message is
// that of its run, so that the same nights tell the same whenever they run.
func params(opt Options, channels []string, isReplay bool) duckdb.Params {
	p := duckdb.Params{
		"as_of": opt.Record.Run.AsOf, "window_from": opt.Record.Run.WindowFrom, "window_to": opt.Record.Run.WindowTo,
		"channels": channels, "is_replay": isReplay, "blocked": nil,
	}
	if v := opt.Record.Verdict; v != nil && v.Blocked {
		p["blocked"] = v.Said
	}
	return p
}

// bring saves what is asked of the run's database as files in dir.
func bring(ctx context.Context, opt Options, cat *sql.Catalog, dir string) (err error) {
	// Under a name of its own: the engine keeps open files by path.
	asked := filepath.Join(dir, "run.duckdb")
	if err := os.Link(opt.Database, asked); err != nil {
		return fmt.Errorf("open the database of the run: %w", err)
	}
	db, err := duckdb.Open(ctx, duckdb.Options{Path: asked, ReadOnly: true, Threads: opt.Threads, MemoryLimit: opt.Memory, Allowed: []string{dir}}, cat)
	if err != nil {
		return err
	}
	defer fault.Also(&err, db.Close)
	for _, name := range ofRun {
		if _, err := db.Save(ctx, cat.Lookup(name), filepath.Join(dir, name+".parquet")); err != nil {
			return err
		}
	}
	return nil
}

// Until is the last instant that a date, or an instant in RFC 3339, stands for.
func Until(text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC(), nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fault.Usagef("--replay 2025-04-20", "--replay %s: it is no date YYYY-MM-DD and no instant of RFC 3339", text)
	}
	return day.Add(24*time.Hour - time.Second), nil
}
