package duckdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"sourcecov/sql"
)

// A usage is what the serialised SELECT of one file really uses.
type usage struct {
	relations map[string]bool // qualified names, landing, listing, macros
	params    map[string]bool
	functions map[string]bool // every function and word, macros and table functions included
	tables    map[string]bool // table functions
	samples   bool            // a sample is taken
	ctes      map[string]bool
	labels    []string // bare string constants in range comparisons
}

// Of table functions only those that read nothing are allowed; a state table
// reads the segments that it is given.
var tableFunctions = []string{"unnest", "range", "generate_series"}

// proved holds, by their sums, the catalogs whose headers are proved, and with
// their paths the files in them whose columns are. What is proved asks for nothing
// but the texts and the engine; no data decides a column's type.
var proved sync.Map

// known says that the headers of this catalog need no proof: they had it in this
// process, or before this program was built, which half a second of every look at a run
// would say again.
func (db *DB) known() bool {
	_, done := proved.Load(db.cat.Sum)
	return done || db.cat.Released()
}

// prove compares each header with its SELECT: `reads` must name just what is
// read, `param` just what is bound, and no function may be an unfit one. What a
// check looks over is held to the same.
func (db *DB) prove(ctx context.Context) error {
	unfit, err := db.unfit(ctx)
	if err != nil {
		return err
	}
	for _, f := range db.cat.Files {
		if err := db.proveFile(ctx, f, unfit); err != nil {
			return err
		}
	}
	proved.Store(db.cat.Sum, true)
	return nil
}

func (db *DB) proveFile(ctx context.Context, f *sql.File, unfit map[string]bool) error {
	statement, err := db.parse(ctx, f, "", f.Text)
	if err != nil {
		return err
	}
	u := usageOf(statement)
	if err := db.fit(f, "", u, unfit); err != nil {
		return err
	}
	if err := db.proveOne(f, u); err != nil {
		return err
	}
	return db.proveOver(ctx, f, unfit)
}

// proveAsked proves a file that is about to be asked of a database in which nothing
// can be made: who looks at a run does not wait for files that he does not ask.
func (db *DB) proveAsked(ctx context.Context, f *sql.File) (err error) {
	if db.known() || !db.readOnly {
		return nil
	}
	if db.unfitNames == nil {
		if db.unfitNames, err = db.unfit(ctx); err != nil {
			return err
		}
	}
	return db.proveFile(ctx, f, db.unfitNames)
}

// fit refuses what looks at something that is no input of the run.
func (db *DB) fit(f *sql.File, key string, u *usage, unfit map[string]bool) error {
	for _, name := range slices.Sorted(maps.Keys(u.functions)) {
		if unfit[name] {
			return f.Errorf(key, "%s() is forbidden: a result may depend on the files, the parameters and nothing else", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(u.tables)) {
		if !slices.Contains(tableFunctions, name) && !(name == "read_parquet" && f.Kind == sql.Schema) {
			return f.Errorf(key, "%s() is forbidden: a file reads relations, and says which", name)
		}
	}
	if u.samples {
		return f.Errorf(key, "a sample is forbidden: the same inputs must give the same rows")
	}
	return nil
}

// proveOver holds the condition of `over` to being one: the count in which it
// stands differs in it alone from a count without.
func (db *DB) proveOver(ctx context.Context, f *sql.File, unfit map[string]bool) error {
	if f.Over.Where == "" {
		return nil
	}
	with, err := db.parse(ctx, f, "over", counting(f.Over.Relation, f.Over.Where))
	if err != nil {
		return err
	}
	u := usageOf(with)
	without, err := db.parse(ctx, f, "over", counting(f.Over.Relation, "true"))
	if err != nil {
		return err
	}
	for _, statement := range []any{with, without} {
		if node, ok := statement.(map[string]any)["node"].(map[string]any); ok {
			delete(node, "where_clause")
		}
	}
	if !reflect.DeepEqual(placeless(with), placeless(without)) {
		return f.Errorf("over", "what stands after `where` is more than a condition")
	}
	if err := db.fit(f, "over", u, unfit); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(u.relations)) {
		if !db.cat.HasRows(name) {
			return f.Errorf("over", "nothing defines rows of %s", name)
		}
	}
	return nil
}

// placeless is a tree without the places in the text.
func placeless(node any) any {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			placeless(child)
		}
	case map[string]any:
		delete(n, "query_location")
		for _, child := range n {
			placeless(child)
		}
	}
	return node
}

