package audit

import (
	"context"
	"path/filepath"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/sql"
)

// Count counts the platform's tables into a file of rows of [sql.Audited], for a night
// to judge, and tells how many of how many could be read.
func Count(ctx context.Context, cat *sql.Catalog, tables place.Audited, threads int, memory, file string) (read, of int, err error) {
	opt := Options{Tables: tables, Threads: threads, Memory: memory}
	named, err := opt.tables(ctx, cat)
	if err != nil {
		return 0, 0, err
	}
	db, err := compute.OpenRules(ctx, cat, []string{}, threads, memory, string(tables), filepath.Dir(file))
	if err != nil {
		return 0, 0, err
	}
	defer fault.Also(&err, db.Close)
	if err := db.CountAudited(ctx, named); err != nil {
		return 0, 0, err
	}
	unread, err := unread(ctx, db)
	if err != nil {
		return 0, 0, err
	}
	_, err = db.Save(ctx, sql.Audited, file)
	return len(named) - unread, len(named), err
}

// unread counts the tables that could not be read.
func unread(ctx context.Context, db *duckdb.DB) (int, error) {
	names, err := db.Strings(ctx, "SELECT dataset_name || '.' || table_name FROM "+sql.Audited.Name+" WHERE fault IS NOT NULL")
	return len(names), err
}
