package jobs_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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

// peakFile names, in the environment, where the program of a test tells at its end
// how much memory it held at most. What the system tells of a process that has
// ended includes what its parent held when it began.
const peakFile = "SOURCECOV_TEST_PEAK"

func tellPeak() {
	if file := os.Getenv(peakFile); file != "" {
		status, err := os.ReadFile("/proc/self/status")
		if err == nil {
			err = os.WriteFile(file, status, 0o644)
		}
		if err != nil {
			panic(err)
		}
	}
}

// peak is what tellPeak told, in MiB.
func peak(t *testing.T, file string) int64 {
	t.Helper()
	status, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, most, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscan(most, &kib); err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}

// TestBombs: twenty objects that decompress to far more than there is memory do
// not stop a night and do not take it. The limit of a run alone decides: under a
// lower one good objects are quarantined too, and under the first again they are
// read, with one and the same landing.
func TestBombs(t *testing.T) {
	t.Parallel()
	long(t)
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
	limit, bound := "512MB", int64(900) // MiB; the program needs some besides its engine
	said := func(more ...string) map[string]int {
		t.Helper()
		file := filepath.Join(t.TempDir(), "peak")
		cmd := program(t, []string{peakFile + "=" + file}, append([]string{"nightly", "-q", "--bucket", bucket, "--workdir", work, "--memory-limit", limit,
			"--threads", "1"}, more...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", more, err, out)
		}
		most := peak(t, file)
		t.Logf("20 gzips of 128 MiB, and lists in lists, under %s: %d MiB", limit, most)
		if most > bound {
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
	limits := 1
	if *hostileReport {
		for l, b := range map[string]int64{"768MB": 1200, "1GB": 1400} {
			limit, bound, work, limits = l, b, t.TempDir(), limits+1
			if got := said(); fmt.Sprint(got) != fmt.Sprint(first) {
				t.Errorf("under %s: %v", l, got)
			}
		}
	}
	count("bombs", tally{tried: limits, survived: limits, leaked: leftovers(t, work)})
	for _, bad := range []string{"0B", "0KB", "16", "2GiB", "many"} {
		if code, _, said := run(t.Context(), "nightly", "--max-object", bad); code != 2 || !strings.Contains(said, "--max-object 16MiB") {
			t.Errorf("--max-object %s: exit %d %s", bad, code, said)
		}
	}
}
