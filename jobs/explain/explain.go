// Package explain tells all that the newest run knows of one game.
package explain

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sql"
)

// Options say which game is explained, and by which run.
type Options struct {
	Game    string // an NBA id or YYYYMMDD_AWY_HOM
	SQL     fs.FS
	Workdir place.Workdir
	Threads int
	Memory  string
}

// An Answer is what one file of sql/explain says of the game.
type Answer struct {
	About string // the file's own sentence
	record.Report
}

// order is the order in which people read the answers: from the game to its
// cells, the objects behind them, what was made of them and what happened. Files
// that are not named here come last, by name.
var order = []string{"game", "cells", "snapshots", "chains", "rows", "windows", "events"}

// Run asks the newest run's database.
func Run(ctx context.Context, opt Options) (answers []Answer, err error) {
	cat, err := compute.LoadCatalog(opt.SQL, "explain.game")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(opt.Workdir.Newest()); errors.Is(err, fs.ErrNotExist) {
		lacking := "there is no run yet in %s"
		if ids, err := opt.Workdir.Recorded(); err == nil && len(ids) > 0 { // of another disk
			lacking = "no run has made a database in %s yet"
		}
		return nil, fault.Usagef("sourcecov nightly, with the same --bucket and --workdir, then this command again", lacking, opt.Workdir)
	}
	db, err := duckdb.Open(ctx, duckdb.Options{Path: opt.Workdir.Newest(), ReadOnly: true, Threads: opt.Threads, MemoryLimit: opt.Memory}, cat)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, db.Close)
	files := cat.Kind(sql.Explain)
	slices.SortStableFunc(files, func(a, b *sql.File) int { return position(a) - position(b) })
	for _, f := range files {
		answer, err := db.Ask(ctx, f, duckdb.Params{"game": opt.Game})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, fault.Usagef("sourcecov nightly, which makes the database anew, then this command again",
				"%s was made by other SQL files than these: %v", opt.Workdir.Newest(), err)
		case f.Name == "game" && len(answer.Rows) == 0:
			return nil, fault.Usagef("a 10-digit NBA id or YYYYMMDD_AWY_HOM, away team first; model.game in "+opt.Workdir.Newest()+" has them all",
				"no schedule that the run saw holds a game %s", opt.Game)
		}
		answers = append(answers, Answer{f.Doc, record.Report{Name: f.Name, Table: answer}})
	}
	return answers, nil
}

func position(f *sql.File) int {
	if i := slices.Index(order, f.Name); i >= 0 {
		return i
	}
	return len(order)
}
