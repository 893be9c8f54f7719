package jobs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sourcecov/duckdb"
	"sourcecov/sql"
)

// explainOrder is the order in which people read the files of sql/explain: from
// the game to its cells, the objects behind them, what was made of them and what
// was told. Files that are not named here come last, by name.
var explainOrder = []string{"game", "cells", "snapshots", "chains", "rows", "windows", "events"}

// explain asks the newest run's database for everything about one game.
func explain(ctx context.Context, c *config) (err error) {
	cat, err := sql.Load(c.sqlFiles)
	if err == nil {
		err = cat.Need("explain.game")
	}
	if err != nil {
		return usagef("mend the file, or run without --sql", "%v", err)
	}
	db, err := c.openNewest(ctx, cat)
	if err != nil {
		return err
	}
	defer also(&err, db.Close)
	files := cat.Kind(sql.Explain)
	slices.SortStableFunc(files, func(a, b *sql.File) int { return explainPlace(a) - explainPlace(b) })
	for _, f := range files {
		answer, err := db.Ask(ctx, f, duckdb.Params{"game": c.arg})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return usagef("sourcecov nightly, which makes the database anew, and then the same again",
				"%s was made by other SQL files than these: %v", c.newestPath(), err)
		case f.Name == "game" && len(answer.Rows) == 0:
			return usagef("a 10-digit NBA id or YYYYMMDD_AWY_HOM, away team first; model.game in "+c.newestPath()+" has them all",
				"no schedule that the run saw holds a game %s", c.arg)
		}
		c.ui.explained(f.Doc, reportOf(f, answer))
	}
	return nil
}

func explainPlace(f *sql.File) int {
	if i := slices.Index(explainOrder, f.Name); i >= 0 {
		return i
	}
	return len(explainOrder)
}

func (c *config) newestPath() string { return filepath.Join(c.workdir, newestDatabase) }

// openNewest opens the newest run's database to be read only.
func (c *config) openNewest(ctx context.Context, cat *sql.Catalog) (*duckdb.DB, error) {
	if _, err := os.Stat(c.newestPath()); errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("sourcecov nightly, with the same --bucket and --workdir, and then the same again",
			"there is no run yet in %s", c.workdir)
	}
	return duckdb.Open(ctx, duckdb.Options{Path: c.newestPath(), ReadOnly: true, Threads: c.threads, MemoryLimit: c.memory}, cat)
}
