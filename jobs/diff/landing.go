package diff

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/record"
	"sourcecov/sql"
)

// listLanded is the file that says what the name of an object tells.
const listLanded = "list.landed"

// compareLanding tells which objects only the second run had landed, and which the
// bucket no longer listed. The landing files of both are there still, for they never
// change; no run's database is asked.
func (d *Result) compareLanding(ctx context.Context, opt Options, cat *sql.Catalog) error {
	var segments []string
	for _, s := range d.Second.Inputs.Segments {
		if !slices.ContainsFunc(d.First.Inputs.Segments, func(was record.File) bool { return was.SHA256 == s.SHA256 }) {
			segments = append(segments, filepath.Join(opt.Workdir.Landing(), s.Name))
		}
	}
	before := filepath.Join(opt.Workdir.Landing(), d.First.Inputs.Listing.Name)
	after := filepath.Join(opt.Workdir.Landing(), d.Second.Inputs.Listing.Name)
	if before == after && len(segments) == 0 {
		return nil
	}
	for _, file := range append(slices.Clone(segments), before, after) {
		if _, err := os.Stat(file); err != nil {
			d.note("what arrived and what is gone cannot be told: the landing lacks %s", filepath.Base(file))
			return nil
		}
	}
	err := d.askLanding(ctx, opt, cat, segments, before, after)
	if err != nil && ctx.Err() == nil {
		d.note("what arrived and what is gone cannot be told: %v", err)
		return nil
	}
	return err
}

func (d *Result) askLanding(ctx context.Context, opt Options, cat *sql.Catalog, segments []string, before, after string) (err error) {
	db, err := compute.OpenRules(ctx, cat, nil, opt.Threads, opt.Memory, opt.Workdir.Landing())
	if err != nil {
		return err
	}
	defer fault.Also(&err, db.Close)
	if len(segments) > 0 {
		err = errors.Join(db.BuildAll(ctx, nil, sql.Macro), db.OverLanding(ctx, segments, after), db.Build(ctx, cat.Lookup("stage.landed"), nil))
		if err != nil {
			return err
		}
		landed, err := db.Ask(ctx, cat.Lookup(listLanded), nil)
		if err != nil {
			return err
		}
		d.group(landed)
	}
	gone, err := duckdb.Select[object](ctx, db, "SELECT object FROM read_parquet($1) EXCEPT SELECT object FROM read_parquet($2) ORDER BY object", before, after)
	for _, o := range gone {
		d.Gone = append(d.Gone, o.Name)
	}
	return err
}

// An object is one that a listing names.
type object struct {
	Name string `json:"object"`
}

// group counts objects that are of one feed and about one thing, which stand together.
func (d *Result) group(landed duckdb.Table) {
	for _, row := range landed.Rows {
		feed, about := duckdb.Text(row[0]), duckdb.Text(row[1])
		last := len(d.Arrived) - 1
		if last < 0 || d.Arrived[last].Feed != feed || d.Arrived[last].About != about {
			d.Arrived = append(d.Arrived, Arrived{Feed: feed, About: about})
			last++
		}
		a := &d.Arrived[last]
		if a.Objects++; len(a.Names) < mostNames {
			a.Names = append(a.Names, duckdb.Text(row[2]))
		}
	}
}
