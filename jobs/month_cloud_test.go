package jobs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMonthCloud: the real month, of which every table has more partitions than
// are loaded one by one, is in BigQuery what it is in a directory; the night after
// it, on which one number was corrected, loads just what changed.
func TestMonthCloud(t *testing.T) {
	t.Parallel()
	long(t)
	month, c, work := monthBucket(t), newCloud(t), t.TempDir()
	bucket := filepath.Join(t.TempDir(), "bucket")
	if err := os.CopyFS(bucket, os.DirFS(month)); err != nil {
		t.Fatal(err)
	}
	c.migrate(t)
	night := slices.Concat([]string{"nightly", "-q", "--bucket", bucket, "--workdir", work}, monthArgs)
	for _, state := range []string{"whole", "corrected"} {
		before := c.loads()
		c.must(t, 0, append(night, "--warehouse", "bq:test.coverage")...)
		local := filepath.Join(t.TempDir(),
			"local") // the same landing, published elsewhere by a state that knows nothing
		must(t, 0, append(night, "--warehouse", "dir:"+filepath.Join(local, "warehouse"), "--state",
			filepath.Join(local, "state"))...)
		for _, f := range tables(t) {
			got, want := c.holds(t, f.Name), dirHolds(t, filepath.Join(local, "warehouse"), f.Name)
			// What the first night saw of events is seen again, and what was corrected is told, in the cloud only.
			tells := f.Name == "coverage_runs" || state == "corrected" &&
				(f.Name == "coverage_actions" || f.Name == "source_coverage_log")
			if !tells && !slices.Equal(got, want) {
				t.Errorf("%s: %s holds %d rows in BigQuery and %d in the directory, or others", state, f.Name, len(got),
					len(want))
			}
		}
		whole, all := 0, 0
		for _, id := range c.loads() {
			if !slices.Contains(before, id) {
				all++
				whole += strings.Count(id, "-all-")
			}
		}
		if state == "whole" && (whole < 8 || all > 45) || state == "corrected" && (all < 6 || all > 60) {
			t.Errorf("%s: %d loads, %d of them of whole tables", state, all, whole)
		}
		if state == "whole" {
			correct(t, bucket, "nba-com/gamebooks-data/2023-11-05/*/*.json")
		}
	}
	c.asksOnly(t)
}

// correct changes one number of the first object of a bucket that fits a pattern.
func correct(t *testing.T, bucket, pattern string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(bucket, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	body, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`("assists": *)\d+`).FindSubmatchIndex(body)
	if number == nil {
		t.Fatalf("%s has no assists", names[0])
	}
	body = slices.Concat(body[:number[3]], []byte("31"), body[number[1]:])
	if err := os.WriteFile(names[0], body, 0o644); err != nil {
		t.Fatal(err)
	}
}
