// Package audit compares the platform's own tables with what a run knows. It only
// looks: nothing is recorded and nothing is loaded.
package audit

import (
	"context"
	"io/fs"
	"slices"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sql"
)

// Options say which tables are compared with which run, and what is listed.
type Options struct {
	Run            string // as [place.Workdir.FindRun] takes it
	Tables         place.Audited
	From, To, Game string // "" for all
	FailOn         string // critical, warning or never
	Cloud          *place.Cloud
	MaxBilled      int64 // as in ReadOptions
	SQL            fs.FS
	Workdir        place.Workdir
	Threads        int
	Memory         string
}

// A Result is what sql/list/audit.sql answers.
type Result struct {
	Run *record.Record
	duckdb.Table
	Streaming duckdb.Table // what sql/report/audit_streaming.sql answers
	Audited   int          // tables that there are to be read, and
	Read      int          // those that could be; if none could, nothing is judged
	FailOn    string       // and
	Failed    bool         // whether a finding is as bad
}

// Run counts the tables and asks what is to be said of them.
func Run(ctx context.Context, opt Options) (result *Result, err error) {
	const list, streaming = "list.audit", "report.audit_streaming"
	of, cat, err := opt.look(append([]string{list, streaming, listTables}, judgement...)...)
	if err != nil {
		return nil, err
	}
	if !opt.Workdir.HasDatabase(of.RunID) { // before anything is paid for
		return nil, opt.Workdir.NoDatabase(of.RunID)
	}
	tables, err := Read(ctx, cat, opt.Tables, opt.reading(of))
	if err != nil {
		return nil, err
	}
	// The engine has to be told beforehand which files it may read.
	var files []string
	for _, t := range tables {
		files = append(files, t.Files...)
	}
	dir, remove, err := opt.Workdir.Temp()
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, remove)
	run, err := compute.CopyOf(ctx, opt.Workdir, of.RunID, next, cat, opt.Threads, opt.Memory, dir, files...)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, run.Close)
	params := run.Params
	if err := run.CountAudited(ctx, tables); err != nil {
		return nil, err
	}
	for _, name := range judgement {
		if err := run.Rebuild(ctx, cat.Lookup(name)); err != nil {
			return nil, err
		}
	}
	params["audit_from"], params["audit_to"], params["game"] = orNull(opt.From), orNull(opt.To), orNull(opt.Game)
	found, err := run.Ask(ctx, cat.Lookup(list), params)
	if err != nil {
		return nil, err
	}
	game := slices.Index(found.Columns, "game")
	if opt.Game != "" && !slices.ContainsFunc(found.Rows, func(row []any) bool { return row[game] != nil }) {
		if err := opt.knows(ctx, run.DB); err != nil {
			return nil, err
		}
	}
	result = &Result{Run: run.Run, Table: found, Audited: len(tables), FailOn: opt.FailOn}
	if result.Streaming, err = run.Ask(ctx, cat.Lookup(streaming), params); err != nil {
		return nil, err
	}
	unread, err := unread(ctx, run.DB)
	if err != nil {
		return nil, err
	}
	result.Read = result.Audited - unread
	fatal, err := run.Strings(ctx, "SELECT s::VARCHAR FROM (SELECT unnest(enum_range(NULL::severity))::severity AS s) WHERE s >= TRY_CAST('"+opt.FailOn+"' AS severity)")
	if err != nil {
		return nil, err
	}
	for _, row := range found.Rows {
		severity, _ := row[slices.Index(found.Columns, "severity")].(string)
		result.Failed = result.Failed || slices.Contains(fatal, severity)
	}
	return result, nil
}

// judgement is what follows from what was counted, in order.
var judgement = []string{"model.table_read", "model.audit_finding"}

// next is what to type if no run is meant.
const next = "--run RUN"

// look is the run that is meant, with the SQL files, of which these relations are needed.
func (opt Options) look(need ...string) (*record.Record, *sql.Catalog, error) {
	for _, d := range []struct{ flag, text string }{{"--from", opt.From}, {"--to", opt.To}} {
		if _, err := time.Parse(time.DateOnly, d.text); d.text != "" && err != nil {
			return nil, nil, fault.Usagef(d.flag+" 2025-04-20", "%s %q is no date, e.g. 2025-04-20", d.flag, d.text)
		}
	}
	if opt.From != "" && opt.To != "" && opt.From > opt.To {
		return nil, nil, fault.Usagef("--from "+opt.To+" --to "+opt.From, "--from %s is after --to %s", opt.From, opt.To)
	}
	cat, err := compute.LoadCatalog(opt.SQL, need...)
	if err != nil {
		return nil, nil, err
	}
	id, err := opt.Workdir.FindRun(opt.Run, next)
	if err != nil {
		return nil, nil, err
	}
	run, err := compute.ReadRecord(opt.Workdir, id)
	return run, cat, err
}

// reading is how the tables are read for a run.
func (opt Options) reading(run *record.Record) ReadOptions {
	return ReadOptions{AsOf: run.Run.AsOf, Cloud: opt.Cloud, MaxBilled: opt.MaxBilled, Threads: opt.Threads, Memory: opt.Memory}
}

// knows refuses a game that nobody knows: it may be a slip of the hand, and has no finding for that reason.
func (opt Options) knows(ctx context.Context, db *duckdb.DB) error {
	games, err := duckdb.Select[struct {
		Known bool `json:"known"`
	}](ctx, db, "SELECT coalesce(bool_or(is_game(?::VARCHAR, nba_game_id, game_code_id)), false) AS known FROM model.game", opt.Game)
	if err == nil && !games[0].Known {
		return fault.Usagef("--game with a 10-digit NBA id or YYYYMMDD_AWY_HOM", "no schedule that the run saw holds a game %s, and no table has it", opt.Game)
	}
	return err
}

// Judged says whether any table could be read: who read none knows of none that it is in order.
func (r *Result) Judged() bool { return r.Read > 0 }

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
