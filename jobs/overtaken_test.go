package jobs_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sourcecov/sync/bqtest"
)

// corrected is an object of the bucket of which the tests have several contents.
const correctedObject = "nba-com/gamebooks-data/2023-10-24/20231024-PHXGSW/20231025_123140.json"

// contentsOf are three contents of it, each of which gives other rows.
func (c cloud) contentsOf(t *testing.T) (a, b, d []byte) {
	t.Helper()
	a, ok := c.gcs.Object("scraped", correctedObject)
	if !ok {
		t.Fatal("no " + correctedObject)
	}
	return a, bytes.Replace(a, []byte(`"assists":`), []byte(`"assists":1`), 1),
		bytes.Replace(a, []byte(`"assists":`), []byte(`"assists":2`), 1)
}

// allRows is what every table holds, but for the one that tells of runs.
func (c cloud) allRows(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, f := range tables(t) {
		if f.Name != "coverage_runs" {
			out[f.Name] = c.holds(t, f.Name)
		}
	}
	return out
}

func sameRows(t *testing.T, what string, want, got map[string][]string) {
	t.Helper()
	for name := range want {
		if !slices.Equal(want[name], got[name]) {
			t.Errorf("%s: %s holds other rows than it must (%d, want %d)", what, name, len(got[name]), len(want[name]))
		}
	}
}

// TestCloudRace: of two runs that began with one state, in two working
// directories, the first to record what it landed, or what it intends, loads; the
// other stops with exit 5 before any load, and its next try finds everything done.
func TestCloudRace(t *testing.T) {
	long(t)
	t.Parallel()
	t.Run("landing", func(t *testing.T) { t.Parallel(); race(t, "state/HEAD-00000001") })
	t.Run("intents", func(t *testing.T) {
		t.Parallel()
		long(t)
		race(t, "state/HEAD-00000006", "--as-of", "2025-02-20T14:00:00Z")
	})
}

// race lets two runs race for a HEAD, after a night with these flags if there are any.
func race(t *testing.T, head string, earlier ...string) {
	// Both are let go when both are about to append this, or one has ended.
	var mu sync.Mutex
	arrived, both, over := 0, make(chan struct{}), make(chan struct{}, 2)
	c := newCloud(t)
	c.gcs.OnRequest = func(r *http.Request, before bool) {
		if !before || !strings.Contains(r.URL.Query().Get("name"), head) {
			return
		}
		mu.Lock()
		if arrived++; arrived == 2 {
			close(both)
		}
		mu.Unlock()
		select {
		case <-both:
		case <-over:
		}
	}
	c.migrate(t)
	if len(earlier) > 0 {
		c.night(t, 0, t.TempDir(), earlier...)
	}
	had := len(c.bq.JobIDs())
	codes := make([]int, 2)
	said := make([]string, 2)
	var all sync.WaitGroup
	for i := range codes {
		work := t.TempDir()
		all.Go(func() {
			codes[i], said[i] = c.try(t, work)
			over <- struct{}{}
		})
	}
	all.Wait()
	if slices.Sort(codes); !slices.Equal(codes, []int{0, 5}) {
		t.Fatalf("exits %v\n%s", codes, said)
	}
	if text := strings.Join(said, ""); !strings.Contains(text, "another run wrote the state first") ||
		!strings.Contains(text, "next: wait for the other run to end") {
		t.Errorf("the loser says %q", text)
	}
	once := map[string]int{}
	for _, id := range c.bq.JobIDs()[had:] {
		once[id]++
		if !strings.HasSuffix(id, "-0") {
			t.Errorf("%s is a second attempt", id)
		}
	}
	before := c.loads()
	if again := ofType(t, c.night(t, 0, t.TempDir()), "run")[0]; again["already_done"] != true {
		t.Error("the night was not done")
	}
	if after := c.loads(); !slices.Equal(before, after) {
		t.Errorf("what was done already was loaded again: %d jobs, then %d", len(before), len(after))
	}
}

// TestCloudOvertaken: a run that another one overtakes after it has recorded its
// intents starts no load any more. What it left open the other has settled.
func TestCloudOvertaken(t *testing.T) {
	t.Parallel()
	long(t)
	c := newCloud(t)
	c.migrate(t)
	first := make(chan struct{})
	var once sync.Once
	c.gcs.OnRequest = func(r *http.Request, before bool) {
		// The first HEAD names what was landed.
		if !before && strings.Contains(r.URL.Query().Get("name"), "state/HEAD-00000002") {
			// The intents are recorded and the answer has not come yet: here the other overtakes.
			once.Do(func() {
				close(first)
				code, said := c.try(t, t.TempDir())
				if code != 0 {
					t.Errorf("the other: exit %d %s", code, said)
				}
			})
		}
	}
	code, said := c.try(t, t.TempDir())
	<-first
	if code != 5 || !strings.Contains(said, "another run wrote the state first") {
		t.Errorf("exit %d: %s", code, said)
	}
	for _, id := range c.bq.JobIDs() {
		if !strings.HasSuffix(id, "-0") {
			t.Errorf("%s is a second attempt", id)
		}
	}
}

