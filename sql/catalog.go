// Package sql holds the product: the .sql files, embedded, and their catalog.
//
// Every file is one bare SELECT under a header of comments. The catalog parses
// the headers, hashes the files and orders them by what they read. It knows no
// database; package duckdb proves each header against its SELECT and runs it.
package sql

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed */*.sql sql.sum
var embedded embed.FS

// Embedded is the released set of SQL files, with its ledger sql.sum.
func Embedded() fs.FS { return embedded }

// Kind is the folder that a file stands in; it decides how the file is run.
type Kind string

// The kinds, in the order in which ties between files are broken.
const (
	Type      Kind = "type"      // an ENUM: one column of labels, in order
	Reference Kind = "reference" // a table of rules as data
	Macro     Kind = "macro"     // a scalar macro over its params
	Schema    Kind = "schema"    // a state table read from its segments
	Stage     Kind = "stage"     // landed JSON as typed rows
	Model     Kind = "model"     // a table computed from other relations
	Check     Kind = "check"     // a query of offending rows
	Publish   Kind = "publish"   // a query of the exact columns of one published table
	View      Kind = "view"      // a query over published tables alone, for those who read them
	Report    Kind = "report"    // a query for people about a night
	Explain   Kind = "explain"   // a query for people about one game
	List      Kind = "list"      // a query for people, asked when they type it
	Alert     Kind = "alert"     // a table of who is told what, made after a night over state and run
)

var kinds = []Kind{Type, Reference, Macro, Schema, Stage, Model, Check, Publish, View, Report, Explain, List, Alert}

// Table reports whether files of this kind become tables that others may read.
func (k Kind) Table() bool {
	return slices.Contains([]Kind{Reference, Schema, Stage, Model, Publish, View, Alert}, k)
}

// Asked reports whether files of this kind are questions: they are run for
// their rows and leave nothing in a run's database.
func (k Kind) Asked() bool {
	return k == Check || k == Report || k == Explain || k == List || k == Alert
}

// Column is one `column` line, or a name in a `columns` line: the name, the DuckDB type and the meaning (with its unit).
type Column struct{ Name, Type, Doc string }

// Over is what a check looks over: a relation and an optional WHERE condition.
type Over struct{ Relation, Where string }

// A File is one SQL file.
type File struct {
	Kind      Kind
	Name      string // the base name without .sql
	Path      string // kind/name.sql
	Text      string // the bytes, which are both hashed and executed
	Hash      string // h1:base64(sha256(Text))
	Doc       string // the header's first line
	Grain     string // what one row is
	Reads     []string
	Params    []Column // bound parameters; of a macro its arguments
	Columns   []Column
	Key       []string // natural key, in order; of a publish file
	Partition string   // the DATE column that partitions a published table; "" for one file
	Cluster   []string // columns that a warehouse sorts a published table by, four at most
	Empty     string   // of a publish file: why it may have no rows although its inputs have some
	Severity  string   // of a check: block, warn or info
	Finds     string   // of a check: what a row that it finds says
	Over      Over     // of a check
	Parts     string   // what rows can be computed apart by: pull or season; "" if only together
	Into      string   // the union that this stage file is a member of
	line      map[string]int
	handed    []handed
}

// handed is a column that a file hands on as it reads it: its place among the
// columns, the relation that declares it and the header line that says so.
type handed struct {
	at   int
	from string
	line int
}

// Relation is the name under which other files read this one: kind.name, the
// bare name of a type or macro, or state.name for schema/001_name.sql.
func (f *File) Relation() string {
	switch {
	case f.Kind == Schema:
		_, name, _ := strings.Cut(f.Name, "_")
		return "state." + name
	case f.Kind.Table():
		return string(f.Kind) + "." + f.Name
	}
	return f.Name
}

// ColumnNames lists the declared column names in order.
func (f *File) ColumnNames() []string {
	out := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		out[i] = c.Name
	}
	return out
}

// NotNull lists the columns of a published table that may hold no NULL: its key
// and its partition column.
func (f *File) NotNull() []string {
	if f.Partition == "" || slices.Contains(f.Key, f.Partition) {
		return f.Key
	}
	return append(slices.Clone(f.Key), f.Partition)
}

// Order lists the columns by which the rows of a published table are put in
// order: its partition column, then its key.
func (f *File) Order() []string {
	if f.Partition == "" {
		return f.Key
	}
	return append([]string{f.Partition}, f.Key...)
}

// errorf reports a fault at the header line that holds key.
func (f *File) errorf(key, format string, args ...any) error {
	line := f.line[key]
	if line == 0 {
		line = 1
	}
	return &FileError{f.Path, line, fmt.Sprintf(format, args...)}
}

// A FileError is a fault of one SQL file: a mistake of whoever wrote it, not of the data.
type FileError struct {
	Path string
	Line int
	Msg  string
}

func (e *FileError) Error() string { return fmt.Sprintf("sql/%s:%d: %s", e.Path, e.Line, e.Msg) }

// Errorf is errorf for package duckdb, which finds the faults that only a
// database can find; key is the header key that is wrong ("" for the first line).
func (f *File) Errorf(key, format string, args ...any) error { return f.errorf(key, format, args...) }

// Landing and Listing are the two views that the runner makes over the landing
// segments and the newest listing, Audited is the table that the audit makes of what
// it counted. They are the only relations that no file defines.
var (
	Landing = &File{Name: "landing", Grain: "pull, object, generation", Columns: []Column{
		{"pull", "BIGINT", "number of the pull that fetched it"},
		{"object", "VARCHAR", "object name in the bucket"},
		{"generation", "BIGINT", "generation; in a directory the content's CRC32C"},
		{"crc32c", "BIGINT", "Castagnoli checksum of the stored bytes"},
		{"size", "BIGINT", "stored bytes"},
		{"created_at", "TIMESTAMP WITH TIME ZONE", "creation time; NULL in a directory"},
		{"encoding", "VARCHAR", "identity, gzip, gzip_broken, unread or large"},
		{"error", "VARCHAR", "why it is unread or broken, than what it is larger"},
		{"body", "BLOB", "the bytes, decompressed; NULL if unread or large"},
	}}
	Listing = &File{Name: "listing", Grain: "object", Columns: []Column{
		{"object", "VARCHAR", "object name in the bucket"},
		{"generation", "BIGINT", "listed generation"},
		{"crc32c", "BIGINT", "Castagnoli checksum of the stored bytes"},
		{"size", "BIGINT", "stored bytes"},
	}}
	Audited = &File{Name: "audited", Grain: "dataset_name, table_name, game, game_date", Columns: []Column{
		{"dataset_name", "VARCHAR", "dataset of one of reference.audited_tables; '' of a table that we publish ourselves"},
		{"table_name", "VARCHAR", "the table"},
		{"game", "VARCHAR", "id of a game as the table has it; NULL where it has none, and in the one row that says that the table was read"},
		{"game_date", "DATE", "date of these rows"},
		{"rows_found", "BIGINT", "rows; 0 in the row that says that the table was read"},
		{"keys_found", "BIGINT", "of them those with a key of their own"},
		{"fault", "VARCHAR", "why the table could not be read; NULL if it was"},
		{"streaming_rows", "BIGINT", "in that one row, how many rows wait in the table's streaming buffer, as BigQuery estimates; NULL where nobody streams, or nobody can tell"},
		{"streaming_since", "TIMESTAMP WITH TIME ZONE", "since when the oldest of them waits"},
		{"rows_lost", "BIGINT", "of a table of our own, rows of the date's last load that are not there any more; NULL in all other rows"},
	}}
)

// Inputs are the relations that no file defines.
var Inputs = []*File{Landing, Listing, Audited}

// Catalog is a set of SQL files in an order in which each follows what it reads.
type Catalog struct {
	Files  []*File
	Sum    string // h1 of the ledger: the identity of the whole set
	byName map[string]*File
	unions map[string][]*File
}

// Load parses every kind/name.sql under fsys. An unknown folder, an unknown or
// missing header key, a cycle or a read of something that no file defines is an
// error that names file and line.
func Load(fsys fs.FS) (*Catalog, error) {
	c := &Catalog{byName: map[string]*File{}, unions: map[string][]*File{}}
	for _, f := range Inputs {
		c.byName[f.Name] = f
	}
	names, err := fs.Glob(fsys, "*/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list sql files: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no */*.sql files in the SQL directory")
	}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read sql file: %w", err)
		}
		f, err := parse(name, string(text))
		if err != nil {
			return nil, err
		}
		if prev := c.byName[f.key()]; prev != nil {
			return nil, f.errorf("", "the name %s is taken by %s", f.key(), prev.Path)
		}
		c.byName[f.key()] = f
		c.Files = append(c.Files, f)
		if f.Into != "" {
			c.unions[f.Into] = append(c.unions[f.Into], f)
		}
	}
	if err := c.order(); err != nil {
		return nil, err
	}
	if err := c.handOn(); err != nil {
		return nil, err
	}
	if err := c.checkUnions(); err != nil {
		return nil, err
	}
	if err := c.checkNamed(); err != nil {
		return nil, err
	}
	c.Sum = Total(c.Files)
	return c, nil
}

// key is unique over all files; those that are only asked are read by nobody but still need one.
func (f *File) key() string {
	if f.Kind.Asked() && !f.Kind.Table() {
		return string(f.Kind) + "." + f.Name
	}
	return f.Relation()
}

// Lookup finds a file by relation name, or one that is only asked by kind.name; nil if there is none.
func (c *Catalog) Lookup(name string) *File { return c.byName[name] }

// Need returns an error that names the first of these relations that no file defines.
func (c *Catalog) Need(names ...string) error {
	for _, name := range names {
		if c.byName[name] == nil {
			return fmt.Errorf("the SQL files lack %s, without which there is no night", name)
		}
	}
	return nil
}

// Kind returns the files of one kind, in run order.
func (c *Catalog) Kind(k Kind) []*File {
	var out []*File
	for _, f := range c.Files {
		if f.Kind == k {
			out = append(out, f)
		}
	}
	return out
}

// Unions names every relation that stage files declare with `into`, sorted.
func (c *Catalog) Unions() []string {
	var out []string
	for name := range c.unions {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Members returns the stage files of a union, by name; nil if there is no such union.
func (c *Catalog) Members(union string) []*File { return c.unions[union] }

// ColumnsOf returns the declared columns of a relation: a file, a union, landing or listing.
func (c *Catalog) ColumnsOf(relation string) []Column {
	if f := c.byName[relation]; f != nil {
		return f.Columns
	}
	if m := c.unions[relation]; len(m) > 0 {
		return m[0].Columns
	}
	return nil
}

// DependsOn reports whether f reads the relation, directly or through others, or is it.
func (c *Catalog) DependsOn(f *File, relation string) bool {
	seen := map[*File]bool{} // many ways lead to one file
	var depends func(f *File) bool
	depends = func(f *File) bool {
		if seen[f] {
			return false
		}
		seen[f] = true
		if f.Relation() == relation {
			return true
		}
		return slices.ContainsFunc(f.Reads, func(name string) bool {
			if dep := c.byName[name]; dep != nil {
				return depends(dep)
			}
			return slices.ContainsFunc(c.unions[name], depends)
		})
	}
	return depends(f)
}

// checkUnions holds the members of a union to one set of columns.
func (c *Catalog) checkUnions() error {
	for _, name := range c.Unions() {
		if f := c.byName[name]; f != nil {
			return f.errorf("", "%s is also declared as a union by %s", name, c.unions[name][0].Path)
		}
		first := c.unions[name][0]
		for _, f := range c.unions[name][1:] {
			if !slices.EqualFunc(first.Columns, f.Columns, func(a, b Column) bool { return a.Name == b.Name && a.Type == b.Type }) {
				return f.errorf("into", "its columns differ from those of %s, which feeds %s too", first.Path, name)
			}
		}
	}
	return nil
}

// checkNamed holds what a header names, besides what it reads, to what there is:
// a check looks over rows, and a table is partitioned by a date.
func (c *Catalog) checkNamed() error {
	for _, f := range c.Files {
		if f.Kind == Check && !c.HasRows(f.Over.Relation) {
			return f.errorf("over", "nothing defines rows of %s", f.Over.Relation)
		}
		for _, col := range f.Columns {
			if col.Name == f.Partition && col.Type != "DATE" {
				return f.errorf("partition", "the partition column %s is a %s and no DATE", col.Name, col.Type)
			}
		}
	}
	return nil
}

// HasRows reports whether a name is that of a table, a union or one of the two views of the landing.
func (c *Catalog) HasRows(name string) bool {
	f := c.byName[name]
	return c.unions[name] != nil || f == Landing || f == Listing || f != nil && f.Kind.Table()
}

// handOn gives every column that a file hands on the type and the meaning that
// it has in the relation read, which stands before the file.
func (c *Catalog) handOn() error {
	for _, f := range c.Files {
		for _, h := range f.handed {
			if !slices.Contains(f.Reads, h.from) {
				return &FileError{f.Path, h.line, "columns are from " + h.from + ", which `reads` does not name"}
			}
			cols := c.ColumnsOf(h.from)
			i := slices.IndexFunc(cols, func(col Column) bool { return col.Name == f.Columns[h.at].Name })
			if i < 0 {
				return &FileError{f.Path, h.line, h.from + " has no column " + f.Columns[h.at].Name}
			}
			f.Columns[h.at] = cols[i]
		}
	}
	return nil
}

// order sorts the files so that each follows what it reads: types, then
// reference, then the rest by `reads`, ties by kind and name.
func (c *Catalog) order() error {
	slices.SortFunc(c.Files, func(a, b *File) int {
		if d := slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	var out []*File
	state := map[*File]int{} // 1 being visited, 2 placed
	var visit func(f *File) error
	visit = func(f *File) error {
		switch state[f] {
		case 1:
			return f.errorf("reads", "it reads itself through %s", strings.Join(f.Reads, ", "))
		case 2:
			return nil
		}
		state[f] = 1
		for _, name := range f.Reads {
			deps := c.unions[name]
			if dep := c.byName[name]; dep != nil && slices.Contains(Inputs, dep) {
				continue
			} else if dep != nil {
				deps = []*File{dep}
			}
			if len(deps) == 0 {
				return f.errorf("reads", "nothing defines %s", name)
			}
			for _, dep := range deps {
				if err := visit(dep); err != nil {
					return err
				}
			}
		}
		state[f] = 2
		out = append(out, f)
		return nil
	}
	for _, f := range c.Files {
		if err := visit(f); err != nil {
			return err
		}
	}
	c.Files = out
	return nil
}

func split(name string) (Kind, string, bool) {
	dir, base := path.Split(name)
	k := Kind(strings.TrimSuffix(dir, "/"))
	return k, strings.TrimSuffix(base, ".sql"), slices.Contains(kinds, k)
}
