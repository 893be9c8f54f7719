package jobs_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sourcecov/jobs"
)

// twoRuns is a working directory in which a run looked back after another. The older
// run is the newest, for it was recorded last.
func twoRuns(t *testing.T) (work, back, first string) {
	t.Helper()
	work = filepath.Join(t.TempDir(), "work")
	copyFinished(t, work)
	first = runsOf(t, work)[0]
	must(t, 0, "nightly", "-q", "--workdir", work, "--as-of", "2025-02-20T14:00:00Z")
	for _, id := range runsOf(t, work) {
		if id != first {
			return work, id, first
		}
	}
	t.Fatal("there is one run only")
	return
}

// TestLooksWithout: what is dropped or damaged is told by name, and hides nothing else.
func TestLooksWithout(t *testing.T) {
	long(t)
	t.Parallel()
	work, back, first := twoRuns(t)
	at := []string{"--workdir", work}
	with := must(t, 0, append([]string{"diff", back, first}, at...)...)
	if !strings.Contains(with, "cells not the same") || !strings.Contains(with, " opened, ") || strings.Contains(with, "not compared") {
		t.Errorf("with both databases:\n%s", with)
	}
	if err := os.Remove(filepath.Join(work, "runs", back, "run.duckdb")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"gaps"}, {"gaps", "--run", back}, {"query", "SELECT 1"}, {"query", "SELECT 1", "--run", back[:6]}} {
		refused(t, work, "the database of the run "+back+" is not in ", "sourcecov runs, ", append(args, at...)...)
	}
	without := must(t, 0, append([]string{"diff", back, first}, at...)...)
	if !strings.Contains(without, "the database of the run "+back+" is not there any more") || strings.Contains(without, "cells not the same") ||
		!strings.Contains(without, "partitions of published tables not the same") || !strings.Contains(without, "relations not the same") {
		t.Errorf("without a database:\n%s", without)
	}
	if listed := must(t, 0, append([]string{"runs"}, at...)...); strings.Count(listed, "  no        ") != 1 || strings.Count(listed, "  yes  ") != 1 {
		t.Errorf("runs:\n%s", listed)
	}
	must(t, 0, append([]string{"query", "SELECT 1", "--run", first}, at...)...)

	// A run that did not finish has a folder and no record.
	if err := os.Mkdir(filepath.Join(work, "runs", "20250101T000000Z-00000000"), 0o755); err != nil {
		t.Fatal(err)
	}
	flip(t, filepath.Join(work, "runs", back, "run.json"), 1000)
	listed := must(t, 0, append([]string{"runs"}, at...)...)
	for _, want := range []string{first, back + ": the record runs/" + back + "/run.json is damaged", "2 runs; 1 folder without a record"} {
		if !strings.Contains(listed, want) {
			t.Errorf("runs does not tell %q:\n%s", want, listed)
		}
	}
	code, sheet, said := run(t.Context(), append([]string{"runs", "--format", "csv"}, at...)...)
	if code != 0 || strings.Contains(sheet, back) || !strings.Contains(said, back+"/run.json is damaged") {
		t.Errorf("runs as CSV: exit %d\n%s%s", code, sheet, said)
	}
	for _, args := range [][]string{{"gaps"}, {"diff", first, back}} {
		if code, out, said := run(t.Context(), append(args, at...)...); code != 1 || out != "" || !strings.Contains(said, "run.json is damaged\nnext: ") {
			t.Errorf("%q: exit %d\n%s%s", args, code, out, said)
		}
	}
	refused(t, work, "it did not finish", "sourcecov nightly", append([]string{"query", "SELECT 1", "--run", "20250101T000000Z-00000000"}, at...)...)
}

