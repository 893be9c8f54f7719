package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sourcecov/sql"
)

// catalog makes a catalog of the given files.
func catalog(t *testing.T, files map[string]string) *sql.Catalog {
	t.Helper()
	tree := fstest.MapFS{}
	for path, text := range files {
		tree[path] = &fstest.MapFile{Data: []byte(text)}
	}
	cat, err := sql.Load(tree)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func open(t *testing.T, opt Options, files map[string]string) (*DB, *sql.Catalog, error) {
	t.Helper()
	cat := catalog(t, files)
	db, err := Open(context.Background(), opt, cat)
	if err == nil {
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return db, cat, err
}

// model is a file of one integer column a.
func model(header, body string) string {
	return "-- S.\n-- grain: a\n" + header + "-- column: a INTEGER -- a\n" + body + "\n"
}

// TestProve: a header that differs from its SELECT is refused with file and line.
func TestProve(t *testing.T) {
	other := map[string]string{"model/y.sql": model("", "SELECT 1 AS a"),
		"macro/twice.sql": "-- S.\n-- param: x INTEGER -- x\nSELECT 2 * x\n"}
	for name, c := range map[string]struct{ text, want string }{
		"reads less than it says": {model("-- reads: model.y\n", "SELECT 1 AS a"),
			"sql/model/x.sql:3: the SELECT reads nothing more but the header says model.y"},
		"reads more than it says": {model("", "SELECT a FROM model.y"),
			"the SELECT reads model.y but the header says nothing more"},
		"a macro is read":   {model("", "SELECT twice(1) AS a"), "the SELECT reads twice"},
		"a CTE is not read": {model("", "WITH z AS (SELECT 1 AS a) SELECT a FROM z"), ""},
		"a recursive CTE is not": {model("", "WITH RECURSIVE z AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM z "+
			"WHERE a < 3) SELECT max(a) AS a FROM z"), ""},
		"in a subquery": {model("", "SELECT 1 AS a WHERE EXISTS (FROM model.y)"),
			"the SELECT reads model.y"},
		"behind USING": {model("-- reads: model.y\n", "SELECT a FROM model.y JOIN model.y AS z USING (a)"),
			""},
		"a CTE hides a view": {model("", "WITH landing AS (SELECT 1 AS a) SELECT a FROM landing"),
			"a CTE may not be called landing"},
		"binds undeclared": {model("", "SELECT $as_of::INTEGER AS a"),
			"the SELECT binds as_of but the header says nothing more"},
		"declares unbound": {model("-- param: as_of DATE -- d\n", "SELECT 1 AS a"),
			"the SELECT binds nothing more but the header says as_of"},
		"now()": {model("", "SELECT year(now())::INTEGER AS a"), "now() is forbidden"},
		"current_date": {model("", "SELECT year(current_date)::INTEGER AS a"),
			"current_date() is forbidden"},
		"today()":  {model("", "SELECT year(today())::INTEGER AS a"), "today() is forbidden"},
		"random()": {model("", "SELECT random()::INTEGER AS a"), "random() is forbidden"},
		"age of one instant": {model("", "SELECT year(age(TIMESTAMP '2024-01-01'))::INTEGER AS a"),
			"age() is forbidden"},
		"a setting": {model("", "SELECT current_setting('threads')::INTEGER AS a"),
			"current_setting() is forbidden"},
		"query_table":              {model("", "SELECT a FROM query_table('model.y')"), "query_table() is forbidden"},
		"reads a file":             {model("", "SELECT 1 AS a FROM read_parquet('x')"), "read_parquet() is forbidden"},
		"reads it by another name": {model("", "SELECT 1 AS a FROM parquet_scan('x')"), "parquet_scan() is forbidden"},
		"reads the settings": {model("", "SELECT 1 AS a FROM duckdb_settings()"),
			"duckdb_settings() is forbidden"},
		"a sample": {model("-- reads: model.y\n", "SELECT a FROM model.y USING SAMPLE 10%"),
			"a sample is forbidden"},
		"unnest":              {model("", "SELECT unnest([1]) AS a"), ""},
		"range":               {model("", "SELECT i::INTEGER AS a FROM range(3) AS r (i)"), ""},
		"reads a CSV by name": {model("", "SELECT 1 AS a FROM 'x.csv'"), "the SELECT reads"},
		"two statements":      {model("", "SELECT 1 AS a; SELECT 2 AS a"), "a file is one SELECT"},
		"no SELECT":           {model("", "DROP TABLE x"), "not one SELECT"},
		"no SQL":              {model("", "SELEKT"), "sql/model/x.sql"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"model/x.sql": c.text}
			for k, v := range other {
				files[k] = v
			}
			_, _, err := open(t, Options{}, files)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestShape: what a file produces is exactly its column lines.
func TestShape(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"another name": {model("", "SELECT 1 AS b"), "column 1 is produced as b INTEGER but declared as a INTEGER"},
		"another type": {model("", "SELECT 1::BIGINT AS a"),
			"column 1 is produced as a BIGINT but declared as a INTEGER"},
		"a sum":    {model("", "SELECT sum(1) AS a"), "column 1 is produced as a HUGEINT"},
		"one more": {model("", "SELECT 1 AS a, 2 AS b"), "column b is produced but not declared"},
		"one less": {strings.Replace(model("", "SELECT 1 AS a"), "SELECT", "-- column: b INTEGER -- b\nSELECT",
			1), "column b is declared but not produced"},
		"an unknown type": {strings.Replace(model("", "SELECT 1 AS a"), "INTEGER", "INTEGR", 1),
			"a declared type is unknown"},
		"an ENUM lost": {strings.Replace(model("", "SELECT CASE WHEN true THEN 'low' ELSE 'high' END AS a"),
			"INTEGER", "level", 1), "produced as a VARCHAR but declared as a level"},
		"right": {strings.Replace(model("", "SELECT 'low'::level AS a"), "INTEGER", "level", 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			db, _, err := open(t, Options{}, map[string]string{"model/x.sql": c.text,
				"type/level.sql": "-- S.\nSELECT unnest(['low', 'high'])\n"})
			if err != nil {
				t.Fatal(err)
			}
			err = db.BuildAll(context.Background(), nil)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestShapeOfHandedOn: a column that is handed on has the type that it has in the
// relation read, or the header line that hands it on is wrong.
func TestShapeOfHandedOn(t *testing.T) {
	const header = "-- S.\n-- grain: a\n-- key: a\n-- reads: model.x\n-- columns: a from model.x\n"
	for text, want := range map[string]string{
		"SELECT a FROM model.x":              "",
		"SELECT a::BIGINT AS a FROM model.x": "sql/publish/y.sql:5: column 1 is produced as a BIGINT but declared as a INTEGER",
	} {
		db, _, err := open(t, Options{}, map[string]string{"model/x.sql": model("", "SELECT 1 AS a"), "publish/y.sql": header + text})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.BuildAll(context.Background(), nil); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// TestSandbox: no SQL can reach another path, an extension, a setting or another database.
func TestSandbox(t *testing.T) {
	inside, outside := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	db, _, err := open(t, Options{Allowed: []string{inside}, TempDir: inside},
		map[string]string{"model/x.sql": model("", "SELECT 1 AS a")})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := db.exec(ctx, fmt.Sprintf("COPY (SELECT 1 AS a) TO '%s/ok.parquet'", inside)); err != nil {
		t.Errorf("its own directory: %v", err)
	}
	for _, text := range []string{
		"FROM read_csv('" + secret + "')",
		"FROM read_text('" + inside + "/../../../../../../etc/hostname')",
		"COPY (SELECT 1) TO '" + outside + "/x.parquet'",
		"ATTACH '" + outside + "/x.duckdb'",
		"INSTALL httpfs", "LOAD httpfs",
		"SET enable_external_access = true", "SET allowed_directories = ['/']", "SET TimeZone = 'Asia/Tokyo'",
		"SET lock_configuration = false",
	} {
		if err := db.exec(ctx, text); err == nil {
			t.Errorf("not refused: %s", text)
		}
	}
}

// TestBlind: a check over nothing fails if what feeds its relation has rows.
func TestBlind(t *testing.T) {
	check := func(over string) string {
		return "-- S.\n-- grain: a\n-- severity: warn\n-- finds: x\n-- over: " + over +
			"\n-- column: a INTEGER -- a\nSELECT 1 AS a WHERE false\n"
	}
	for name, c := range map[string]struct {
		y, x, over string
		over0      int64
		failed     bool
	}{
		"looks at rows":           {"SELECT 1 AS a", "SELECT a FROM model.y", "model.x", 1, false},
		"its relation lost them":  {"SELECT 1 AS a", "SELECT a FROM model.y WHERE a > 1", "model.x", 0, true},
		"its condition fits none": {"SELECT 1 AS a", "SELECT a FROM model.y", "model.x where a = 2", 0, true},
		"there is nothing at all": {"SELECT 1 AS a WHERE false", "SELECT a FROM model.y", "model.x", 0, false},
		"nothing, and a condition": {"SELECT 1 AS a WHERE false", "SELECT a FROM model.y", "model.x where a = 2", 0,
			false},
	} {
		t.Run(name, func(t *testing.T) {
			db, cat, err := open(t, Options{}, map[string]string{
				"model/y.sql": model("", c.y), "model/x.sql": model("-- reads: model.y\n", c.x),
				"check/c.sql": check(c.over)})
			if err != nil {
				t.Fatal(err)
			}
			if err := db.BuildAll(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
			f, err := db.Check(context.Background(), cat.Lookup("check.c"), nil)
			if err != nil || f.Over != c.over0 || f.Failed() != c.failed {
				t.Errorf("over %d, failed %v, %v; want %d, %v", f.Over, f.Failed(), err, c.over0, c.failed)
			}
		})
	}
}

const published = `-- S.
-- grain: id
-- key: id
-- partition: day
-- column: day DATE -- day
-- column: id VARCHAR -- id
-- column: tags VARCHAR[] -- tags
-- column: at TIMESTAMPTZ -- at
SELECT `

// TestKey: every published table is held to its natural key.
func TestKey(t *testing.T) {
	row := func(id, day string) string {
		return fmt.Sprintf("%s::DATE AS day, %s::VARCHAR AS id, ['x']::VARCHAR[] AS tags, NULL::TIMESTAMPTZ AS at", day,
			id)
	}
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"unique":            {row("'a'", "'2025-01-01'") + " UNION ALL SELECT " + row("'b'", "'2025-01-01'"), 0},
		"twice":             {row("'a'", "'2025-01-01'") + " UNION ALL SELECT " + row("'a'", "'2025-01-02'"), 1},
		"a NULL key":        {row("NULL", "'2025-01-01'"), 1},
		"a NULL partition":  {row("'a'", "NULL"), 1},
		"two NULLs are one": {row("NULL", "'2025-01-01'") + " UNION ALL SELECT " + row("NULL", "'2025-01-01'"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			db, cat, err := open(t, Options{}, map[string]string{"publish/p.sql": published + c.text + "\n"})
			if err != nil {
				t.Fatal(err)
			}
			if err := db.BuildAll(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
			f, err := db.CheckKey(context.Background(), cat.Lookup("publish.p"))
			if err != nil || len(f.Rows.Rows) != c.want || f.Failed() != (c.want > 0) {
				t.Errorf("%d offending keys, failed %v, %v; want %d", len(f.Rows.Rows), f.Failed(), err, c.want)
			}
		})
	}
}

// TestContentHash: the hash tells apart what a plain concatenation would not,
// and does not see the order in which rows were made.
func TestContentHash(t *testing.T) {
	hash := func(text string) string {
		t.Helper()
		db, cat, err := open(t, Options{}, map[string]string{"publish/p.sql": published + text + "\n"})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.BuildAll(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		parts, err := db.Partitions(context.Background(), cat.Lookup("publish.p"))
		if err != nil || len(parts) != 1 {
			t.Fatalf("%v %v", parts, err)
		}
		return parts[0].Hash
	}
	row := func(id, tags, at string) string {
		return fmt.Sprintf("DATE '2025-01-01' AS day, %s::VARCHAR AS id, %s::VARCHAR[] AS tags, %s::TIMESTAMPTZ AS at",
			id, tags, at)
	}
	base := row("'a'", "['x', 'y']", "NULL")
	if hash(base+" UNION ALL SELECT "+row("'b'", "[]", "NULL")) != hash(row("'b'", "[]",
		"NULL")+" UNION ALL SELECT "+base) {
		t.Error("the order of making rows counts")
	}
	if hash(row("'a'", "[]", "'2025-01-01 00:00:00+00'")) != hash(row("'a'", "[]", "'2024-12-31 19:00:00-05'")) {
		t.Error("one instant written twice is two")
	}
	for name, other := range map[string]string{
		"one element with a comma": row("'a'", "['x, y']", "NULL"),
		"no list":                  row("'a'", "NULL", "NULL"),
		"empty text for NULL":      row("'a'", "['x', 'y']", "'1970-01-01 00:00:00+00'"),
		"text that looks encoded":  row("'a|9:[\"x\"'", "['y']", "NULL"),
	} {
		if hash(base) == hash(other) {
			t.Errorf("not told apart: %s", name)
		}
	}
}

// TestExport: the rows come in the order of partition and key whatever the threads,
// of the partitions that are wanted and no other.
func TestExport(t *testing.T) {
	text := published + `DATE '2025-01-01' + (i % 3)::INTEGER AS day, (hash(i) % 1000000007)::VARCHAR || i AS id,
		[i::VARCHAR]::VARCHAR[] AS tags, to_timestamp(i) AS at FROM range(50000) AS r (i)` + "\n"
	var want []string
	for _, threads := range []int{1, 4} {
		dir := t.TempDir()
		db, cat, err := open(t, Options{Threads: threads, Allowed: []string{dir}},
			map[string]string{"publish/p.sql": text})
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		if err := db.BuildAll(ctx, nil); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "p.parquet")
		if err := db.Export(ctx, cat.Lookup("publish.p"), []string{"20250103", "20250101"}, file); err != nil {
			t.Fatal(err)
		}
		rows, err := db.Strings(ctx, "SELECT day || ' ' || id FROM read_parquet("+quote(file)+", file_row_number = true) ORDER BY file_row_number")
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = slices.Sorted(slices.Values(rows))
		}
		if len(rows) != 33333 || !slices.Equal(rows, want) || !strings.HasPrefix(rows[0], "2025-01-01") || !strings.HasPrefix(rows[33332], "2025-01-03") {
			t.Errorf("%d threads: %d rows, or not in order", threads, len(rows))
		}
	}
}

// TestCancel: a long query ends soon after its context does.
func TestCancel(t *testing.T) {
	db, _, err := open(t, Options{}, map[string]string{"model/x.sql": model("",
		"SELECT max(a.i + b.i + c.i)::INTEGER AS a FROM range(100000) AS a (i), range(100000) AS b (i), range(1000) "+
			"AS c (i)")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := db.BuildAll(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s to stop", took)
	}
}