func (db *DB) proveOne(f *sql.File, u *usage) error {
	for name := range u.relations {
		if !strings.Contains(name, ".") && u.ctes[name] {
			delete(u.relations, name)
		}
	}
	for _, reserved := range []string{sql.Landing.Name, sql.Listing.Name} {
		if u.ctes[reserved] {
			return f.Errorf("reads", "a CTE may not be called %s: it would hide the view of that name", reserved)
		}
	}
	for name := range u.functions {
		if m := db.cat.Lookup(name); m != nil && m.Kind == sql.Macro {
			u.relations[name] = true
		}
	}
	if missing, extra := difference(u.relations, f.Reads); missing+extra != "" {
		return f.Errorf("reads", "the SELECT reads%s but the header says%s", or(missing, " nothing more"), or(extra, " nothing more"))
	}
	if f.Kind == sql.Macro {
		return nil // its parameters are arguments, not bound values
	}
	var declared []string
	for _, p := range f.Params {
		declared = append(declared, p.Name)
	}
	if missing, extra := difference(u.params, declared); missing+extra != "" {
		return f.Errorf("param", "the SELECT binds%s but the header says%s", or(missing, " nothing more"), or(extra, " nothing more"))
	}
	return nil
}

// difference lists what only the SELECT and what only the header has, sorted.
func difference(used map[string]bool, declared []string) (missing, extra string) {
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if !slices.Contains(declared, name) {
			missing += " " + name
		}
	}
	for _, name := range declared {
		if !used[name] {
			extra += " " + name
		}
	}
	return missing, extra
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// parse serialises a SELECT of a file with DuckDB's own parser. What is wrong with
// it is a fault of the header line with key, "" for the file.
func (db *DB) parse(ctx context.Context, f *sql.File, key, query string) (statement any, err error) {
	var text string
	if err := db.conn.QueryRowContext(ctx, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", query).Scan(&text); err != nil {
		return nil, wrap(f, err)
	}
	var tree struct {
		Error        bool
		ErrorMessage string `json:"error_message"`
		Statements   []any
	}
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return nil, fmt.Errorf("parse the syntax tree of sql/%s: %w", f.Path, err)
	}
	if tree.Error {
		return nil, f.Errorf(key, "not one SELECT: %s", tree.ErrorMessage)
	}
	if len(tree.Statements) != 1 {
		return nil, f.Errorf(key, "a file is one SELECT, this one holds %d statements", len(tree.Statements))
	}
	return tree.Statements[0], nil
}

// usageOf walks the tree of a SELECT.
func usageOf(statement any) *usage {
	u := &usage{relations: map[string]bool{}, params: map[string]bool{}, functions: map[string]bool{}, tables: map[string]bool{}, ctes: map[string]bool{}}
	u.walk(statement)
	return u
}

func (u *usage) walk(node any) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			u.walk(child)
		}
	case map[string]any:
		u.visit(n)
		for key, child := range n {
			if key == "cte_map" {
				u.addCTEs(child)
			}
			u.walk(child)
		}
	}
}

func (u *usage) visit(n map[string]any) {
	text := func(key string) string { s, _ := n[key].(string); return s }
	if n["sample"] != nil {
		u.samples = true
	}
	if name := text("function_name"); name != "" {
		u.functions[strings.ToLower(name)] = true
	}
	switch text("type") {
	case "TABLE_FUNCTION":
		fn, _ := n["function"].(map[string]any)
		name, _ := fn["function_name"].(string)
		u.tables[strings.ToLower(name)] = true
	case "BASE_TABLE":
		name := text("table_name")
		if s := text("schema_name"); s != "" {
			name = s + "." + name
		}
		u.relations[name] = true
	case "VALUE_PARAMETER":
		u.params[text("identifier")] = true
	case "FUNCTION":
		if fn := text("function_name"); fn == "least" || fn == "greatest" {
			u.bareLabels(n["children"])
		}
	case "COMPARE_GREATERTHAN", "COMPARE_GREATERTHANOREQUALTO", "COMPARE_LESSTHAN", "COMPARE_LESSTHANOREQUALTO":
		u.bareLabels([]any{n["left"], n["right"]})
	case "COMPARE_BETWEEN":
		u.bareLabels([]any{n["input"], n["lower"], n["upper"]})
	case "COLUMN_REF":
		// The parser takes current_date and its like for columns.
		if cols, _ := n["column_names"].([]any); len(cols) == 1 {
			if name, _ := cols[0].(string); slices.Contains(words, strings.ToLower(name)) {
				u.functions[strings.ToLower(name)] = true
			}
		}
	}
}

// bareLabels collects string constants among the sides of a range comparison.
func (u *usage) bareLabels(sides any) {
	for _, side := range sides.([]any) {
		n, _ := side.(map[string]any)
		if n["type"] != "VALUE_CONSTANT" {
			continue
		}
		value, _ := n["value"].(map[string]any)
		if s, ok := value["value"].(string); ok {
			u.labels = append(u.labels, s)
		}
	}
}

func (u *usage) addCTEs(node any) {
	n, _ := node.(map[string]any)
	entries, _ := n["map"].([]any)
	for _, e := range entries {
		if entry, ok := e.(map[string]any); ok {
			if name, ok := entry["key"].(string); ok {
				u.ctes[name] = true
			}
		}
	}
}
