package jobs_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sourcecov/jobs/record"
	"sourcecov/sql"
)

// flip changes one byte of a file and returns what puts it back.
func flip(t *testing.T, file string, at int) (back func()) {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(body)
	damaged[at] ^= 1
	put := func(body []byte) {
		if err := os.WriteFile(file, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put(damaged)
	return func() { put(body) }
}

// runsOf lists the ids of a working directory's runs.
func runsOf(t *testing.T, work string) (ids []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(work, "runs", "*", "run.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no runs in %s: %v", work, err)
	}
	for _, name := range names {
		ids = append(ids, filepath.Base(filepath.Dir(name)))
	}
	return ids
}

// equal verifies a run that has to come out as it was.
func equal(t *testing.T, work, id string, more ...string) string {
	t.Helper()
	out := must(t, 0, append([]string{"verify", id, "--workdir", work}, more...)...)
	if !strings.HasSuffix(out, "everything is equal\n") || strings.Contains(out, "differ") {
		t.Errorf("verify %s:\n%s", id, out)
	}
	return out
}

// TestVerify: a run comes out as it was, fresh and after other runs have landed,
// recorded and published more; it needs no bucket, and its own SQL counts.
func TestVerify(t *testing.T) {
	t.Parallel()
	long(t)
	work := t.TempDir()
	bucket := copyBucket(t, smallBucket())
	night := []string{"nightly", "-q", "--workdir", work, "--bucket", bucket}
	must(t, 0, append(night, "--as-of", "2025-02-20T14:00:00Z")...)
	first := runsOf(t, work)[0]
	out := equal(t, work, "newest", "--bucket", bucket)
	if !strings.Contains(out, "run "+first) || strings.Contains(out, "theirs to verify") {
		t.Errorf("the only run:\n%s", out)
	}
	// More is landed, and what is landed already is overwritten.
	if err := os.WriteFile(filepath.Join(bucket, "nba-com", "new.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	scoreboards, err := filepath.Glob(filepath.Join(bucket, "espn", "scoreboard", "2023-10-24", "*"))
	if err != nil || len(scoreboards) == 0 {
		t.Fatalf("no scoreboard to empty: %v", err)
	}
	if err := os.WriteFile(scoreboards[0], []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, 0, night...) // with events and actions of the first in its state
	other := sqlDir(t, "model/cell.sql", replace("'exhibition: '", "'no more than a show: '"))
	must(t, 0, append(night, "--sql", other, "--game", "0022300062", "--environment", "test")...)
	must(t, 3, append(night, "--sql", failing(t))...)
	must(t, 0, append(night, "--as-of", "2024-11-01T00:00:00Z")...) // looks back
	if err := os.RemoveAll(bucket); err != nil {
		t.Fatal(err)
	}
	ids := runsOf(t, work)
	if len(ids) != 5 {
		t.Fatalf("%d runs: %v", len(ids), ids)
	}
	before, others := tree(t, work), 0
	for _, id := range ids {
		out := equal(t, work, id)
		if strings.Contains(out, "theirs to verify") {
			others++
		}
		if id == first && !strings.Contains(out, "as of 2025-02-20T14:00:00Z") {
			t.Errorf("the first run:\n%s", out)
		}
	}
	if others == 0 {
		t.Error("no run says that others loaded partitions after it")
	}
	if !same(before, tree(t, work)) {
		t.Error("verify changed something in the working directory")
	}
	// An id may be cut short as long as it is one run's.
	must(t, 0, "verify", first[:10], "--workdir", work, "-q")
	for _, arg := range []string{"2025", "20260101", "", "../runs", first + "x"} {
		if code, _, said := run(t.Context(), "verify", arg, "--workdir", work); code != 2 ||
			!strings.Contains(said, "next: ") {
			t.Errorf("verify %q: exit %d, %s", arg, code, said)
		}
	}
}

// TestVerifyElsewhere: state and warehouse may lie elsewhere, and a working
// directory may be moved.
func TestVerifyElsewhere(t *testing.T) {
	long(t)
	t.Parallel()
	dir := t.TempDir()
	work, moved := filepath.Join(dir, "work"), filepath.Join(dir, "moved")
	state, warehouse := filepath.Join(dir, "state"), filepath.Join(dir, "warehouse")
	must(t, 0, "nightly", "-q", "--bucket", smallFinished(t).bucket, "--workdir", work, "--state", state,
		"--warehouse", "dir:"+warehouse)
	equal(t, work, "newest", "--state", state)
	code, _, said := run(t.Context(), "verify", "newest", "--workdir", work)
	if code != 1 || !strings.Contains(said, "--state") {
		t.Errorf("without its state: exit %d, %s", code, said)
	}
	for from, to := range map[string]string{work: moved, warehouse: warehouse + "2"} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, moved, "newest", "--state", state, "--warehouse", "dir:"+warehouse+"2")
	if code, _, said := run(t.Context(), "verify", "newest", "--workdir", moved, "--state", state); code != 1 ||
		!strings.Contains(said, "is gone from the warehouse") {
		t.Errorf("without its warehouse: exit %d, %s", code, said)
	}
}

// TestVerifyDamage: one changed byte in anything that a run read, wrote or
// recorded is found and named, wherever it is, and so is a file that is gone.
func TestVerifyDamage(t *testing.T) {
	long(t)
	t.Parallel()
	work := t.TempDir()
	night := []string{"nightly", "-q", "--bucket", smallFinished(t).bucket, "--workdir", work}
	must(t, 0, append(night, "--as-of", "2025-02-20T14:00:00Z")...)
	first := tree(t, work)
	must(t, 0, night...)
	second := tree(t, work)
	verify := func(what, want string) {
		t.Helper()
		code, _, said := run(t.Context(), "verify", "newest", "--workdir", work)
		if code != 1 || !strings.Contains(said, want) || !strings.Contains(said, "\nnext: ") {
			t.Errorf("%s: exit %d, %s; want %s", what, code, said, want)
		}
	}
	ends := map[string]bool{}
	for pattern, want := range map[string]string{
		"landing/segment-*":         "landing/%s differs from what the run read: damaged",
		"landing/listing-000001*":   "landing/%s differs from what the run read: damaged",
		"state/*.parquet":           "state/%s ",
		"warehouse/source_status/*": "source_status/%s in the warehouse differs from its receipt: damaged",
		"warehouse/known_gaps/*":    "known_gaps/%s in the warehouse differs from its receipt: damaged",
	} {
		files, err := filepath.Glob(filepath.Join(work, filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for i, file := range files {
			base := filepath.Base(file)
			rel, _ := filepath.Rel(work, file)
			if strings.HasPrefix(pattern, "warehouse") && (i%3 > 0 || first[rel] == second[rel]) {
				continue // a footer names the run, so what is the same was loaded by the first
			}
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			size := int(info.Size())
			places := []int{size / 2, 0, size - 1}
			if ends[pattern] {
				places = places[:1] // the ends of one file of a kind will do
			}
			ends[pattern] = true
			for _, at := range places {
				back := flip(t, file, at)
				verify(fmt.Sprintf("%s, byte %d of %d", file, at, size), fmt.Sprintf(want, base))
				back()
			}
			if err := os.Rename(file, file+".away"); err != nil {
				t.Fatal(err)
			}
			verify(file+" is gone", "is gone")
			if err := os.Rename(file+".away", file); err != nil {
				t.Fatal(err)
			}
		}
	}
	equal(t, work, "newest")
	// While a night is in the working directory, it may be that which replaces files.
	lock, err := os.Open(filepath.Join(work, "lock"))
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	equal(t, work, "newest")
	flip(t, filepath.Join(work, "landing", "segment-000001.parquet"), 100)
	if code, _, said := run(t.Context(), "verify", "newest", "--workdir", work); code != 5 ||
		!strings.Contains(said, "another run is using this working directory") {
		t.Errorf("while a night runs: exit %d, %s", code, said)
	}
}

// recordedRun is a copy of the shared night's working directory, and the record of its run.
func recordedRun(t *testing.T) (work, id, file string, body []byte) {
	t.Helper()
	work = filepath.Join(t.TempDir(), "work")
	copyFinished(t, work)
	id = runsOf(t, work)[0]
	file = filepath.Join(work, "runs", id, "run.json")
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return work, id, file, body
}

// TestVerifyRecord: no byte of a record changes unseen, and a changed SQL text is named.
func TestVerifyRecord(t *testing.T) {
	long(t)
	t.Parallel()
	work, id, file, body := recordedRun(t)
	if !record.Intact(body) {
		t.Fatal("a fresh record is not intact")
	}
	step := 97
	for at := 0; at < len(body); at += step {
		if at > len(body)-500 {
			step = 1 // the sum itself and what is around it
		}
		body[at] ^= 1
		if record.Intact(body) {
			t.Errorf("byte %d of %d changes unseen", at, len(body))
		}
		body[at] ^= 1
	}
	record := "the record runs/" + id + "/run.json is damaged"
	verify := func(what string, body []byte, want string) {
		t.Helper()
		if err := os.WriteFile(file, body, 0o644); err != nil {
			t.Fatal(err)
		}
		code, _, said := run(t.Context(), "verify", id, "--workdir", work)
		if code != 1 || !strings.Contains(said, want) || !strings.Contains(said, "\nnext: ") {
			t.Errorf("%s: exit %d, %s; want %s", what, code, said, want)
		}
	}
	for at := 0; at < len(body); at += len(body)/40 + 1 {
		damaged := bytes.Clone(body)
		damaged[at] ^= 1
		verify(fmt.Sprintf("byte %d", at), damaged, " the record") // whether as a whole or one text in it
	}
	at := func(what string) int {
		t.Helper()
		i := bytes.Index(body, []byte(what))
		if i < 0 {
			t.Fatalf("the record has no %s", what)
		}
		return i
	}
	changed := func(at int, to string) []byte {
		return append(append(bytes.Clone(body[:at]), to...), body[at+len(to):]...)
	}
	cell := at(`"path": "model/cell.sql"`)
	text := cell + bytes.Index(body[cell:], []byte("SELECT"))
	verify("a text", changed(text, "select"), "sql/model/cell.sql: the text in the record does not have the recorded "+
		"hash")
	verify("a hash", changed(cell+bytes.Index(body[cell:], []byte(`"h1:`))+4, "????"),
		"sql/model/cell.sql: the text in the record does not have the recorded hash")
	verify("a path", changed(cell+9, "nodel"), "the SQL files in the record runs/"+id+"/run.json do not have the "+
		"recorded total")
	verify("a row count", changed(at(`"rows": 1`)+8, "2"), record)
	verify("a field's case", changed(at(`"bucket"`)+1, "B"), record)
	verify("half of it", body[:len(body)/2], record)
	verify("nothing", nil, record)
	verify("one more line", append(bytes.Clone(body), '\n'), record)
	verify("a record of version 0.1.0", bytes.Replace(body, []byte(`"sourcecov_version": "`), []byte(`"sourcecov_version": "0.1.0", "was": "`), 1),
		"was written by an earlier version")
	verify("a record from before", []byte(`{"run_id": "`+id+`", "inputs": {"segments": ["segment-000000.parquet"]}}`),
		"was written by an earlier version")
	// Whoever damaged the newest record gets it back.
	must(t, 0, "nightly", "-q", "--take-over", "--workdir", work)
	equal(t, work, id)
	other := filepath.Join(work, "runs", "20200101T000000Z-00000000")
	if err := os.CopyFS(other, os.DirFS(filepath.Dir(file))); err != nil {
		t.Fatal(err)
	}
	if code, _, said := run(t.Context(), "verify", "2020", "--workdir", work); code != 1 ||
		!strings.Contains(said, "is that of the run "+id) {
		t.Errorf("a record in another's folder: exit %d, %s", code, said)
	}
}

// TestVerifyForged: a rule that was changed in the record together with every
// hash over it is found by executing it: the first relation that differs is its own.
func TestVerifyForged(t *testing.T) {
	t.Parallel()
	long(t)
	work, id, file, body := recordedRun(t)
	verify := func(engine, path string, change func(string) string) (code int, out, said string) {
		t.Helper()
		if err := os.WriteFile(file, body, 0o644); err != nil {
			t.Fatal(err)
		}
		changed := path == ""
		err := forge(file, engine, func(p, text string) string {
			if p != path {
				return text
			}
			changed = changed || change(text) != text
			return change(text)
		})
		if err != nil || !changed {
			t.Fatalf("forge %s: changed %v, %v", path, changed, err)
		}
		return run(t.Context(), "verify", id, "--workdir", work)
	}
	code, out, said := verify("", "model/cell.sql", replace("'exhibition: '", "'no more than a show: '"))
	for _, want := range []string{"model.cell (sql/model/cell.sql)", "the SQL files in this program are others",
		"output  source_status/20240218"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	if code != 1 || !strings.Contains(said, "model.cell (sql/model/cell.sql) is the first relation that differs: ") {
		t.Errorf("another status: exit %d, %s", code, said)
	}
	// A macro or a type shows in the first relation that uses it.
	code, out, said = verify("", "macro/et_date.sql", func(text string) string {
		return strings.Replace(text,
			"America/New_York", "Asia/Tokyo", 1)
	})
	if code != 1 || !strings.Contains(said, "is the first relation that differs: ") {
		t.Errorf("another time zone: exit %d, %s\n%s", code, said, out)
	}
	code, _, said = verify("", "model/gap.sql", replace("-- grain:", "-- grani:"))
	if code != 1 || !strings.Contains(said, "the recorded SQL cannot be run: sql/model/gap.sql") {
		t.Errorf("a broken header: exit %d, %s", code, said)
	}
	code, _, said = verify("", "model/gap.sql", func(string) string {
		return "-- S.\n-- grain: a\n-- column: a INTEGER -- a\nSELECT 'x'::INTEGER AS a\n"
	})
	if code != 1 || !strings.Contains(said, "sql/") {
		t.Errorf("a SELECT that fails: exit %d, %s", code, said)
	}
	code, out, _ = verify("v0.0.1", "", nil)
	if code != 0 || !strings.Contains(out, "computed by DuckDB v0.0.1 and now by ") {
		t.Errorf("another engine: exit %d\n%s", code, out)
	}
}

// forge changes the SQL texts and the engine's version of a record and every
// hash over them, so that the record contradicts itself nowhere.
func forge(file, engine string, change func(path, text string) string) error {
	r, _, err := record.Read(file)
	if err != nil {
		return err
	}
	files := make([]*sql.File, len(r.SQL))
	for i, f := range r.SQL {
		text := change(f.Path, f.Text)
		r.SQL[i] = record.SQLFile{Path: f.Path, Hash: sql.Hash(text), Text: text}
		files[i] = &sql.File{Path: f.Path, Text: text}
	}
	r.Run.SQLH1 = sql.Total(files)
	if engine != "" {
		r.Run.EngineVersion = engine
	}
	body, err := r.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o644)
}
