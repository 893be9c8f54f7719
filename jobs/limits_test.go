package jobs_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// bomb is a gzip of so many zeros.
func bomb(t *testing.T, size int64) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	for zeros := make([]byte, 1<<20); size > 0; size -= int64(len(zeros)) {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestBombs: twenty objects that decompress to far more than there is memory do
// not stop a night and do not take it. The limit of a run alone decides: under a
// lower one good objects are quarantined too, and under the first again they are
// read, with one and the same landing.
func TestBombs(t *testing.T) {
	t.Parallel()
	work, bucket := t.TempDir(), copyBucket(t, smallBucket())
	body := bomb(t, 128<<20)
	const folder = "espn/scoreboard/2023-10-24/"
	for i := range 20 {
		if err := os.WriteFile(filepath.Join(bucket, folder, fmt.Sprintf("20241025_0810%02d.json", i)), body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	nested := filepath.Join(bucket, folder, "20241025_090000.json")
	if err := os.WriteFile(nested, bytes.Repeat([]byte("["), 8<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	said := func(more ...string) map[string]int {
		t.Helper()
		cmd := program(t, nil, append([]string{"nightly", "-q", "--bucket", bucket, "--workdir", work, "--memory-limit", "512MB",
			"--threads", "1"}, more...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", more, err, out)
		}
		if most := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10; most > 900 {
			t.Errorf("%v: the night took %d MiB", more, most)
		}
		reasons := map[string]int{}
		for _, r := range rows(t, filepath.Join(work, "warehouse"), "landed_objects") {
			if r["outcome"] == "quarantined" {
				reasons[r["reason"]]++
			}
		}
		return reasons
	}
	const larger, lower = "larger than --max-object: more than 16777216 bytes", "larger than --max-object: more than 10240 bytes"
	const deep = "its lists are nested too deeply to be read: 100 and more begin one in the other"
	first := said()
	if first[larger] != 20 || first[deep] != 1 {
		t.Errorf("quarantined: %v", first)
	}
	if low := said("--max-object", "10KiB"); low[larger] != 0 || low[lower] < 23 {
		t.Errorf("under 10 KiB: %v", low)
	}
	if again := said(); fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("first %v, then %v", first, again)
	}
	for _, bad := range []string{"0B", "0KB", "16", "2GiB", "many"} {
		if code, _, said := run(t.Context(), "nightly", "--max-object", bad); code != 2 || !strings.Contains(said, "--max-object 16MiB") {
			t.Errorf("--max-object %s: exit %d %s", bad, code, said)
		}
	}
}
