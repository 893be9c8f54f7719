package jobs_test

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sourcecov/fixtures"
	"sourcecov/jobs"
	"sourcecov/sync/warehouse/warehousetest"
)

// long marks a test of several nights whose kind of fault another test shows as
// well; make long runs it.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("long; make long runs it")
	}
}

// must runs a command line that has to end with the given status.
func must(t *testing.T, want int, args ...string) (stdout string) {
	t.Helper()
	code, out, said := run(context.Background(), args...)
	if code != want {
		t.Fatalf("sourcecov %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, said)
	}
	return out
}

// rows reads a published table, a map of text a row; what is null is not in the map.
func rows(t *testing.T, warehouse, table string) []map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(warehouse, table, "*.parquet"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files of %s: %v", table, err)
	}
	var out []map[string]string
	for _, name := range names {
		for _, text := range warehousetest.FileRows(t, name) {
			var fields map[string]any
			if err := json.Unmarshal([]byte(text), &fields); err != nil {
				t.Fatal(err)
			}
			row := map[string]string{}
			for column, value := range fields {
				if value != nil {
					row[column] = fmt.Sprint(value)
				}
			}
			out = append(out, row)
		}
	}
	return out
}

// tree maps every file below dir to its SHA-256.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		sum := sha256.Sum256(body)
		rel, _ := filepath.Rel(dir, path)
		out[rel] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// copyBucket makes a directory bucket that can be changed.
func copyBucket(t *testing.T, from fs.FS) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bucket")
	if err := writeBucket(from, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// writeBucket writes a bucket into a directory.
func writeBucket(from fs.FS, dir string) error {
	return fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(fixtures.DecodeName(path)))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, body, 0o644)
	})
}

// TestPlanted: every fault planted in the fixtures is found by its status, and
// nothing else is. planted.csv was written with the faults, not from the output.
func TestPlanted(t *testing.T) {
	t.Parallel()
	work := finished(t).work
	body, err := os.ReadFile("../fixtures/planted.csv")
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(string(body))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	planted := map[string][]string{}
	for _, r := range records[1:] {
		planted[r[0]+" "+r[1]] = r
	}
	cells, sources, accepted := 0, map[string]bool{}, map[string]bool{}
	for _, r := range rows(t, filepath.Join(work, "warehouse"), "source_status") {
		sources[r["source"]] = true
		if r["game_type"] == "preseason" || r["game_type"] == "all_star" {
			if r["status"] != "not_expected" {
				t.Errorf("exhibition %s at %s is %s", r["nba_game_id"], r["source"], r["status"])
			}
			continue
		}
		cells++
		want := []string{"", "", "present", "exact", "false"}
		key := r["nba_game_id"] + " " + r["source"]
		if p := planted[key]; p != nil {
			want = p
			delete(planted, key)
		}
		if r["status"] != want[2] || r["is_accepted"] != want[4] || want[3] != "" && r["id_match"] != want[3] {
			t.Errorf("%s: %s, %s, accepted %s; planted %s", key, r["status"], r["id_match"], r["is_accepted"],
				want[2:5])
		}
		if r["status"] != "present" && r["reason"] == "" {
			t.Errorf("%s is %s without a reason", key, r["status"])
		}
		if r["is_accepted"] == "true" {
			accepted[r["nba_game_id"]] = true
		}
	}
	if cells != 21*len(sources) {
		t.Errorf("%d cells of competitive games, want one for each of 21 games at each of %d sources", cells, len(sources))
	}
	for key := range planted {
		t.Errorf("planted and not in the grid: %s", key)
	}
	if got := slices.Sorted(maps.Keys(accepted)); strings.Join(got,
		" ") != "0052400101 0052400111 0052400121 0052400131 0052400201 0052400211" {
		t.Errorf("games with accepted gaps: %s", got)
	}
}

// TestSameBytes: folder and threads are in no published byte.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	a, b := finished(t).work, filepath.Join(t.TempDir(), "deeper", "folder") // a with one thread
	must(t, 0, "nightly", "-q", "--workdir", b, "--threads", "4", "--memory-limit", "1GB")
	one, other := tree(t, filepath.Join(a, "warehouse")), tree(t, filepath.Join(b, "warehouse"))
	if len(one) < 30 || !maps.Equal(one, other) {
		t.Errorf("%d and %d files, not the same bytes", len(one), len(other))
	}
	if !maps.Equal(tree(t, filepath.Join(a, "landing")), tree(t, filepath.Join(b, "landing"))) {
		t.Error("the landing differs")
	}
}

