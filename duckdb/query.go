package duckdb

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"slices"

	"sourcecov/sql"
)

// Ask runs a check, a report or any relation's SELECT and returns its rows in
// the order that the SELECT gives them.
func (db *DB) Ask(ctx context.Context, f *sql.File, p Params) (Table, error) {
	args, err := bind(f, p)
	if err == nil {
		err = db.proveAsked(ctx, f)
	}
	if err != nil {
		return Table{}, err
	}
	t, err := db.table(ctx, "FROM ("+f.Text+"\n)", args...)
	if err != nil {
		return Table{}, wrap(f, err)
	}
	if !slices.Equal(t.Columns, f.ColumnNames()) {
		return Table{}, f.Errorf("column", "the columns produced are %v, the header declares %v", t.Columns, f.ColumnNames())
	}
	return t, db.declared(ctx, f, t)
}

// declared gives the columns of an answer the types that are declared, if they are those.
func (db *DB) declared(ctx context.Context, f *sql.File, t Table) error {
	declares, err := db.table(ctx, "SELECT "+nulls(f))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return f.Errorf("column", "a declared type is unknown: %v", err)
	}
	for i, c := range f.Columns {
		if t.Types[i] != declares.Types[i] {
			return f.Errorf("column", "column %d is produced as %s %s but declared as %s %s", i+1, c.Name, t.Types[i], c.Name, c.Type)
		}
		t.Types[i] = c.Type
	}
	return nil
}

// All returns every row of a built relation, in no particular order.
func (db *DB) All(ctx context.Context, name string) (Table, error) {
	t, err := db.table(ctx, "FROM "+relation(name))
	if err != nil {
		return Table{}, fmt.Errorf("read %s: %w", name, err)
	}
	return t, nil
}

// Select runs a question of the program's own and reads its rows into structs, as [Rows] does.
func Select[T any](ctx context.Context, db *DB, text string, args ...any) ([]T, error) {
	t, err := db.table(ctx, "FROM ("+text+"\n)", args...)
	if err != nil {
		return nil, fmt.Errorf("ask the database: %w", err)
	}
	return Rows[T](t)
}

// Relation reads every row of a built relation into structs, as [Rows] does, in no particular order.
func Relation[T any](ctx context.Context, db *DB, name string) ([]T, error) {
	t, err := db.All(ctx, name)
	if err != nil {
		return nil, err
	}
	out, err := Rows[T](t)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return out, nil
}

func (db *DB) table(ctx context.Context, from string, args ...any) (Table, error) {
	rows, err := db.conn.QueryContext(ctx, from, args...)
	if err != nil {
		return Table{}, err
	}
	defer rows.Close()
	return scanTable(rows, 0)
}

// A Finding is the outcome of one check.
type Finding struct {
	Check    string `json:"check"`    // file name without .sql
	Severity string `json:"severity"` // block, warn or info
	Finds    string `json:"finds"`    // what a row that it finds says
	Over     int64  `json:"over"`     // rows that it looked over
	Blind    bool   `json:"blind"`    // it looked over nothing although its inputs have rows
	Rows     Table  `json:"rows"`     // what offends
}

// Failed reports whether nothing may be published.
func (f Finding) Failed() bool { return f.Blind || f.Severity == "block" && len(f.Rows.Rows) > 0 }

// Check runs one check and counts what it looked over. A check that sees
// nothing although what feeds its relation has rows is blind, which fails it:
// a check over no rows always passes (RULES.md, "Blocking checks", 6).
func (db *DB) Check(ctx context.Context, f *sql.File, p Params) (Finding, error) {
	out := Finding{Check: f.Name, Severity: f.Severity, Finds: f.Finds}
	err := db.look(ctx, &out, f.Over)
	if err != nil {
		return out, f.Errorf("over", "%v", err)
	}
	out.Rows, err = db.Ask(ctx, f, p)
	return out, err
}

// look counts what a check looks over and notes whether it is blind.
func (db *DB) look(ctx context.Context, out *Finding, over sql.Over) (err error) {
	if out.Over, err = db.count(ctx, over.Relation, over.Where); err != nil || out.Over > 0 {
		return err
	}
	out.Blind, err = db.fed(ctx, over)
	return err
}

// fed reports whether the inputs of what a check looks over have rows: with a
// condition the relation itself, else what the relation reads. Rules do not
// count, they are always there. A stage may be empty while others are not;
// whether it dropped rows is asked by the check stage_reads_rows.
func (db *DB) fed(ctx context.Context, over sql.Over) (bool, error) {
	f := db.cat.Lookup(over.Relation)
	if f == nil || f.Kind == sql.Stage {
		return false, nil
	}
	inputs := f.Reads
	if over.Where != "" {
		inputs = []string{over.Relation}
	}
	for _, name := range inputs {
		if dep := db.cat.Lookup(name); dep != nil && (dep.Kind == sql.Macro || dep.Kind == sql.Reference) {
			continue
		}
		n, err := db.count(ctx, name, "")
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

func (db *DB) count(ctx context.Context, name, where string) (int64, error) {
	var n int64
	err := db.conn.QueryRowContext(ctx, counting(name, where)).Scan(&n)
	return n, err
}

// counting is the statement that counts rows. What comes of `over` is proved.
func counting(name, where string) string {
	text := "SELECT count(*) FROM " + relation(name)
	if where != "" {
		text += " WHERE (" + where + "\n)"
	}
	return text
}

// Strings runs a question of the program's own whose answer is one column of text.
func (db *DB) Strings(ctx context.Context, text string) ([]string, error) {
	rows, err := db.conn.QueryContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("ask the database: %w", err)
	}
	defer rows.Close()
	out := []string{}
	for rows.Next() {
		var s stdsql.NullString
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("ask the database: %w", err)
		}
		out = append(out, s.String)
	}
	return out, rows.Err()
}
