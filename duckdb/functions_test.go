package duckdb

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sourcecov/sql"
)

// TestFunctions: whoever takes another version of the engine says of each new
// function whether an SQL file may use it.
func TestFunctions(t *testing.T) {
	db, _ := openTest(t)
	ctx := context.Background()
	engine, err := db.Strings(ctx, "SELECT DISTINCT function_name FROM duckdb_functions() WHERE internal")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	var names []string
	for line := range strings.Lines(functionList) {
		name, why, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !slices.Contains([]string{"", "clock", "chance", "context", "effect"}, why) {
			t.Errorf("functions.txt: %q is no reason", why)
		}
		names = append(names, name)
		listed[name] = why
	}
	if !slices.IsSorted(names) || len(names) != len(listed) {
		t.Error("functions.txt is not in the order of names, or has one twice")
	}
	for _, name := range engine {
		if _, is := listed[name]; !is {
			t.Errorf("the engine has a function %s: put it into duckdb/functions.txt, with a reason if no file may use it", name)
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("the engine has no function %s any more: take it out of duckdb/functions.txt", name)
	}
	// What the engine itself says may differ has a reason on the list too.
	unstable, err := db.Strings(ctx,
		"SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'")
	if err != nil || len(unstable) < 20 {
		t.Fatalf("%v, %v", unstable, err)
	}
	for _, name := range unstable {
		if !strings.Contains("\n"+functionList, "\n"+name+"\t") {
			t.Errorf("functions.txt has no reason beside %s", name)
		}
	}
}

// TestWords: of all words of the parser and names of functions, those that the
// engine answers without brackets are the words that are refused.
func TestWords(t *testing.T) {
	db, _ := openTest(t)
	ctx := context.Background()
	candidates, err := db.Strings(ctx, "SELECT keyword_name FROM duckdb_keywords() UNION "+
		"SELECT function_name FROM duckdb_functions() WHERE function_name ~ '^[a-z_0-9]+$'")
	if err != nil {
		t.Fatal(err)
	}
	candidates = append(candidates, words...) // some of them are in neither list of the engine's own
	constants := []string{"default", "false", "null", "true"}
	var answered []string
	slices.Sort(candidates)
	for _, word := range slices.Compact(candidates) {
		if _, err := db.Strings(ctx, "SELECT "+word); err == nil && !slices.Contains(constants, word) {
			answered = append(answered, word)
		}
	}
	if slices.Sort(answered); !slices.Equal(answered, words) {
		t.Errorf("the engine answers %v", answered)
	}
}

// TestUnfit: every function and word that no file may use is refused, wherever a
// header or a SELECT could hold it.
func TestUnfit(t *testing.T) {
	db, _ := openTest(t)
	unfit, err := db.unfit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	check := func(over string) string {
		return "-- S.\n-- grain: a\n-- severity: warn\n-- finds: x\n-- over: model.y" + over +
			"\n-- column: a INTEGER -- a\nSELECT 1 AS a WHERE false\n"
	}
	uses := map[string]string{"NOW()": "now", `"now"()`: "now", "main.now()": "now", "LocalTime": "localtime"}
	for name := range unfit {
		uses[name+"(1)"] = name
	}
	for _, name := range words {
		uses[name] = name
	}
	for use, name := range uses {
		for place, text := range map[string]string{
			"model/x.sql": model("", "SELECT 1 AS a WHERE "+use+" IS NULL"),
			"macro/x.sql": "-- S.\n-- param: x INTEGER -- x\nSELECT " + use + "\n",
			"check/x.sql": check(" where " + use + " IS NULL"),
		} {
			err := proves(db, map[string]string{place: text, "model/y.sql": model("", "SELECT 1 AS a")})
			if err == nil || !strings.HasPrefix(err.Error(), "sql/"+place) ||
				!strings.Contains(err.Error(), name+"() is forbidden") {
				t.Errorf("%s in %s: %v", use, place, err)
			}
		}
	}
	// A column may have such a name.
	if err := proves(db, map[string]string{"model/y.sql": model("", "SELECT 1 AS a"),
		"model/x.sql": "-- S.\n-- grain: user\n-- reads: model.y\n-- column: user INTEGER -- u\n" +
			"SELECT y.a AS user FROM model.y AS y"}); err != nil {
		t.Error(err)
	}
}

// proves loads files and holds their headers to their SELECTs.
func proves(db *DB, files map[string]string) error {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	cat, err := sql.Load(tree)
	if err != nil {
		return err
	}
	return (&DB{conn: db.conn, cat: cat}).prove(context.Background())
}

// TestOver: what stands after `where` is a condition over rows, and nothing else.
func TestOver(t *testing.T) {
	db, _ := openTest(t)
	for over, want := range map[string]string{
		"model.y where a > 0":                                               "",
		"model.y where a IN (SELECT b.a FROM model.y AS b)":                 "",
		"model.y where a > 0 -- and so on":                                  "",
		"model.y where true); COPY (SELECT 1) TO 'x.parquet'; SELECT (true": "sql/check/x.sql:5:",
		"model.y where true) UNION ALL (SELECT 1":                           "more than a condition",
		"model.y where true) GROUP BY (a":                                   "more than a condition",
		"model.y where true) ORDER BY (a":                                   "more than a condition",
		"model.y where true) LIMIT (0":                                      "more than a condition",
		"model.y where true) QUALIFY (true":                                 "more than a condition",
		"model.y where a IN (FROM state.secret)":                            "nothing defines rows of state.secret",
		"model.y where a IN (FROM 'x.parquet')":                             "nothing defines rows of x.parquet",
		"model.y where a IN (SELECT 1 FROM read_text('x'))":                 "read_text() is forbidden",
		"model.y where a IN (FROM model.y USING SAMPLE 1)":                  "a sample is forbidden",
		"model.y where a = $as_of":                                          "more than a condition",
		"model.y where":                                                     "nothing defines rows of model.y where",
		"model.z":                                                           "nothing defines rows of model.z",
		"twice":                                                             "nothing defines rows of twice",
		`model.y" WHERE a IN (SELECT 1); COPY x TO 'y' --`:                  "nothing defines rows of",
	} {
		err := proves(db, map[string]string{"model/y.sql": model("", "SELECT 1 AS a"),
			"macro/twice.sql": "-- S.\n-- param: x INTEGER -- x\nSELECT 2 * x\n",
			"check/x.sql": "-- S.\n-- grain: a\n-- severity: warn\n-- finds: x\n-- over: " + over +
				"\n-- column: a INTEGER -- a\nSELECT 1 AS a WHERE false\n"})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", over, err, want)
		}
	}
}
