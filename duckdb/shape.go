package duckdb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"sourcecov/sql"
)

// Shapes proves of every file what only its SELECT can tell: that it can be planned
// over what it reads, that it gives just the columns and types of its header, and
// that `over` can be counted. It does so over relations without rows, in a database
// that is good for nothing else afterwards. It returns an error a file that is not as
// its header says, in the order of the catalog; what reads such a file is judged by
// its header. Another error ends it. dir is a folder that SQL may read and write.
func (db *DB) Shapes(ctx context.Context, dir string) (wrong []error, err error) {
	key := "shapes " + db.cat.Sum
	if known, done := proved.Load(key); done {
		return known.([]error), nil
	}
	if err := db.prove(ctx); err != nil { // also of those that were released: who asks wants to see it
		return nil, err
	}
	madeInputs := false
	for _, f := range db.cat.Files { // types come first
		if !madeInputs && f.Kind != sql.Type {
			for _, name := range append(db.cat.Unions(), sql.Landing.Name, sql.Listing.Name, sql.Audited.Name) {
				if err := db.makeEmpty(ctx, name); err != nil {
					return nil, err
				}
			}
			madeInputs = true
		}
		err := db.shapeOf(ctx, f, dir)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			continue
		}
		wrong = append(wrong, firstLine(err))
		if f.Kind.Table() {
			if err := db.makeEmpty(ctx, f.Relation()); err != nil {
				return wrong, nil // of what reads it nothing can be said
			}
		}
	}
	proved.Store(key, wrong)
	return wrong, nil
}

// shapeOf proves one file.
func (db *DB) shapeOf(ctx context.Context, f *sql.File, dir string) error {
	values := sample(f)
	switch {
	case f.Kind == sql.Type, f.Kind == sql.Macro, f.Kind == sql.Reference:
		return db.Build(ctx, f, nil) // they read nothing that a night brings
	case f.Kind == sql.Schema: // its one parameter are its segments
		segment := filepath.Join(dir, f.Name+".parquet")
		if err := db.SaveEmpty(ctx, f, segment); err != nil {
			return err
		}
		values["segments"] = []string{segment}
	}
	args, err := bind(f, values)
	if err != nil {
		return err
	}
	gives, err := db.describe(ctx, "("+f.Text+"\n)", args...) // it is planned and not run
	if err != nil {
		return wrap(f, err)
	}
	if err := db.compare(ctx, f, gives); err != nil {
		return err
	}
	if f.Kind.Table() {
		return db.makeEmpty(ctx, f.Relation())
	}
	if f.Kind == sql.Check {
		if _, err := db.count(ctx, f.Over.Relation, f.Over.Where); err != nil {
			return f.Errorf("over", "%v", err)
		}
	}
	return nil
}

// makeEmpty makes a table without rows of the declared columns of a relation.
func (db *DB) makeEmpty(ctx context.Context, name string) error {
	var defs []string
	for _, c := range db.cat.ColumnsOf(name) {
		defs = append(defs, fmt.Sprintf("%q %s", c.Name, c.Type))
	}
	if err := db.exec(ctx, fmt.Sprintf("CREATE OR REPLACE TABLE %s (%s)", relation(name), strings.Join(defs, ", "))); err != nil {
		return fmt.Errorf("make the table %s: %w", name, err)
	}
	return nil
}

// sample are values for the parameters of a file.
func sample(f *sql.File) Params {
	p := Params{}
	for _, param := range f.Params {
		switch param.Type {
		case "TIMESTAMPTZ":
			p[param.Name] = time.Unix(0, 0).UTC()
		case "DATE":
			p[param.Name] = "1970-01-01"
		case "BIGINT", "INTEGER":
			p[param.Name] = int64(1)
		case "BOOLEAN":
			p[param.Name] = false
		default:
			p[param.Name] = ""
		}
	}
	return p
}

// firstLine is an error without the excerpt that the engine adds.
func firstLine(err error) error {
	text, _, more := strings.Cut(err.Error(), "\n")
	if !more {
		return err
	}
	return errors.New(text)
}
