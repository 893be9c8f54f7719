// Package query answers a question in SQL over a finished run's database, which
// stays as it is.
package query

import (
	"context"
	"errors"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/sql"
)

// Options say what is asked, and of which run.
type Options struct {
	SQL     string // one SELECT
	Run     string // as [place.Workdir.FindRun] takes it
	Workdir place.Workdir
	Threads int
	Memory  string
}

const relations = `sourcecov query "SHOW TABLES FROM model"`

// Run asks. The answer is whole, or there is none.
func Run(ctx context.Context, opt Options) (answer *duckdb.Table, err error) {
	id, err := opt.Workdir.FindRun(opt.Run, "--run RUN")
	if err != nil {
		return nil, err
	}
	db, err := compute.OpenRun(ctx, opt.Workdir, id, new(sql.Catalog), opt.Threads, opt.Memory)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, db.Close)
	t, err := db.Question(ctx, opt.SQL)
	var wrong *duckdb.QuestionError
	switch {
	case err == nil:
		return &t, nil
	case errors.As(err, &wrong) && wrong.Refused:
		return nil, fault.Usagef("one SELECT over what "+relations+" lists; for all else open "+opt.Workdir.Database(id)+" with DuckDB", "%s", wrong.Msg)
	case errors.As(err, &wrong):
		return nil, fault.Usagef("mend the query; "+relations+" lists relations, \"DESCRIBE model.cell\" the columns of one", "%s", wrong.Msg)
	case ctx.Err() == nil && duckdb.NoMemory(err):
		return nil, fault.Usagef("ask for less, or the same with a higher --memory-limit", "%v", err)
	}
	return nil, err
}
