package duckdb

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sourcecov/sql"
)

var update = flag.Bool("update", false, "write want.csv of the SQL cases from what the files answer now")

const casesDir = "../fixtures/sql"

// needsCase are the kinds of which every file has a case; rules as data, labels
// and state tables have nothing to compute.
var needsCase = []sql.Kind{sql.Macro, sql.Stage, sql.Model, sql.Check, sql.Publish, sql.View, sql.Report, sql.Explain, sql.List, sql.Alert}

// TestCases runs every case under fixtures/sql. A case is a directory
// <kind>/<file>/<case> with
//
//	why                  one sentence: the rule, and what a naive version would answer
//	in/<relation>.jsonl  rows of an input; a column that a line leaves out is NULL
//	params.json          values of the file's parameters
//	want.csv             the columns that matter and the rows, those of a report, explanation or list in order; NULL is NULL
//
// An input that in/ does not give is empty, but for reference relations, which
// are the real ones; with in/landing.jsonl the relations stage.landed and
// stage.object are built from it. A macro takes in/args.jsonl. Every file needs
// a case and a check one that finds nothing and one that finds something;
// a directory that fits no file fails the test.
func TestCases(t *testing.T) {
	db, cat := openTest(t)
	emptyTables(t, db)
	dirs, err := filepath.Glob(filepath.Join(casesDir, "*", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	ran := map[string][]int{} // file path to rows wanted, a case each
	for _, dir := range dirs {
		rel, _ := filepath.Rel(casesDir, dir)
		parts := strings.Split(filepath.ToSlash(rel), "/")
		f := fileOf(cat, parts[0], parts[1])
		if f == nil || !slices.Contains(needsCase, f.Kind) {
			t.Errorf("%s is a case of no file sql/%s/%s.sql", rel, parts[0], parts[1])
			continue
		}
		t.Run(filepath.ToSlash(rel), func(t *testing.T) {
			ran[f.Path] = append(ran[f.Path], runCase(t, db, f, dir))
		})
	}
	if flag.Lookup("test.run").Value.String() != "" {
		return // some cases only: nothing can be said of the rest
	}
	for _, f := range cat.Files {
		rows, has := ran[f.Path]
		switch {
		case !slices.Contains(needsCase, f.Kind):
		case !has:
			t.Errorf("sql/%s has no case under fixtures/sql/%s/%s/", f.Path, f.Kind, f.Name)
		case f.Kind == sql.Check && (slices.Min(rows) > 0 || slices.Max(rows) == 0):
			t.Errorf("sql/%s needs a case that passes and one that fails", f.Path)
		}
	}
}

func openTest(t testing.TB) (*DB, *sql.Catalog) {
	t.Helper()
	return openFiles(t, "../sql")
}

// openFiles opens a database with the types, rules and macros of a folder of SQL files.
func openFiles(t testing.TB, dir string) (*DB, *sql.Catalog) {
	t.Helper()
	cat, err := sql.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(context.Background(), Options{Threads: 1}, cat)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.BuildAll(context.Background(), nil, sql.Type, sql.Reference, sql.Macro); err != nil {
		t.Fatal(err)
	}
	return db, cat
}

func fileOf(cat *sql.Catalog, kind, name string) *sql.File {
	for _, f := range cat.Files {
		if string(f.Kind) == kind && f.Name == name {
			return f
		}
	}
	return nil
}

// runCase runs one case in a transaction that is rolled back and returns how many rows it wants.
func runCase(t *testing.T, db *DB, f *sql.File, dir string) int {
	ctx := context.Background()
	why, err := os.ReadFile(filepath.Join(dir, "why"))
	if err != nil || len(bytes.TrimSpace(why)) < 20 {
		t.Errorf("the file `why` must say in a sentence which rule the case shows: %v", err)
	}
	if err := db.exec(ctx, "BEGIN"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.exec(ctx, "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	}()
	params := readParams(t, dir)
	got, err := answer(t, ctx, db, f, dir, params)
	if err != nil {
		t.Fatal(err)
	}
	return compare(t, filepath.Join(dir, "want.csv"), got, slices.Contains([]sql.Kind{sql.Report, sql.Explain, sql.List}, f.Kind))
}

// emptyTables makes every relation that cases give rows to, so that a case need
// not: a table of no rows, but for the reference relations, which are built.
func emptyTables(t *testing.T, db *DB) {
	t.Helper()
	names := append(db.cat.Unions(), sql.Landing.Name, sql.Listing.Name, sql.Audited.Name)
	for _, f := range db.cat.Files {
		if f.Kind.Table() && f.Kind != sql.Reference {
			names = append(names, f.Relation())
		}
	}
	for _, name := range names {
		if err := create(context.Background(), db, name, db.cat.ColumnsOf(name)); err != nil {
			t.Fatal(err)
		}
	}
}

func create(ctx context.Context, db *DB, name string, cols []sql.Column) error {
	defs := make([]string, len(cols))
	for i, c := range cols {
		defs[i] = fmt.Sprintf("%q %s", c.Name, c.Type)
	}
	return db.exec(ctx, fmt.Sprintf("CREATE TABLE %s (%s)", relation(name), strings.Join(defs, ", ")))
}

// rebuild builds a file in the place of its empty table.
func rebuild(ctx context.Context, db *DB, f *sql.File, params Params) error {
	if err := db.exec(ctx, "DROP TABLE "+relation(f.Relation())); err != nil {
		return err
	}
	if f.Into != "" { // a union is a view
		if err := db.exec(ctx, "DROP TABLE "+relation(f.Into)); err != nil {
			return err
		}
	}
	return db.Build(ctx, f, params)
}

// answer loads the inputs and asks the file.
func answer(t *testing.T, ctx context.Context, db *DB, f *sql.File, dir string, params Params) (Table, error) {
	t.Helper()
	given, err := filepath.Glob(filepath.Join(dir, "in", "*.jsonl"))
	if err != nil {
		return Table{}, err
	}
	inputs := map[string]string{}
	for _, name := range given {
		inputs[strings.TrimSuffix(filepath.Base(name), ".jsonl")] = name
	}
	if f.Kind == sql.Macro {
		args := make([]string, len(f.Params))
		for i, p := range f.Params {
			args[i] = `"` + p.Name + `"`
		}
		if err := create(ctx, db, "args", f.Params); err != nil {
			return Table{}, err
		}
		if err := load(ctx, db, "args", f.Params, inputs["args"]); err != nil {
			return Table{}, err
		}
		return texts(ctx, db, fmt.Sprintf("(SELECT *, %q(%s) AS result FROM args)", f.Name, strings.Join(args, ", ")))
	}
	need := slices.Clone(f.Reads)
	if f.Kind == sql.Check {
		need = append(need, f.Over.Relation)
		if over := db.cat.Lookup(f.Over.Relation); over != nil {
			need = append(need, over.Reads...) // whether they have rows is asked if there are none to look over
		}
	}
	_, landed := inputs[sql.Landing.Name]
	if err := provide(ctx, db, need, inputs, landed, params); err != nil {
		return Table{}, err
	}
	for name := range inputs {
		t.Errorf("in/%s.jsonl is an input that sql/%s does not read", name, f.Path)
	}
	if f.Kind == sql.Check {
		finding, err := db.Check(ctx, f, params)
		return finding.Rows, err
	}
	if f.Kind.Asked() && !f.Kind.Table() {
		return db.Ask(ctx, f, params)
	}
	if err := rebuild(ctx, db, f, params); err != nil {
		return Table{}, err
	}
	return texts(ctx, db, relation(f.Relation()))
}

// texts reads all rows with every cell as the engine writes it.
func texts(ctx context.Context, db *DB, from string) (Table, error) {
	return db.table(ctx, "SELECT COLUMNS(*)::VARCHAR FROM "+from)
}

// provide fills the relations that a file reads and takes those given off inputs.
func provide(ctx context.Context, db *DB, reads []string, inputs map[string]string, landed bool, params Params) error {
	for _, name := range reads {
		dep := db.cat.Lookup(name)
		file, isGiven := inputs[name]
		delete(inputs, name)
		switch {
		case dep != nil && dep.Kind == sql.Macro:
			if err := provide(ctx, db, dep.Reads, inputs, landed, params); err != nil {
				return err
			}
		case isGiven:
			if dep != nil && dep.Kind == sql.Reference {
				if err := db.exec(ctx, "DELETE FROM "+relation(name)); err != nil {
					return err
				}
			}
			if err := load(ctx, db, name, db.cat.ColumnsOf(name), file); err != nil {
				return err
			}
		case landed && (name == "stage.object" || name == "stage.content" || name == "stage.landed"):
			if n, err := db.count(ctx, name, ""); err != nil || n > 0 {
				if err != nil {
					return err
				}
				continue // given, or built already
			}
			if err := provide(ctx, db, dep.Reads, inputs, landed, params); err != nil {
				return err
			}
			if params["as_of"] == nil {
				params["as_of"] = "2100-01-01T00:00:00Z"
			}
			if err := rebuild(ctx, db, dep, params); err != nil {
				return err
			}
		}
	}
	return nil
}

// load fills a table from a JSON Lines file; "" leaves it as it is.
func load(ctx context.Context, db *DB, name string, cols []sql.Column, file string) error {
	if file == "" {
		return nil
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var tuples []string
	var args []any
	for i, line := range strings.Split(strings.TrimSpace(string(body)), "\n") {
		tuple, values, err := values(name, cols, line)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
		tuples, args = append(tuples, tuple), append(args, values...)
	}
	text := fmt.Sprintf("INSERT INTO %s VALUES %s", relation(name), strings.Join(tuples, ", "))
	if err := db.exec(ctx, text, args...); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// values is a line as a row of VALUES and what is bound in it.
func values(name string, cols []sql.Column, line string) (tuple string, args []any, err error) {
	var row map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &row); err != nil {
		return "", nil, err
	}
	if name == sql.Landing.Name {
		if err := landingRow(row); err != nil {
			return "", nil, err
		}
	}
	places := make([]string, len(cols))
	for i, c := range cols {
		raw, ok := row[c.Name]
		delete(row, c.Name)
		if !ok || string(raw) == "null" {
			places[i] = "NULL"
			continue
		}
		var arg any = string(raw)
		var s string
		if json.Unmarshal(raw, &s) == nil {
			arg = s
		}
		switch {
		case strings.HasSuffix(c.Type, "]"):
			places[i] = "CAST(?::JSON AS " + c.Type + ")"
		case c.Type == "BLOB":
			places[i], arg = "from_hex(?::VARCHAR)", s
		default:
			places[i] = "CAST(?::VARCHAR AS " + c.Type + ")"
		}
		args = append(args, arg)
	}
	if len(row) > 0 {
		return "", nil, fmt.Errorf("%s has no column %v", name, slices.Sorted(maps.Keys(row)))
	}
	return "(" + strings.Join(places, ", ") + ")", args, nil
}

// landingRow fills in what is the same in nearly every case. A body may be
// written as JSON, as a string of text, or as body_hex.
func landingRow(row map[string]json.RawMessage) error {
	var body []byte
	if h, ok := row["body_hex"]; ok {
		var s string
		if err := json.Unmarshal(h, &s); err != nil {
			return err
		}
		var err error
		if body, err = hex.DecodeString(s); err != nil {
			return err
		}
		delete(row, "body_hex")
	} else if raw, ok := row["body"]; ok && string(raw) != "null" {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			body = []byte(s)
		} else {
			body = raw
		}
	}
	if body != nil {
		row["body"] = json.RawMessage(`"` + hex.EncodeToString(body) + `"`)
	}
	defaults := map[string]string{"pull": "1", "generation": "1", "crc32c": "0", "size": fmt.Sprint(len(body)),
		"encoding": `"identity"`}
	for k, v := range defaults {
		if _, ok := row[k]; !ok {
			row[k] = json.RawMessage(v)
		}
	}
	return nil
}

func readParams(t *testing.T, dir string) Params {
	t.Helper()
	params := Params{"game": nil, "max_object": 16 << 20}
	body, err := os.ReadFile(filepath.Join(dir, "params.json"))
	if os.IsNotExist(err) {
		return params
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &params); err != nil {
		t.Fatalf("params.json: %v", err)
	}
	return params
}

// compare holds the columns that want.csv names against the answer.
func compare(t *testing.T, file string, got Table, inOrder bool) int {
	t.Helper()
	header := got.Columns
	var want []string
	if body, err := os.ReadFile(file); err == nil {
		records, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil || len(records) == 0 {
			t.Fatalf("%s: %v", file, err)
		}
		header = records[0]
		want = canon(records[1:])
	} else if !*update {
		t.Fatal(err)
	}
	rows := cells(t, file, header, got)
	have := canon(rows)
	if !inOrder {
		slices.Sort(have)
		slices.Sort(want)
	}
	if *update {
		if !inOrder {
			slices.SortFunc(rows, slices.Compare[[]string])
		}
		body := encode(t, append([][]string{header}, rows...))
		if err := os.WriteFile(file, body, 0o644); err != nil {
			t.Fatal(err)
		}
		return len(have)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s (-want +got)\n%s", file, diff)
	}
	return len(want)
}

// cells is an answer as the records of a want.csv with that header.
func cells(t *testing.T, file string, header []string, got Table) [][]string {
	t.Helper()
	var rows [][]string
	for _, r := range got.Rows {
		var out []string
		for _, name := range header {
			i := slices.Index(got.Columns, name)
			if i < 0 {
				t.Fatalf("%s wants a column %s; there are %v", file, name, got.Columns)
			}
			if r[i] == nil {
				out = append(out, "NULL")
			} else {
				out = append(out, Text(r[i]))
			}
		}
		rows = append(rows, out)
	}
	return rows
}

// encode is CSV that reads back as it was. A lone empty field gets quotes:
// encoding/csv writes it as a blank line, which its reader passes over.
func encode(t *testing.T, records [][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, r := range records {
		if len(r) == 1 && r[0] == "" {
			w.Flush()
			b.WriteString("\"\"\n")
		} else if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	back, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
	if err != nil || !slices.EqualFunc(back, records, slices.Equal) {
		t.Fatalf("CSV cannot hold %q: %v", records, err)
	}
	return b.Bytes()
}

func canon(rows [][]string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = strings.Join(r, " | ")
	}
	return out
}
