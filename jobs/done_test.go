package jobs_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sourcecov/fixtures"
	"sourcecov/jobs"
)

// TestThereAndBack: a run is done only if the warehouse still holds what it published.
func TestThereAndBack(t *testing.T) {
	long(t)
	t.Parallel()
	small, work := smallFinished(t), t.TempDir()
	night := []string{"nightly", "--bucket", small.bucket, "--workdir", work}
	must(t, 0, night...)
	gaps := func() string { return fmt.Sprint(rows(t, filepath.Join(work, "warehouse"), "known_gaps")) }
	first := gaps()
	other := sqlDir(t, "reference/known_gaps.sql", replace("no box score at NBA.com", "never scraped"))
	must(t, 0, append(night, "--sql", other)...)
	if first == gaps() {
		t.Fatal("the other SQL published the same")
	}
	out := must(t, 0, night...)
	if strings.Contains(out, "already done") || first != gaps() {
		t.Errorf("back to the first SQL, the warehouse holds what the other published:\n%s", out)
	}
	for _, lost := range []string{"state", "runs", "warehouse/source_status/20231024.parquet",
		"warehouse/coverage_runs"} {
		if err := os.RemoveAll(filepath.Join(work, lost)); err != nil {
			t.Fatal(err)
		}
		if out := must(t, 0, append(night, "--take-over")...); strings.Contains(out, "already done") {
			t.Errorf("%s is lost and the night is called done", lost)
		}
		if _, err := os.Stat(filepath.Join(work, lost)); err != nil {
			t.Errorf("%s was not made again: %v", lost, err)
		}
		if out := must(t, 0, night...); !strings.Contains(out, "already done") {
			t.Errorf("%s was lost once and the night is never done again", lost)
		}
	}
}