// TestRunsOfOtherDisks: a state elsewhere knows of the runs of every disk.
func TestRunsOfOtherDisks(t *testing.T) {
	long(t)
	t.Parallel()
	bucket, dir := copyBucket(t, smallBucket()), t.TempDir()
	at := func(work string) []string {
		return []string{"--bucket", bucket, "--state", filepath.Join(dir, "state"), "--workdir", filepath.Join(dir, work)}
	}
	night := func(work, asOf string) {
		must(t, 0, append([]string{"nightly", "-q", "--warehouse", "dir:" + filepath.Join(dir, "warehouse"), "--as-of", asOf}, at(work)...)...)
	}
	night("one", "2025-02-20T14:00:00Z")
	night("other", "2025-02-21T14:00:00Z")
	night("one", "2025-02-22T14:00:00Z")
	for work, others := range map[string]int{"one": 1, "other": 2, "none": 3} {
		records, err := csv.NewReader(strings.NewReader(must(t, 0, append([]string{"runs", "--format", "csv"}, at(work)...)...))).ReadAll()
		if err != nil || len(records) != 4 {
			t.Fatalf("%s: %v, %v", work, records, err)
		}
		for i, date := range []string{"20250222", "20250221", "20250220"} {
			r := records[i+1]
			if !strings.HasPrefix(r[0], date) || !strings.Contains(r[4], bucket) || r[8] == "0" {
				t.Errorf("%s: line %d is %q", work, i+1, r)
			}
			if strings.HasPrefix(r[12], "of another disk") {
				others--
			}
		}
		if others != 0 {
			t.Errorf("%s: %q", work, records)
		}
	}
	refused(t, dir, "there is no run yet in ", "sourcecov nightly", "runs", "--bucket", bucket, "--workdir", filepath.Join(dir, "none"), "--state", filepath.Join(dir, "nowhere"))
}

// TestQueryOnlyAsks: nothing that is typed writes, reads another file or changes a setting;
// each is refused with a word and nothing printed, and the working directory stays as it is.
func TestQueryOnlyAsks(t *testing.T) {
	long(t)
	t.Parallel()
	work := filepath.Join(t.TempDir(), "work")
	copyFinished(t, work)
	file := filepath.Join(work, "bucket")
	landing, err := filepath.Glob(filepath.Join(work, "landing", "*"))
	if err != nil || len(landing) == 0 {
		t.Fatalf("no landing: %v", err)
	}
	before := tree(t, work)
	for _, text := range []string{
		"DROP TABLE model.cell", "DELETE FROM model.cell", "UPDATE model.cell SET status = 'present'", "INSERT INTO model.cell BY NAME SELECT 1",
		"CREATE TABLE x AS SELECT 1", "CREATE TEMP TABLE x AS SELECT 1", "CREATE OR REPLACE MACRO threshold(x) AS 1", "CHECKPOINT", "VACUUM",
		"COPY model.cell TO '" + file + "'", "EXPORT DATABASE '" + work + "'", "ATTACH '" + file + "' AS x", "ATTACH ':memory:' AS x", "DETACH run",
		"INSTALL httpfs", "LOAD httpfs", "SET lock_configuration = false", "SET enable_external_access = true", "RESET threads",
		"PRAGMA enable_profiling", "CALL enable_logging()", "BEGIN", "PREPARE x AS SELECT 1", "EXECUTE x",
		"SELECT 1; DROP TABLE model.cell", "SELECT 1) ; DROP TABLE model.cell; FROM (SELECT 1",
		"FROM read_text('" + file + "')", "FROM '" + landing[0] + "'", "FROM landing", "FROM glob('" + work + "/*')", "FROM read_csv('/etc/passwd')",
		"FROM enable_logging(storage = 'file', storage_path = '" + work + "')", "FROM query('FROM read_text(''" + file + "'')')",
		"SELECT write_log('x')", "SELECT (FROM read_blob('" + file + "') SELECT size)", "FROM duckdb_secrets()", "FROM sniff_csv('" + file + "')",
		"", "SELECT", "SELECT 1\x00; DROP TABLE model.cell", "SELECT '\xff'", "SELECT $1", "SELECT 1 / 'x'", "FROM nowhere",
		"SELECT CASE WHEN range < 150000 THEN 1 ELSE error('late') END FROM range(200000)", // after much is computed
		"FROM range(9000000)",
	} {
		code, out, said := run(t.Context(), "query", text, "--workdir", work, "--format", "csv")
		if code != 2 || out != "" || !strings.Contains(said, "\nnext: ") {
			t.Errorf("%q: exit %d\n%s%s", text, code, out, said)
		}
		if strings.Contains(said, "-v") {
			t.Errorf("%q is no fault of the machine: %s", text, said)
		}
	}
	if !same(before, tree(t, work)) {
		t.Error("something has changed")
	}
	if got := must(t, 0, "query", "SELECT count(*) > 100 AS many FROM model.cell", "--workdir", work, "--format", "csv"); got != "many\ntrue\n" {
		t.Errorf("after all that: %q", got)
	}
}