// TestIdle: a run with another window finds every partition as it was; only the
// heartbeat is written, and what was published before is untouched.
func TestIdle(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	night := []string{"nightly", "--bucket", smallFinished(t).bucket, "--workdir", work}
	must(t, 0, night...)
	before := tree(t, filepath.Join(work, "warehouse"))
	out := must(t, 0, append(night, "--from", "2024-10-22", "--to", "2024-10-22")...)
	if !strings.Contains(out, "nothing new, every partition is as it was") {
		t.Errorf("an idle run does not say so:\n%s", out)
	}
	for name, sum := range tree(t, filepath.Join(work, "warehouse")) {
		if sum != before[name] && name != filepath.Join("coverage_runs", "20250420.parquet") {
			t.Errorf("an idle run wrote %s", name)
		}
	}
	if runs := rows(t, filepath.Join(work, "warehouse"), "coverage_runs"); len(runs) != 2 {
		t.Errorf("%d heartbeats, want one a run", len(runs))
	}
}

// TestDryRun: bucket, landing, state and warehouse stay as they are, and the
// plan that it prints is the one that the next run executes.
func TestDryRun(t *testing.T) {
	long(t)
	t.Parallel()
	bucket, work := copyBucket(t, smallBucket()), t.TempDir()
	args := []string{"nightly", "--bucket", bucket, "--workdir", work}
	must(t, 0, args...)
	box := filepath.Join(bucket, "nba-com/team-boxscore/20250219/0022400524")
	if err := os.RemoveAll(box); err != nil {
		t.Fatal(err)
	}
	before, bucketBefore := tree(t, work), tree(t, bucket)
	must(t, 0, append(args, "--dry-run")...)
	if !maps.Equal(before, tree(t, work)) || !maps.Equal(bucketBefore, tree(t, bucket)) {
		t.Error("the dry run changed a file")
	}
	planned := ofType(t, must(t, 0, append(args, "--dry-run", "--json")...), "plan")
	done := ofType(t, must(t, 0, append(args, "--json")...), "table")
	if len(planned) < 10 || len(planned) != len(done) {
		t.Fatalf("planned %v, done %v", planned, done)
	}
	for i := range planned {
		if planned[i]["table"] != done[i]["table"] || planned[i]["to_load"] != done[i]["loaded"] {
			t.Errorf("planned %v, done %v", planned[i], done[i])
		}
	}
}

// ofType picks the JSON lines of one type.
func ofType(t *testing.T, out, kind string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if m["type"] == kind {
			found = append(found, m)
		}
	}
	return found
}

