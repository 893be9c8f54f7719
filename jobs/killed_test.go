package jobs_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"sourcecov/sync/bqtest"
)

// A guillotine kills a process as soon as the services have done what a certain
// request asks for, and before the answer leaves.
type guillotine struct {
	mu   sync.Mutex
	pid  int // of the process; 0: nobody
	at   int // the request that it dies of, from 1
	seen int // requests of this process so far that end a step
	said string
}

// after is told of every request that ends a step, and reports whether the process is dead.
func (g *guillotine) after(what string) (dead bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pid == 0 {
		return g.said != ""
	}
	if g.seen++; g.seen == g.at {
		syscall.Kill(g.pid, syscall.SIGKILL)
		g.pid, g.said = 0, what
	}
	return g.said != ""
}

func (g *guillotine) aim(pid, at int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pid, g.at, g.seen, g.said = pid, at, 0, ""
}

// every is how many steps apart TestCloudKilled kills; each takes two nights.
var every = flag.Int("every", 6, "TestCloudKilled kills at every so many steps")

// TestCloudKilled kills a night with SIGKILL at every step of its publish, one
// after another: after each object of the state or the staging area that it
// made or removed, each job that was accepted, each time that it asked for one.
// Whenever that is, the next run ends with the tables as they must be, and each
// partition was loaded exactly once.
func TestCloudKilled(t *testing.T) {
	long(t)
	t.Parallel()
	every := *every
	g := &guillotine{}
	c := newCloud(t, func(o *bqtest.Options) {
		o.OnRequest = func(r bqtest.Request, when bqtest.When) {
			if when == bqtest.After && (r.Call == "jobs.insert" || r.Call == "jobs.get") {
				g.after(r.Call + " " + r.JobID)
			}
		}
	})
	c.gcs.OnRequest = func(r *http.Request, before bool) {
		if !before && r.Method != http.MethodGet {
			g.after(r.Method + " " + r.URL.Path + " " + r.URL.Query().Get("name"))
		}
	}
	c.migrate(t)

	// Two nights that differ in one number of one box score take turns, so that
	// content comes back after other content all the time.
	const object = "nba-com/gamebooks-data/2023-10-24/20231024-PHXGSW/20231025_123140.json"
	local := copyBucket(t, smallBucket())
	body, ok := c.gcs.Object("scraped", object)
	if !ok {
		t.Fatal("no " + object)
	}
	other := bytes.Replace(body, []byte(`"assists":`), []byte(`"assists":1`), 1)
	if bytes.Equal(body, other) {
		t.Fatal("the two bodies are one")
	}
	bodies := [][]byte{body, other}
	var want [2]map[string][]string
	work := t.TempDir()
	for turn := range 2 * len(bodies) { // both contents are known to every night of the cloud but its first
		i := turn % len(bodies)
		if err := os.WriteFile(filepath.Join(local, object), bodies[i], 0o644); err != nil {
			t.Fatal(err)
		}
		must(t, 0, "nightly", "-q", "--bucket", local, "--workdir", work)
		want[i] = map[string][]string{}
		for _, f := range tables(t) {
			want[i][f.Name] = dirHolds(t, filepath.Join(work, "warehouse"), f.Name)
		}
	}
	c.night(t, 0, t.TempDir())
	env := []string{"STORAGE_EMULATOR_HOST=" + c.gcs.Endpoint(), "BIGQUERY_EMULATOR_HOST=" + c.bq.URL}
	for at, turn := 1, 0; ; at, turn = at+every, turn+1 {
		now := (turn + 1) % 2
		c.put(object, bodies[now])
		work := t.TempDir() // a container with an empty disk
		before := c.bq.JobIDs()
		cmd := program(t, env, slices.Concat([]string{"nightly", "-q"}, c.flags(work))...)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		g.aim(cmd.Process.Pid, at)
		err := cmd.Wait()
		died := g.said
		if err != nil && died == "" {
			t.Fatalf("the night failed by itself: %v\n%s", err, &said)
		}
		g.aim(0, 0)
		c.night(t, 0, work)
		what := fmt.Sprintf("killed at step %d, after %s", at, died)
		var came tally
		for table, rows := range want[now] {
			if got := c.holds(t, table); table != "coverage_runs" && !slices.Equal(got, rows) {
				came.lost++
				t.Errorf("%s: %s does not hold what it must", what, table)
			}
		}
		came.doubled, came.leaked = c.loadedOnce(t, what, before), c.clean(t)+leftovers(t, work)
		if died != "" {
			came.tried = 1
		}
		if came.lost+came.doubled+came.leaked == 0 {
			came.survived = came.tried
		}
		count("kills", came)
		if t.Failed() {
			return
		}
		if err == nil {
			if at < 20 {
				t.Errorf("only %d steps", at-1)
			}
			return // it got through the night
		}
	}
}

// loadedOnce holds every partition that was loaded since before to one job, but
// for the heartbeat: a run that is taken up tells of itself again. It counts those
// that were loaded more than once.
func (c cloud) loadedOnce(t *testing.T, what string, before []string) (more int) {
	t.Helper()
	jobs := map[string][]string{}
	for _, id := range c.bq.JobIDs() {
		if !slices.Contains(before, id) {
			parts := strings.Split(id, "-") // sourcecov, table, partition, hash, attempt
			jobs[parts[1]+"/"+parts[2]] = append(jobs[parts[1]+"/"+parts[2]], id)
		}
	}
	if len(jobs) < 3 {
		t.Errorf("%s: only %d partitions were loaded", what, len(jobs))
	}
	for partition, ids := range jobs {
		if len(ids) != 1 && !strings.HasPrefix(partition, "coverage_runs/") {
			more++
			t.Errorf("%s: %s was loaded by %v", what, partition, ids)
		}
	}
	return more
}