// TestQueryStdin: - is what stands on stdin, up to a bound.
func TestQueryStdin(t *testing.T) {
	t.Parallel()
	work := filepath.Join(t.TempDir(), "work")
	copyFinished(t, work)
	for typed, want := range map[string]string{
		"SELECT 42 AS answer -- and no more\n": "answer\n42\n", "": "", "SELECT '" + strings.Repeat("x", 1<<20) + "'": "",
	} {
		var out, said bytes.Buffer
		code := jobs.Main(t.Context(), jobs.World{Args: []string{"query", "-", "--workdir", work, "--format", "csv"}, Getenv: environment,
			Stdin: strings.NewReader(typed), Stdout: &out, Stderr: &said, Now: time.Now})
		if out.String() != want || (code == 0) != (want != "") || want == "" && code != 2 {
			t.Errorf("%.20q: exit %d\n%s%s", typed, code, &out, &said)
		}
	}
}

// TestQueryInterrupted: a query that would go on for days ends when it is told to, and
// so does one that waits for a person who types nothing.
func TestQueryInterrupted(t *testing.T) {
	t.Parallel()
	work := filepath.Join(t.TempDir(), "work")
	copyFinished(t, work)
	never, typing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer never.Close()
	defer typing.Close() // which wakes who still reads
	for _, text := range []string{"-", "SELECT count(*) FROM range(1000000000) AS a, range(1000000) AS b WHERE a.range % 7 = b.range % 11"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		var out, said bytes.Buffer
		code := jobs.Main(ctx, jobs.World{Args: []string{"query", text, "--workdir", work}, Getenv: environment, Stdin: never, Stdout: &out, Stderr: &said, Now: time.Now})
		cancel()
		if code != 130 || out.Len() > 0 || !strings.Contains(said.String(), "interrupted\nnext: ") {
			t.Errorf("%q: exit %d\n%s%s", text, code, &out, &said)
		}
	}
}

// A lost stdout takes nothing.
type lost struct{}

func (lost) Write([]byte) (int, error) { return 0, errors.New("no such terminal") }

// TestLostList: a list that does not arrive is told, in every form; before a reader who
// has read enough nothing is.
func TestLostList(t *testing.T) {
	t.Parallel()
	work := filepath.Join(t.TempDir(), "work")
	copyFinished(t, work)
	read, closed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer closed.Close()
	read.Close()
	for _, args := range [][]string{{"gaps"}, {"gaps", "--format", "csv"}, {"gaps", "--format", "md"}, {"gaps", "--json"}, {"runs"}, {"query", "FROM model.cell"}} {
		var said bytes.Buffer
		code := jobs.Main(t.Context(), jobs.World{Args: append(args, "--workdir", work), Getenv: environment, Stdout: lost{}, Stderr: &said, Now: time.Now})
		if code != 1 || !strings.Contains(said.String(), "the output is lost: no such terminal\nnext: ") {
			t.Errorf("%q: exit %d: %s", args, code, &said)
		}
		said.Reset()
		if code := jobs.Main(t.Context(), jobs.World{Args: append(args, "--workdir", work), Getenv: environment, Stdout: closed, Stderr: &said, Now: time.Now}); code != 0 || said.Len() > 0 {
			t.Errorf("%q before a closed pipe: exit %d: %s", args, code, &said)
		}
	}
}