// TestCloudUnknownEnd: a night that lost sight of its jobs does not say that they
// failed: content that comes back the night after is loaded again.
func TestCloudUnknownEnd(t *testing.T) {
	t.Parallel()
	long(t)
	c := newCloud(t)
	c.migrate(t)
	a, b, _ := c.contentsOf(t)
	c.night(t, 0, t.TempDir())
	want := c.allRows(t)
	c.put(correctedObject, b)
	for range 3 {
		c.bq.Inject(bqtest.Fault{Call: "jobs.get", Nth: 1, Do: bqtest.AccessDenied403})
	}
	c.night(t, 2, t.TempDir())
	c.bq.ClearFaults()
	c.put(correctedObject, a)
	c.night(t, 0, t.TempDir())
	sameRows(t, "back to the first content", want, c.allRows(t))
}

// TestCloudOvertakenInUpload: a run that is overtaken while it uploads a file
// submits no job for it any more.
func TestCloudOvertakenInUpload(t *testing.T) {
	t.Parallel()
	long(t)
	c := newCloud(t)
	var armed, once atomic.Bool
	var want map[string][]string
	_, b, d := c.contentsOf(t)
	c.gcs.OnRequest = func(r *http.Request, before bool) {
		name := r.URL.Query().Get("name")
		if armed.Load() && before && strings.Contains(name, "staged/") &&
			strings.Contains(name, "player_game_summary") && once.CompareAndSwap(false, true) {
			c.put(correctedObject, d)
			if code, said := c.try(t, t.TempDir()); code != 0 {
				t.Errorf("the one that overtakes: exit %d %s", code, said)
			}
			want = c.allRows(t)
		}
	}
	c.migrate(t)
	c.night(t, 0, t.TempDir())
	c.put(correctedObject, b)
	armed.Store(true)
	if code, said := c.try(t, t.TempDir()); code != 5 {
		t.Errorf("the one that is overtaken: exit %d %s", code, said)
	}
	sameRows(t, "after the one that was overtaken", want, c.allRows(t))
	c.night(t, 0, t.TempDir())
	sameRows(t, "after the next night", want, c.allRows(t))
}

// TestCloudDryRunBeside: a dry run beside a night takes nothing away from it.
func TestCloudDryRunBeside(t *testing.T) {
	t.Parallel()
	long(t)
	c := newCloud(t)
	var once sync.Once
	c.gcs.OnRequest = func(r *http.Request, before bool) {
		if !before && r.Method == http.MethodPost && strings.Contains(r.URL.Query().Get("name"), "staged/") {
			once.Do(func() {
				staged := len(c.gcs.Names("ours"))
				code, said := c.try(t, t.TempDir(), "--dry-run")
				if code != 0 || len(c.gcs.Names("ours")) < staged {
					t.Errorf("the dry run: exit %d %s; of %d objects %d are left", code, said, staged,
						len(c.gcs.Names("ours")))
				}
			})
		}
	}
	c.migrate(t)
	c.night(t, 0, t.TempDir())
}

// TestCloudStateLost: without its state a night takes no job of before for its
// own, and leaves no partition of which nothing knows any more.
func TestCloudStateLost(t *testing.T) {
	t.Parallel()
	long(t)
	c := newCloud(t)
	c.migrate(t)
	a, b, _ := c.contentsOf(t)
	c.night(t, 0, t.TempDir())
	want := c.allRows(t)
	const stray = "ball-dont-lie/boxscores/2024-03-01/20240301_080000.json"
	c.put(correctedObject, b)
	c.put(stray, []byte(`{}`))
	c.night(t, 0, t.TempDir())
	if len(c.holds(t, "landed_objects")) == len(want["landed_objects"]) {
		t.Error("the object more is not to be seen")
	}
	c.put(correctedObject, a)
	c.gcs.Remove(t, "scraped", stray)
	flags := c.flags(t.TempDir())
	flags[5] = "gs://ours/another"
	flags = append(flags, "--take-over")
	c.bq.Inject(bqtest.Fault{Call: "jobs.insert", Do: bqtest.QuotaExceeded403})
	if code, _, said := c.run(t.Context(), slices.Concat([]string{"nightly", "-q"}, flags)...); code != 5 {
		t.Errorf("without quota: exit %d %s", code, said)
	}
	c.bq.ClearFaults()
	for _, night := range []string{"the next night", "one more"} {
		flags[3] = t.TempDir()
		c.must(t, 0, slices.Concat([]string{"nightly", "-q"}, flags)...)
		sameRows(t, night, want, c.allRows(t))
	}
}
