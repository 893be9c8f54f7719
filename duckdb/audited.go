package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"sourcecov/sql"
)

// An AuditedTable is one table of somebody else, as Parquet files.
type AuditedTable struct {
	Dataset, Table string
	Game, Date     string   // columns with the id of the game and its date
	Key            string   // column that tells the rows of one game apart; "" where a game has one
	Files          []string // the options of [Open] have to name them
	Fault          string   // why there are no files to read; "" if there are
}

// CountAudited makes the relation audited, which is gone when the database is closed
// and is also made in one that is only read. A table that cannot be read leaves one
// row that says why, and is no error: the others are counted all the same.
func (db *DB) CountAudited(ctx context.Context, tables []AuditedTable) error {
	var columns []string
	for _, c := range sql.Audited.Columns {
		columns = append(columns, idents([]string{c.Name})+" "+c.Type)
	}
	if err := db.exec(ctx, "CREATE TEMP TABLE "+sql.Audited.Name+" ("+strings.Join(columns, ", ")+")"); err != nil {
		return fmt.Errorf("make the relation %s: %w", sql.Audited.Name, err)
	}
	for _, t := range tables {
		fault := t.Fault
		if fault == "" {
			var err error
			if fault, err = db.countOne(ctx, t); err != nil {
				return fmt.Errorf("count the table %s.%s: %w", t.Dataset, t.Table, err)
			}
		}
		var told any
		if fault != "" {
			told = fault
		}
		err := db.exec(ctx, "INSERT INTO "+sql.Audited.Name+" VALUES (?, ?, NULL, NULL, 0, 0, ?)", t.Dataset, t.Table, told)
		if err != nil {
			return fmt.Errorf("note what came of the table %s.%s: %w", t.Dataset, t.Table, err)
		}
	}
	return nil
}

// countOne counts one table. All of its rows are counted or none.
func (db *DB) countOne(ctx context.Context, t AuditedTable) (fault string, err error) {
	from := "read_parquet([" + quoteAll(t.Files) + "], union_by_name = true)"
	has, err := db.describe(ctx, "(FROM "+from+")")
	if err != nil {
		return faultOf(ctx, err)
	}
	for _, name := range []string{t.Game, t.Date, t.Key} {
		if name != "" && !slices.ContainsFunc(has, func(c sql.Column) bool { return strings.EqualFold(c.Name, name) }) {
			return "it has no column " + name, nil
		}
	}
	keys := "1"
	if t.Key != "" {
		keys = "count(DISTINCT " + idents([]string{t.Key}) + ")"
	}
	err = db.exec(ctx, fmt.Sprintf("INSERT INTO %s SELECT ?, ?, %s::VARCHAR, %s::DATE, count(*), %s, NULL FROM %s GROUP BY ALL",
		sql.Audited.Name, idents([]string{t.Game}), idents([]string{t.Date}), keys, from), t.Dataset, t.Table)
	return faultOf(ctx, err)
}

// faultOf tells a fault of a table from one of the machine.
func faultOf(ctx context.Context, err error) (fault string, of error) {
	var engine *driver.Error
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case NoMemory(err), !errors.As(err, &engine), engine.Type == driver.ErrorTypeFatal, engine.Type == driver.ErrorTypeInternal:
		return "", err
	}
	first, _, _ := strings.Cut(engine.Msg, "\n")
	return first, nil
}
