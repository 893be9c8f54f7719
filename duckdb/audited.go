package duckdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"sourcecov/sql"
)

// An AuditedTable is one table of somebody else: Parquet files that are still to be
// counted, or what was counted where the table is. Of a table of our own, whose Dataset
// is "", Counted has what it lost.
type AuditedTable struct {
	Dataset, Table string
	Game, Date     string        // columns with the id of the game and its date
	Key            string        // column that tells the rows of one game apart; "" where a game has one
	Files          []string      // the options of [Open] have to name them; without any, Counted has the rows
	Counted        []AuditedRows // each game and date once
	Fault          string        // why the table could not be read; "" if it can be

	StreamingRows  *int64     // in the table's streaming buffer, as estimated; nil where nobody streams, or nobody can tell
	StreamingSince *time.Time // since when the oldest waits
}

// AuditedRows are the rows of one game on one date.
type AuditedRows struct {
	Game *string `json:"game"` // nil where the rows have no id
	Date string  `json:"game_date"`
	Rows int64   `json:"rows_found"`
	Keys int64   `json:"keys_found"` // of them those with a key of their own
	Lost *int64  `json:"rows_lost"`  // of a table of our own, how many the date had by its last load and has no more
}

// makeAudited makes the relation audited, without a row: nobody has looked.
func (db *DB) makeAudited(ctx context.Context) error {
	if err := db.exec(ctx, "CREATE OR REPLACE TABLE "+sql.Audited.Name+" AS SELECT "+nulls(sql.Audited)+" LIMIT 0"); err != nil {
		return fmt.Errorf("make the relation %s: %w", sql.Audited.Name, err)
	}
	return nil
}

// OverAudited makes the relation audited out of a file into which it was saved.
func (db *DB) OverAudited(ctx context.Context, file string) error {
	err := db.makeAudited(ctx)
	if err == nil {
		err = db.exec(ctx, "INSERT INTO "+sql.Audited.Name+" BY NAME FROM read_parquet("+quote(file)+")")
	}
	if err != nil {
		return fmt.Errorf("read what was counted of the audited tables: %w", err)
	}
	return nil
}

// CountAudited makes the relation audited. A table that cannot be read leaves one
// row that says why, and is no error: the others are counted all the same.
func (db *DB) CountAudited(ctx context.Context, tables []AuditedTable) error {
	if err := db.makeAudited(ctx); err != nil {
		return err
	}
	for _, t := range tables {
		fault := t.Fault
		var err error
		switch {
		case fault != "":
		case len(t.Files) > 0:
			fault, err = db.countOne(ctx, t)
		default:
			err = db.fillCounted(ctx, t)
		}
		if err != nil {
			return fmt.Errorf("count the table %s.%s: %w", t.Dataset, t.Table, err)
		}
		var told any
		if fault != "" {
			told = fault
		}
		err = db.exec(ctx, "INSERT INTO "+sql.Audited.Name+` (dataset_name, table_name, rows_found, keys_found, fault, streaming_rows, streaming_since)
			VALUES (?, ?, 0, 0, ?, ?, ?)`, t.Dataset, t.Table, told, t.StreamingRows, t.StreamingSince)
		if err != nil {
			return fmt.Errorf("note what came of the table %s.%s: %w", t.Dataset, t.Table, err)
		}
	}
	return nil
}

// fillCounted takes over what was counted elsewhere.
func (db *DB) fillCounted(ctx context.Context, t AuditedTable) error {
	rows, err := json.Marshal(t.Counted)
	if err != nil || len(t.Counted) == 0 {
		return err
	}
	return db.exec(ctx, "INSERT INTO "+sql.Audited.Name+` (dataset_name, table_name, game, game_date, rows_found, keys_found, rows_lost)
		SELECT ?, ?, r.game, r.game_date, r.rows_found, r.keys_found, r.rows_lost
		FROM (SELECT unnest(from_json(?,
			'[{"game": "VARCHAR", "game_date": "DATE", "rows_found": "BIGINT", "keys_found": "BIGINT", "rows_lost": "BIGINT"}]')) AS r)`,
		t.Dataset, t.Table, string(rows))
}

// countOne counts the files of one table. All of its rows are counted or none.
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
	err = db.exec(ctx, fmt.Sprintf(`INSERT INTO %s (dataset_name, table_name, game, game_date, rows_found, keys_found)
		SELECT ?, ?, %s::VARCHAR, %s::DATE, count(*), %s FROM %s GROUP BY ALL`,
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
