package duckdb

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sourcecov/sql"
)

// Params are the values that a run binds to the `param` lines of its files:
// as_of, window_from and so on. A file gets just those that it declares.
type Params map[string]any

// Build makes the type, macro or table of one file. What the file produces must
// be exactly its `column` lines; anything else is an error that names the file.
func (db *DB) Build(ctx context.Context, f *sql.File, p Params) error {
	switch f.Kind {
	case sql.Type:
		return wrap(f, db.exec(ctx, fmt.Sprintf("CREATE TYPE %q AS ENUM (%s\n)", f.Name, f.Text)))
	case sql.Macro:
		return wrap(f, db.buildMacro(ctx, f))
	case sql.Check, sql.Report, sql.Explain, sql.List:
		return fmt.Errorf("build %s: a %s is asked, not built", f.Path, f.Kind)
	}
	args, err := bind(f, p)
	if err != nil {
		return err
	}
	if err := db.exec(ctx, fmt.Sprintf("CREATE TABLE %s AS %s", relation(f.Relation()), f.Text), args...); err != nil {
		return wrap(f, err)
	}
	db.measure()
	shaped := db.cat.Sum + " " + f.Path
	if _, done := proved.Load(shaped); !done && !db.cat.Released() {
		if err := db.shape(ctx, f); err != nil {
			return err
		}
		proved.Store(shaped, true)
	}
	return db.Union(ctx, f)
}

// Union makes or widens the union that a built file is a member of, if it is of one.
func (db *DB) Union(ctx context.Context, f *sql.File) error {
	if f.Into == "" {
		return nil
	}
	return wrap(f, db.union(ctx, f.Into))
}

// BuildAll builds every type, macro and table of the catalog in order. kinds
// narrows it to some kinds; none means all that can be built.
func (db *DB) BuildAll(ctx context.Context, p Params, kinds ...sql.Kind) error {
	for _, f := range db.cat.Files {
		if f.Kind.Asked() || len(kinds) > 0 && !slices.Contains(kinds, f.Kind) {
			continue
		}
		if err := db.Build(ctx, f, p); err != nil {
			return err
		}
	}
	return nil
}

// union makes or widens the view over the member tables that exist so far.
func (db *DB) union(ctx context.Context, name string) error {
	built, err := db.Strings(ctx, "SELECT schema_name || '.' || table_name FROM duckdb_tables()")
	if err != nil {
		return err
	}
	var parts []string
	for _, m := range db.cat.Members(name) {
		if slices.Contains(built, m.Relation()) {
			parts = append(parts, fmt.Sprintf("SELECT %s FROM %s", idents(m.ColumnNames()), relation(m.Relation())))
		}
	}
	return db.exec(ctx, fmt.Sprintf("CREATE OR REPLACE VIEW %s AS %s", relation(name), strings.Join(parts, " UNION ALL ")))
}

var leadingSelect = regexp.MustCompile(`(?is)^((?:\s*--[^\n]*\n)*)\s*SELECT\b`)

// buildMacro makes a scalar macro. One that reads no relation is inlined as an
// expression, its SELECT keyword taken off: as a scalar subquery the same macro
// costs a join per call (a third slower over a million names).
func (db *DB) buildMacro(ctx context.Context, f *sql.File) error {
	args := make([]string, len(f.Params))
	for i, p := range f.Params {
		args[i] = `"` + p.Name + `"`
	}
	body := f.Text
	if !slices.ContainsFunc(f.Reads, func(name string) bool {
		dep := db.cat.Lookup(name)
		return dep == nil || dep.Kind != sql.Macro
	}) {
		body = leadingSelect.ReplaceAllString(body, "$1")
	}
	return db.exec(ctx, fmt.Sprintf("CREATE OR REPLACE MACRO %q(%s) AS (%s\n)", f.Name, strings.Join(args, ", "), body))
}

// shape compares the table that a file made with its column lines.
func (db *DB) shape(ctx context.Context, f *sql.File) error {
	got, err := db.describe(ctx, relation(f.Relation()))
	if err != nil {
		return wrap(f, err)
	}
	return db.compare(ctx, f, got)
}

// compare holds what a file gives to its column lines.
func (db *DB) compare(ctx context.Context, f *sql.File, got []sql.Column) error {
	// The declared types are spelled by DuckDB too, so that `status` is
	// compared as the ENUM of its labels.
	want, err := db.describe(ctx, "SELECT "+nulls(f))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return f.Errorf("column", "a declared type is unknown: %v", err)
	}
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			return f.Errorf("column", "column %s is declared but not produced", want[i].Name)
		case i >= len(want):
			return f.Errorf("column", "column %s is produced but not declared", got[i].Name)
		case got[i] != want[i]:
			return f.Errorf("column", "column %d is produced as %s %s but declared as %s %s",
				i+1, got[i].Name, got[i].Type, want[i].Name, f.Columns[i].Type)
		}
	}
	return nil
}

// nulls is a row of the columns that f declares.
func nulls(f *sql.File) string {
	casts := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		casts[i] = fmt.Sprintf("CAST(NULL AS %s) AS %q", c.Type, c.Name)
	}
	return strings.Join(casts, ", ")
}

// describe lists the columns of a table or of a SELECT.
func (db *DB) describe(ctx context.Context, what string, args ...any) ([]sql.Column, error) {
	rows, err := db.conn.QueryContext(ctx, "DESCRIBE "+what, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []sql.Column
	for rows.Next() {
		var name, typ string
		var null, key, def, extra stdsql.NullString
		if err := rows.Scan(&name, &typ, &null, &key, &def, &extra); err != nil {
			return nil, err
		}
		out = append(out, sql.Column{Name: name, Type: typ})
	}
	return out, rows.Err()
}

func bind(f *sql.File, p Params) ([]any, error) {
	var args []any
	for _, param := range f.Params {
		v, ok := p[param.Name]
		if !ok {
			return nil, f.Errorf("param", "no value is given for the parameter %s", param.Name)
		}
		args = append(args, stdsql.Named(param.Name, v))
	}
	return args, nil
}

func wrap(f *sql.File, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("run sql/%s: %w", f.Path, err)
}
