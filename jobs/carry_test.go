package jobs_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A history is what happens to the bucket before each of several nights: objects
// that come late, are overwritten, come back and go. What the nights of one state
// know of it must not depend on the disks that they have.
var history = []func(t *testing.T, c cloud){
	func(t *testing.T, c cloud) { c.gcs.Remove(t, "scraped", lateObject) },
	func(t *testing.T, c cloud) {
		_, other, _ := c.contentsOf(t)
		c.put(correctedObject, other)
		c.put(lateObject, smallObject(t, lateObject))
	},
	func(t *testing.T, c cloud) {
		c.gcs.Remove(t, "scraped", goneObject)
		c.gcs.Remove(t, "scraped", correctedObject)
	},
	func(t *testing.T, c cloud) { c.put(correctedObject, smallObject(t, correctedObject)) },
	func(t *testing.T, c cloud) { c.gcs.Remove(t, "scraped", lateObject) },
}

// smallObject is an object of the small bucket as it was.
func smallObject(t *testing.T, name string) []byte {
	t.Helper()
	body, err := fs.ReadFile(smallBucket(), name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// runAndRows is the run of a night, and the content hashes of all that it published,
// but for the table that tells of runs. Its name is a hash over all that it read.
func runAndRows(t *testing.T, work, out string) map[string]string {
	t.Helper()
	id := ofType(t, out, "run")[0]["run_id"].(string)
	all := recordedOutputs(t, filepath.Join(work, "runs", id, "run.json"))
	maps.DeleteFunc(all, func(name, _ string) bool { return strings.HasPrefix(name, "coverage_runs") })
	all["run"] = id
	return all
}

func asOf(night int) []string {
	return []string{"--as-of", fmt.Sprintf("2025-02-%02dT14:00:00Z", 20+night)}
}

// downloads are the scraped objects that were read, with how often. Those that give
// defaults to the flags are no object of any feed.
func (c cloud) downloads() map[string]int {
	read := map[string]int{}
	for _, r := range c.gcs.Requests() {
		name, ok := strings.CutPrefix(r.URL, "/scraped/")
		if ok && r.Method == http.MethodGet && strings.Contains(name, "/") {
			read[name]++
		}
	}
	return read
}

// TestAnyDisk: nights of equal bucket, state and as-of are the same run and publish
// the same rows, whether they keep their disk, have an empty one each, or are two
// hosts that take turns; and each generation of an object is downloaded once.
func TestAnyDisk(t *testing.T) {
	t.Parallel()
	long(t) // TestCloudNight and TestEmptyDiskKnows have a night or two on an empty disk
	nights := history
	one, two, three, four := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	hosts := map[string]func(night int) string{
		"a kept disk":   func(int) string { return one },
		"an empty disk": func(int) string { return t.TempDir() },
		"taking turns":  func(night int) string { return []string{two, three}[night%2] },
		"kept and none": func(night int) string { return []string{four, t.TempDir()}[night%2] },
	}
	got := map[string][]map[string]string{}
	for name, host := range hosts {
		c := newCloud(t)
		c.migrate(t)
		for i, happens := range nights {
			happens(t, c)
			work := host(i)
			got[name] = append(got[name], runAndRows(t, work, c.night(t, 0, work, asOf(i)...)))
		}
		read := c.downloads()
		for url, times := range read {
			if times != 1 {
				count("empty disks", tally{doubled: 1})
				t.Errorf("%s: %s was downloaded %d times", name, url, times)
			}
		}
		if len(read) != 25 {
			t.Errorf("%s: %d downloads, want one of each of the 24 objects and one that was overwritten: %v", name, len(read),
				slices.Sorted(maps.Keys(read)))
		}
	}
	for name, nights := range got {
		for i := range nights {
			came := tally{tried: 1, survived: 1}
			if want := got["a kept disk"][i]; !maps.Equal(want, nights[i]) {
				came.survived, came.lost = 0, 1
				t.Errorf("night %d: %s", i, name)
				sameBut(t, name, want, nights[i])
			}
			if name != "a kept disk" {
				count("empty disks", came)
			}
		}
	}
}

// TestEmptyDiskKnows: a container that starts empty knows that the night is done,
// says what explain needs, and is blocked by an emptied bucket as any other. It asks
// little more than one that kept its disk.
func TestEmptyDiskKnows(t *testing.T) {
	long(t)
	t.Parallel()
	c := newCloud(t)
	c.migrate(t)
	kept, empty := t.TempDir(), t.TempDir()
	c.night(t, 0, kept)
	asked := func(work string) int {
		before := len(c.gcs.Requests())
		if run := ofType(t, c.night(t, 0, work), "run")[0]; run["already_done"] != true {
			t.Error("the night was not done")
		}
		return len(c.gcs.Requests()) - before
	}
	loads := c.loads()
	ofKept, ofEmpty := asked(kept), asked(empty)
	// A listing of the landing and its three files, the record and its listing, and
	// what goes with a read.
	if ofEmpty > ofKept+8 {
		t.Errorf("an empty disk takes %d requests, a kept one %d", ofEmpty, ofKept)
	}
	if !slices.Equal(loads, c.loads()) {
		t.Error("a night that was done loaded something")
	}
	at := c.flags(empty)
	c.must(t, 0, slices.Concat([]string{"verify", "newest"}, at[2:6])...)
	code, _, said := c.run(t.Context(), slices.Concat([]string{"explain", "20231024_LAL_DEN"}, at[:4])...)
	if code != 2 || !strings.Contains(said, "no run has made a database in ") ||
		!strings.Contains(said, "next: sourcecov nightly") {
		t.Errorf("explain: exit %d, %s", code, said)
	}
	c.night(t, 0, empty) // it has the run's folder now, and no database that answers
	c.must(t, 0, slices.Concat([]string{"explain", "20231024_LAL_DEN"}, at[:4])...)

	for _, name := range c.gcs.Names("scraped") {
		if !strings.HasPrefix(name, "nba-com/schedule/") {
			c.gcs.Remove(t, "scraped", name)
		}
	}
	for _, work := range []string{kept, t.TempDir()} {
		if out := c.must(t, 3, slices.Concat([]string{"nightly"}, c.flags(work))...); !strings.Contains(out,
			"BLOCKED by check bucket_is_not_emptied") || strings.Contains(out, " 0 gone") {
			t.Errorf("of an emptied bucket:\n%s", out)
		}
	}
}

// TestLostObjects: a night that misses an object which was published is blocked, once
// nobody has it, until a person says so; and then never again.
func TestLostObjects(t *testing.T) {
	t.Parallel()
	long(t)
	bucket, work := copyBucket(t, smallBucket()), t.TempDir()
	night := []string{"nightly", "--bucket", bucket, "--workdir", work}
	must(t, 0, append(night, "-q")...)
	if err := os.Remove(filepath.Join(bucket, goneObject)); err != nil {
		t.Fatal(err)
	}
	must(t, 0, append(night, "-q")...) // gone and held
	before := tree(t, filepath.Join(work, "warehouse", "landed_objects"))
	if err := os.RemoveAll(filepath.Join(work, "landing")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if out := must(t, 3, night...); !strings.Contains(out, "BLOCKED by check lost_objects") ||
			!strings.Contains(out, "--accept-loss") {
			t.Errorf("it says\n%s", out)
		}
	}
	if !same(before, tree(t, filepath.Join(work, "warehouse", "landed_objects"))) {
		t.Error("a blocked night published")
	}
	must(t, 0, append(night, "-q", "--accept-loss")...)
	must(t, 0, append(night, "-q", "--as-of", "2025-04-21T14:00:00Z")...)
}

// TestCarriedIsDamaged: of what the state has of the landing nothing is read that is
// not as it was carried. Whoever has it on a disk brings it again; an unreadable
// record only makes the night run once more.
func TestCarriedIsDamaged(t *testing.T) {
	t.Parallel()
	long(t)
	bucket, dir := copyBucket(t, smallBucket()), t.TempDir()
	at := func(work string) []string {
		return []string{"--bucket", bucket, "--workdir", work, "--state", filepath.Join(dir, "state")}
	}
	night := func(work string, more ...string) []string {
		return slices.Concat([]string{"nightly", "--warehouse", "dir:" + filepath.Join(dir, "wh")}, at(work), more)
	}
	kept := filepath.Join(dir, "kept")
	must(t, 0, night(kept, "-q")...)
	if out := must(t, 0, night(filepath.Join(dir, "other"))...); !strings.Contains(out, "already done") {
		t.Errorf("another disk does not know that it is done:\n%s", out)
	}
	record := only(t, dir, "state", "runs", "*.json")
	flip(t, record, 1000)
	if out := must(t, 0, night(filepath.Join(dir, "third"))...); strings.Contains(out, "already done") {
		t.Errorf("a damaged record was believed:\n%s", out)
	}
	segment := only(t, dir, "state", "landing", "segment-000001-*")
	flip(t, segment, 2000)
	for i, work := range []string{"a", "b"} {
		if i == 1 {
			if err := os.Remove(segment); err != nil {
				t.Fatal(err)
			}
		}
		code, _, said := run(t.Context(), night(filepath.Join(dir, work), "-q")...)
		if code != 1 || !strings.Contains(said, filepath.Base(segment)) || !strings.Contains(said, "sourcecov repair") {
			t.Errorf("exit %d: %s", code, said)
		}
		if code, out, _ := run(t.Context(), append([]string{"repair"}, at(filepath.Join(dir, work))...)...); code != 1 ||
			!strings.Contains(out, "does not have it either") {
			t.Errorf("repair without the file: exit %d\n%s", code, out)
		}
		if code, out, _ := run(t.Context(), append([]string{"repair"}, at(kept)...)...); code != 1 ||
			!strings.Contains(out, "brings it again from landing/segment-000001.parquet") {
			t.Errorf("repair with the file: exit %d\n%s", code, out)
		}
	}
	if code, out, _ := run(t.Context(), append([]string{"doctor"}, at(kept)...)...); code == 0 ||
		!strings.Contains(out, "not as appended, or gone: landing/"+filepath.Base(segment)) {
		t.Errorf("doctor: exit %d\n%s", code, out)
	}
	must(t, 0, append([]string{"repair", "--apply"}, at(kept)...)...)
	must(t, 0, night(kept, "-q")...)
	if _, out, _ := run(t.Context(), append([]string{"doctor"}, at(kept)...)...); !strings.Contains(out,
		"; it has a copy of the landing, 3 files of ") {
		t.Errorf("doctor says\n%s", out)
	}
	if out := must(t, 0, night(filepath.Join(dir, "c"))...); !strings.Contains(out, "already done") {
		t.Errorf("after the repair another disk is\n%s", out)
	}
	// A damaged file of a disk comes back from the state, with all that it held.
	if err := os.Remove(filepath.Join(bucket, goneObject)); err != nil {
		t.Fatal(err)
	}
	flip(t, filepath.Join(kept, "landing", "segment-000001.parquet"), 2000)
	must(t, 1, night(kept, "-q")...)
	out := must(t, 0, append([]string{"repair", "--apply"}, at(kept)...)...)
	if !strings.Contains(out, "fetches it from the state") || strings.Contains(out, "lost: object") {
		t.Errorf("repair:\n%s", out)
	}
	must(t, 0, night(kept, "-q")...)
}

// TestKilledWhileCarrying kills nights with SIGKILL after each landing file that they
// fetched, each object of the landing and the record that they made, and the HEAD
// after it. Whenever that is, the next night on that disk, and one on an empty disk,
// are the run that they would have been.
func TestKilledWhileCarrying(t *testing.T) {
	t.Parallel()
	long(t) // TestCloudKilled kills nights on empty disks too
	c, want := newCloud(t), newCloud(t)
	carries := regexp.MustCompile(`state/(landing|runs)/|state/HEAD-`)
	var mu sync.Mutex
	var pid, at, seen int
	var method, said string
	c.gcs.OnRequest = func(r *http.Request, before bool) {
		mu.Lock()
		defer mu.Unlock()
		what := r.URL.Path + "?" + r.URL.RawQuery
		name := strings.ReplaceAll(what, "%2F", "/")
		if pid == 0 || before || r.Method != method || !carries.MatchString(name) || strings.Contains(name, "prefix=") {
			return
		}
		if seen++; seen == at {
			syscall.Kill(pid, syscall.SIGKILL)
			pid, said = 0, r.Method+" "+name
		}
	}
	c.migrate(t)
	want.migrate(t)
	kept := t.TempDir()
	c.night(t, 0, t.TempDir(), asOf(0)...)
	want.night(t, 0, kept, asOf(0)...)
	env := []string{"STORAGE_EMULATOR_HOST=" + c.gcs.Endpoint(), "BIGQUERY_EMULATOR_HOST=" + c.bq.URL}
	killed := map[string]bool{}
	for turn := 1; ; turn++ {
		// In the middle of fetching; then after each that is made, to the end of the night.
		m, i := http.MethodGet, turn
		if fetches := 3; turn > fetches {
			m, i = http.MethodPost, turn-fetches
		}
		number := fmt.Appendf(nil, `"assists":%d`, 1+turn%9)
		body := bytes.Replace(smallObject(t, correctedObject), []byte(`"assists":`), number, turn)
		for _, one := range []cloud{c, want} {
			one.put(correctedObject, body)
		}
		work := t.TempDir()
		when := []string{"--as-of", fmt.Sprintf("2025-03-01T%02d:%02d:00Z", turn/60, turn%60)}
		cmd := program(t, env, slices.Concat([]string{"nightly", "-q"}, c.flags(work), when)...)
		var log bytes.Buffer
		cmd.Stderr = &log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		pid, method, at, seen, said = cmd.Process.Pid, m, i, 0, ""
		mu.Unlock()
		err := cmd.Wait()
		mu.Lock()
		pid = 0
		what := said
		mu.Unlock()
		if err != nil && what == "" {
			t.Fatalf("the night failed by itself: %v\n%s", err, &log)
		}
		for _, kind := range []string{"GET /ours/state/landing", "POST"} {
			killed[kind] = killed[kind] || strings.HasPrefix(what, kind)
		}
		came := tally{tried: 1, survived: 1}
		expected := runAndRows(t, kept, want.night(t, 0, kept, when...))
		for _, disk := range []string{work, t.TempDir()} {
			if now := runAndRows(t, disk, c.night(t, 0, disk, when...)); !maps.Equal(expected, now) {
				came.survived, came.lost = 0, 1
				t.Errorf("killed after %s", what)
				sameBut(t, "killed", expected, now)
			}
		}
		came.leaked = c.clean(t)
		if what != "" {
			count("kills", came)
		}
		if t.Failed() || err == nil {
			break
		}
	}
	if len(killed) != 2 || slices.Contains(slices.Collect(maps.Values(killed)), false) {
		t.Errorf("not everything was killed: %v", killed)
	}
}