// TestSheets: what CSV and Markdown hold is read again as it was, whatever stands in a cell.
func TestSheets(t *testing.T) {
	t.Parallel()
	work := filepath.Join(t.TempDir(), "work")
	copyFinished(t, work)
	const text = `SELECT 'a,b' AS "x|y", 'say "no"' AS "q,""", '|\|' AS pipes, NULL AS nothing, ' s ' AS spaces, chr(10) AS line`
	records, err := csv.NewReader(strings.NewReader(must(t, 0, "query", text, "--workdir", work, "--format", "csv"))).ReadAll()
	if err != nil || len(records) != 2 || strings.Join(records[0], ";") != `x|y;q,";pipes;nothing;spaces;line` ||
		strings.Join(records[1], ";") != `a,b;say "no";|\|;; s ;\u000a` {
		t.Errorf("%v, %q", err, records)
	}
	sheet := must(t, 0, "query", text, "--workdir", work, "--format", "md")
	unescaped := regexp.MustCompile(`\\.`).ReplaceAllString(sheet, "")
	for _, line := range strings.Split(strings.TrimSpace(unescaped), "\n") {
		if strings.Count(line, "|") != 7 {
			t.Errorf("not six cells: %s", line)
		}
	}
	if one := must(t, 0, "query", "SELECT NULL AS a UNION ALL SELECT 1", "--workdir", work, "--format", "csv"); !strings.Contains(one, "\n\"\"\n") {
		t.Errorf("a lone NULL is no line: %q", one)
	}
	const odd = "SELECT TIMESTAMPTZ 'infinity' AS t, 'NaN'::DOUBLE AS n, ['-inf'::DOUBLE, 1] AS l, UUID '920b7138-e4e7-49a1-a97b-3e38cf862530' AS u, 1 AS t"
	if said := must(t, 0, "query", odd, "--workdir", work, "--json"); !strings.Contains(said, `"n":"NaN","l":"[-Inf, 1]","u":"920b7138-e4e7-49a1-a97b-3e38cf862530","t_1":1}}`) {
		t.Errorf("what JSON cannot hold: %s", said)
	}
	var gaps [][]string
	if gaps, err = csv.NewReader(strings.NewReader(must(t, 0, "gaps", "--workdir", work, "--format", "csv"))).ReadAll(); err != nil || len(gaps) < 40 {
		t.Errorf("%d gaps, %v", len(gaps), err)
	}
}

// TestDiff: what came and what went is told by feed and game, and where it shows, by
// any two runs in either order, from the landing alone.
func TestDiff(t *testing.T) {
	t.Parallel()
	bucket, work := copyBucket(t, smallBucket()), t.TempDir()
	night := []string{"nightly", "-q", "--bucket", bucket, "--workdir", work}
	must(t, 0, night...)
	first := runsOf(t, work)[0]
	gone := "espn/scoreboard/2023-10-24/20231025_081000.json"
	body, err := os.ReadFile(filepath.Join(bucket, gone))
	if err == nil {
		err = errors.Join(os.Remove(filepath.Join(bucket, gone)),
			os.WriteFile(filepath.Join(bucket, "espn/scoreboard/2023-10-24/20231025_091000.json"), bytes.ReplaceAll(body, []byte(`"post"`), []byte(`"in"`)), 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	must(t, 0, append(night, "--sql", sqlDir(t, "model/cell.sql", replace("'exhibition: '", "'no more than a show: '")))...)
	out := must(t, 0, "diff", first, "newest", "--bucket", bucket, "--workdir", work)
	for _, want := range []string{
		"1 object arrived\n", "espn_scoreboard  2023-10-24  1\n", "  espn/scoreboard/2023-10-24/20231025_091000.json\n",
		"1 object gone from the bucket\n  " + gone + "\n", "1 SQL file not the same\n", "model/cell.sql  ", "partitions of published tables not the same\n", "landed_objects  ",
		"1 object arrived, 1 gone; ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("diff does not tell %q:\n%s", want, out)
		}
	}
	other := must(t, 0, "diff", "newest", first, "--bucket", bucket, "--workdir", work)
	if strings.Contains(other, "arrived\n") || !strings.Contains(other, "0 objects arrived, 1 gone; ") {
		t.Errorf("the other way:\n%s", other)
	}
	listings, err := filepath.Glob(filepath.Join(work, "landing", "listing-*"))
	if err != nil || len(listings) < 2 {
		t.Fatalf("%v, %v", listings, err)
	}
	last := listings[len(listings)-1]
	if err := os.Remove(last); err != nil {
		t.Fatal(err)
	}
	if out := must(t, 0, "diff", first, "newest", "--bucket", bucket, "--workdir", work); !strings.Contains(out, "cannot be told: the landing lacks "+filepath.Base(last)) {
		t.Errorf("without a listing:\n%s", out)
	}
}