// TestGone: an object that vanished from the bucket is listed as gone and still
// supplies; one whose content changed supplies its new content.
func TestGone(t *testing.T) {
	long(t)
	t.Parallel()
	bucket, work := copyBucket(t, smallBucket()), t.TempDir()
	must(t, 0, "nightly", "-q", "--bucket", bucket, "--workdir", work)
	gone := "nba-com/team-boxscore/20231024/0022300062"
	if err := os.RemoveAll(filepath.Join(bucket, gone)); err != nil {
		t.Fatal(err)
	}
	espn := filepath.Join(bucket, "espn/scoreboard/2024-10-22/20241023_081000.json")
	body, err := os.ReadFile(espn)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(espn, []byte(strings.Replace(string(body), `"131"`, `"132"`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, 0, "nightly", "-q", "--bucket", bucket, "--workdir", work)
	warehouse := filepath.Join(work, "warehouse")
	for _, r := range rows(t, warehouse, "source_status") {
		if r["nba_game_id"] == "0022300062" && r["source"] == "nbac_team_boxscore" && r["status"] != "present" {
			t.Errorf("the object that is gone supplies no longer: %v", r)
		}
		if r["nba_game_id"] == "0022400061" && r["source"] == "espn_scoreboard" && r["status"] != "present" {
			t.Errorf("the mended scoreboard does not supply: %v", r)
		}
	}
	isGone, generations := 0, 0
	for _, r := range rows(t, warehouse, "landed_objects") {
		if strings.HasPrefix(r["object"], gone) && r["is_gone"] == "true" {
			isGone++
		}
		if r["object"] == "espn/scoreboard/2024-10-22/20241023_081000.json" {
			generations++
		}
	}
	if isGone != 1 || generations != 2 {
		t.Errorf("%d gone objects and %d generations, want 1 and 2", isGone, generations)
	}
}

// TestInterrupted: a cancelled run ends with 130 and the next one is whole.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	clean, work := smallFinished(t), t.TempDir()
	night := []string{"nightly", "-q", "--bucket", clean.bucket, "--workdir", work}
	for _, after := range []time.Duration{0, 30 * time.Millisecond, 150 * time.Millisecond, 400 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(context.Background(), after)
		code, _, said := run(ctx, night...)
		cancel()
		if code != 130 && code != 0 {
			t.Errorf("interrupted after %s: exit %d\n%s", after, code, said)
		}
	}
	must(t, 0, night...)
	sameTables(t, clean.work, work)
}

// sameTables compares the data tables of two runs byte by byte. The heartbeat
// tells how often a night was tried and may differ.
func sameTables(t *testing.T, a, b string) {
	t.Helper()
	for _, table := range []string{"source_status", "landed_objects", "known_gaps"} {
		one, other := tree(t, filepath.Join(a, "warehouse", table)), tree(t, filepath.Join(b, "warehouse", table))
		if len(one) == 0 || !maps.Equal(one, other) {
			t.Errorf("%s differs: %d and %d files", table, len(one), len(other))
		}
	}
}

// TestMain lets the test binary be the program itself, for tests that kill it:
// its command line stands in the environment, as JSON.
func TestMain(m *testing.M) {
	if text := os.Getenv("SOURCECOV_TEST_ARGS"); text != "" {
		var args []string
		if err := json.Unmarshal([]byte(text), &args); err != nil {
			panic(err)
		}
		limitFiles()
		w := jobs.Process()
		w.Args = args
		code := jobs.Main(context.Background(), w)
		tellPeak()
		os.Exit(code)
	}
	debug.SetGCPercent(400) // a seventh of a night goes into collecting what it leaves
	// Tests run side by side, and a second thread costs a small night a quarter more of the processor.
	if err := os.Setenv("SOURCECOV_THREADS", "1"); err != nil {
		panic(err)
	}
	code := m.Run()
	if *hostileReport && !tell(os.Stdout) && code == 0 {
		fmt.Println("not all of it was tried, or not all of it was survived")
		code = 1
	}
	if err := os.RemoveAll(sharedDir); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// program is the program as a process of its own, not started yet.
func program(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), env...), "SOURCECOV_TEST_ARGS="+string(text))
	return cmd
}

// TestKilled: kill -9 at any moment of the night, and the next run is whole.
func TestKilled(t *testing.T) {
	t.Parallel()
	clean, work := smallFinished(t), t.TempDir()
	night := []string{"nightly", "-q", "--bucket", clean.bucket, "--workdir", work}
	growth, kills := 1.5, 0
	if testing.Short() {
		growth = 2.5
	}
	for after := 50 * time.Millisecond; after < time.Minute; after = time.Duration(float64(after) * growth) {
		cmd := program(t, nil, night...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killed := time.AfterFunc(after, func() { cmd.Process.Kill() })
		err := cmd.Wait()
		killed.Stop()
		if err == nil {
			break // it got through the night
		}
		if cmd.ProcessState.Exited() {
			t.Fatalf("the night failed by itself: %v", err)
		}
		kills++
	}
	must(t, 0, night...)
	sameTables(t, clean.work, work)
	if left := leftovers(t, work); left > 0 || t.Failed() {
		t.Errorf("%d files are left behind", left)
		count("kills", tally{tried: kills, lost: 1, leaked: left})
		return
	}
	count("kills", tally{tried: kills, survived: kills})
}

// TestBusy: a second run in the same working directory waits for nobody and harms nothing.
func TestBusy(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	lock, err := os.Create(filepath.Join(work, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	code, _, said := run(t.Context(), "nightly", "--workdir", work)
	if code != 5 || !strings.Contains(said, "another run is using this working directory") {
		t.Errorf("exit %d: %s", code, said)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	must(t, 0, "nightly", "-q", "--workdir", work)
}
