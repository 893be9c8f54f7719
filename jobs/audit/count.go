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

// Count counts the platform's tables into a file of rows of [sql.Audited], beside what
// tables of our own have lost, for a night to judge. It tells how many of how many of the
// platform's could be read.
func Count(ctx context.Context, cat *sql.Catalog, tables place.Audited, own []duckdb.AuditedTable, opt ReadOptions, file string) (read, of int, err error) {
	if err := cat.Need(listTables); err != nil {
		return 0, 0, err
	}
	counted, err := Read(ctx, cat, tables, opt)
	if err != nil {
		return 0, 0, err
	}
	allowed := []string{filepath.Dir(file)}
	if tables.Dir != "" {
		allowed = append(allowed, tables.Dir)
	}
	db, err := compute.OpenRules(ctx, cat, []string{}, opt.Threads, opt.Memory, allowed...)
	if err != nil {
		return 0, 0, err
	}
	defer fault.Also(&err, db.Close)
	if err := db.CountAudited(ctx, append(own, counted...)); err != nil {
		return 0, 0, err
	}
	unread, err := unread(ctx, db)
	if err != nil {
		return 0, 0, err
	}
	_, err = db.Save(ctx, sql.Audited, file)
	return len(counted) - unread, len(counted), err
}

// unread counts the tables that could not be read.
func unread(ctx context.Context, db *duckdb.DB) (int, error) {
	names, err := db.Strings(ctx, "SELECT dataset_name || '.' || table_name FROM "+sql.Audited.Name+" WHERE fault IS NOT NULL")
	return len(names), err
}