func same(a, b map[string]string) bool {
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// TestNothingClaimed: a run that publishes nothing says so everywhere: in what
// it prints, in its record and in the heartbeat.
func TestNothingClaimed(t *testing.T) {
	long(t)
	t.Parallel()
	work := t.TempDir()
	night := []string{"nightly", "--bucket", smallFinished(t).bucket, "--workdir", work}
	blocked := slices.Concat(night, []string{"--json", "--sql", failing(t)})
	dry := must(t, 3, append(blocked, "--dry-run")...)
	for _, p := range ofType(t, dry, "plan") {
		if fmt.Sprint(p["to_load"]) != "0" {
			t.Errorf("a blocked run plans %v", p)
		}
	}
	if note := ofType(t, dry, "run")[0]["note"]; note != "blocked: no data table was published; dry run: nothing was "+
		"loaded" {
		t.Errorf("the note is %q", note)
	}
	out := must(t, 3, blocked...)
	for _, line := range ofType(t, out, "table") {
		if fmt.Sprint(line["loaded"], line["unchanged"]) != "0 0" {
			t.Errorf("a blocked run claims %v", line)
		}
	}
	entries, err := os.ReadDir(filepath.Join(work, "warehouse"))
	if err != nil || len(entries) != 1 || entries[0].Name() != "coverage_runs" {
		t.Errorf("a blocked run published %v, %v", entries, err)
	}
	beat := rows(t, filepath.Join(work, "warehouse"), "coverage_runs")
	if len(beat) != 1 || beat[0]["exit_code"] != "3" || !strings.Contains(beat[0]["tables"], "loaded:0") {
		t.Errorf("the heartbeat says %v", beat)
	}
	if code, out, said := run(t.Context(), slices.Concat(night, []string{"-q", "--sql", failing(t)})...); code != 3 ||
		out != "" || !strings.Contains(said, "blocked by check never") {
		t.Errorf("quiet: exit %d, %q, %q", code, out, said)
	}
	must(t, 0, night...)
	back := slices.Concat(night, []string{"--json", "--as-of", "2024-11-01T00:00:00Z"})
	for _, p := range ofType(t, must(t, 0, append(back, "--dry-run")...), "plan") {
		if fmt.Sprint(p["to_load"]) != "0" {
			t.Errorf("a run that looks back plans %v", p)
		}
	}
	before := tree(t, filepath.Join(work, "warehouse"))
	must(t, 0, back...)
	if !same(before, tree(t, filepath.Join(work, "warehouse"))) {
		t.Error("a run that looks back published")
	}
}

// TestFailedLoad: a load that fails is told, recorded and made good by the next run.
func TestFailedLoad(t *testing.T) {
	long(t)
	t.Parallel()
	small, work := smallFinished(t), t.TempDir()
	night := []string{"nightly", "--bucket", small.bucket, "--workdir", work}
	inTheWay := filepath.Join(work, "warehouse", "source_status", "20241022.parquet", "x")
	if err := os.MkdirAll(inTheWay, 0o755); err != nil {
		t.Fatal(err)
	}
	code, _, said := run(t.Context(), night...)
	if code != 1 || !strings.Contains(said, "source_status/20241022") {
		t.Fatalf("exit %d: %s", code, said)
	}
	beat := rows(t, filepath.Join(work, "warehouse"), "coverage_runs")
	if len(beat) != 1 || beat[0]["exit_code"] != "1" {
		t.Errorf("the heartbeat says %v", beat)
	}
	if err := os.RemoveAll(filepath.Dir(inTheWay)); err != nil {
		t.Fatal(err)
	}
	out := must(t, 0, append(night, "--details", "loads")...)
	loaded := regexp.MustCompile(`(?m)^published source_status: \d+ rows, (\d+) of 3 partitions loaded$`).FindStringSubmatch(out)
	if loaded == nil || loaded[1] == "3" || strings.Contains(out, "already done") {
		t.Errorf("the next run did not go on where the failed one stopped:\n%s", out)
	}
	sameTables(t, small.work, work)
}

// TestUnfinished: a run that could not be brought to its end is not done.
func TestUnfinished(t *testing.T) {
	t.Parallel()
	long(t)
	work := t.TempDir()
	inTheWay := filepath.Join(work, "sourcecov.duckdb")
	if err := os.MkdirAll(inTheWay, 0o755); err != nil {
		t.Fatal(err)
	}
	night := []string{"nightly", "-q", "--bucket", smallFinished(t).bucket, "--workdir", work}
	must(t, 1, night...)
	must(t, 1, night...)
	if err := os.RemoveAll(inTheWay); err != nil {
		t.Fatal(err)
	}
	must(t, 0, night...)
}

// full is an output that cannot be written.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestLostOutput: a summary that nobody can read is no success, and the run is done all the same.
func TestLostOutput(t *testing.T) {
	long(t)
	t.Parallel()
	night := []string{"nightly", "--bucket", smallFinished(t).bucket, "--workdir", t.TempDir()}
	for _, args := range [][]string{night, append(night, "--json")} {
		var said strings.Builder
		code := jobs.Main(t.Context(), jobs.World{Args: args, Getenv: environment, Stdout: full{}, Stderr: &said,
			Now: time.Now})
		if code != 1 || !strings.Contains(said.String(), "the output is lost: no space left on device") {
			t.Errorf("%v: exit %d: %s", args, code, said.String())
		}
	}
	if out := must(t, 0, night...); !strings.Contains(out, "already done") {
		t.Errorf("the run was not recorded:\n%s", out)
	}
}

// TestDailySchedule: a schedule that says nothing new, scraped every day, does
// not rewrite the season; one that does rewrites the dates of which it does.
func TestDailySchedule(t *testing.T) {
	t.Parallel()
	long(t)
	bucket, work := copyBucket(t, fixtures.Bucket()), t.TempDir()
	args := []string{"nightly", "--json", "--bucket", bucket, "--workdir", work}
	must(t, 0, args...)
	season := filepath.Join(bucket, "nba-com/schedule/2024-25")
	body, err := os.ReadFile(filepath.Join(season, "2025-04-19T10:00:00.000000+00:00.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, next := range []struct{ stamp, body, loaded string }{
		{"2025-04-20T11:00:00.000000+00:00.json", string(body), "0"},
		{"2025-04-20T12:00:00.000000+00:00.json", strings.Replace(string(body),
			`"gameId":"0022400061","gameCode":"20241022/NYKBOS","gameStatus":3`,
			`"gameId":"0022400061","gameCode":"20241022/NYKBOS","gameStatus":2`, 1), "1"},
	} {
		if err := os.WriteFile(filepath.Join(season, next.stamp), []byte(next.body), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, line := range ofType(t, must(t, 0, args...), "table") {
			if line["table"] == "source_status" && fmt.Sprint(line["loaded"]) != next.loaded {
				t.Errorf("%s: %v partitions loaded, want %s", next.stamp, line["loaded"], next.loaded)
			}
		}
	}
}
