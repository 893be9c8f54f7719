package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sourcecov/sql"
)

// An Exported is a finished Parquet file and what it must hold.
type Exported struct {
	File  string
	Parts []Partition       // those whose rows it has; one without rows may be among them
	Meta  map[string]string // what its footer must say
}

// readAtOnce is how many files are asked for in one statement.
const readAtOnce = 250

// ReadBack reads files of rows of f back, every value of them, and compares them with what
// they must hold: the columns and their types, the metadata, of each partition the
// rows, by the prints that the relation has, and no row besides. The engine did not
// write them, so it can vouch for who did. Lists are never NULL, nor is what they hold.
func (db *DB) ReadBack(ctx context.Context, f *sql.File, files []Exported, prints Prints) error {
	for some := range slices.Chunk(files, readAtOnce) {
		err := db.readColumns(ctx, f, some)
		if err == nil {
			err = db.readMeta(ctx, some)
		}
		if err == nil {
			err = db.readRows(ctx, f, some, prints)
		}
		if err != nil {
			return fmt.Errorf("read back what was exported of %s: %w", f.Name, err)
		}
	}
	return nil
}

// names lists the files in SQL.
func names(files []Exported) string {
	names := make([]string, len(files))
	for i, x := range files {
		names[i] = x.File
	}
	return "[" + quoteAll(names) + "]"
}

// readColumns holds one file to the declared columns, and all others to that one.
func (db *DB) readColumns(ctx context.Context, f *sql.File, files []Exported) error {
	want, err := db.describe(ctx, "SELECT "+nulls(f))
	if err != nil {
		return err
	}
	got, err := db.describe(ctx, "SELECT * FROM read_parquet("+quote(files[0].File)+")")
	if err != nil {
		return err
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s: the columns are %v, declared are %v", files[0].File, got, want)
	}
	const columns = "list((name, type, type_length, repetition_type, num_children, converted_type, scale, precision, logical_type))"
	others, err := db.Strings(ctx, fmt.Sprintf(`SELECT file_name FROM (SELECT file_name, %[1]s AS columns FROM parquet_schema(%[2]s) GROUP BY file_name)
		WHERE columns <> (SELECT %[1]s FROM parquet_schema(%[3]s)) ORDER BY file_name LIMIT 1`, columns, names(files), quote(files[0].File)))
	if err == nil && len(others) > 0 {
		err = fmt.Errorf("the columns of %s are not those of %s", others[0], files[0].File)
	}
	return err
}

func (db *DB) readMeta(ctx context.Context, files []Exported) error {
	found, err := Select[struct {
		File  string `json:"file_name"`
		Key   string `json:"key"`
		Value string `json:"value"`
	}](ctx, db, "SELECT file_name, decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata("+names(files)+")")
	if err != nil {
		return err
	}
	has := map[[2]string]string{}
	for _, m := range found {
		has[[2]string{m.File, m.Key}] = m.Value
	}
	for _, x := range files {
		for key, value := range x.Meta {
			if got := has[[2]string{x.File, key}]; got != value {
				return fmt.Errorf("%s: its metadata %s is %q, not %q", x.File, key, got, value)
			}
		}
	}
	return nil
}

func (db *DB) readRows(ctx context.Context, f *sql.File, files []Exported, prints Prints) error {
	lists := "false"
	for _, c := range f.Columns {
		if strings.HasSuffix(c.Type, "[]") {
			lists += fmt.Sprintf(" OR %q IS NULL OR len(%[1]q) > list_count(%[1]q)", c.Name)
		}
	}
	found, err := Select[struct {
		File      string  `json:"file_of_row"`
		Partition *string `json:"v"`
		Rows      int64   `json:"rows"`
		Sum       string  `json:"sum"`
		Xor       string  `json:"xor"`
		Nulls     bool    `json:"nulls"`
	}](ctx, db, fmt.Sprintf(`SELECT file_of_row, v, count(*) AS rows, %s, bool_or(null_list) AS nulls
		FROM (SELECT file_of_row, %s AS v, %s AS h, %s AS null_list FROM read_parquet(%s, filename = 'file_of_row')) GROUP BY ALL`,
		printOf, partitionOf(f), rowHash(f), lists, names(files)))
	if err != nil {
		return err
	}
	type place struct{ file, partition string }
	has := map[place]Print{}
	for _, p := range found {
		if p.Partition == nil || p.Nulls {
			return fmt.Errorf("%s: a NULL where none may be", p.File)
		}
		has[place{p.File, *p.Partition}] = newPrint(p.Rows, p.Sum, p.Xor)
	}
	for _, x := range files {
		for _, part := range x.Parts {
			at := place{x.File, part.Value}
			got, want := has[at], prints[part.Value]
			delete(has, at)
			if got.Rows != part.Rows || !got.Equal(want) {
				return fmt.Errorf("%s: of %s it holds %d rows with the print %s, not %d with %s", x.File, part.Value, got.Rows, got.Hash(), part.Rows, want.Hash())
			}
		}
	}
	for at := range has {
		return fmt.Errorf("%s: a row of it lies in %s", at.file, at.partition)
	}
	return nil
}
