package jobs_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sourcecov/sync/gcs/gcstest"
)

// TestAlertsKilled kills a night that tells people with SIGKILL at each of its steps, one
// after another: after each object of the state that it made, and after each post that
// Slack or a file took. Whenever that is, the nights after it tell all that is to be
// told: every message arrives, and none more than twice.
func TestAlertsKilled(t *testing.T) {
	long(t)
	t.Parallel()
	g := &guillotine{}
	objects := gcstest.NewServer(t)
	objects.CreateBucket("ours")
	objects.OnRequest = func(r *http.Request, before bool) {
		if !before && r.Method != http.MethodGet {
			g.after(r.Method + " " + r.URL.Query().Get("name"))
		}
	}
	to := &slack{status: http.StatusOK}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.after("a post that is not taken") {
			to.ServeHTTP(w, r)
			g.after("a post")
		}
	}))
	t.Cleanup(server.Close)
	bucket, before := copyBucket(t, smallBucket()), t.TempDir()
	for _, lost := range []string{"nba-com/gamebooks-data", "nba-com/player-boxscores", "ball-dont-lie"} { // three outages, each a message
		if err := os.RemoveAll(filepath.Join(bucket, lost)); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"STORAGE_EMULATOR_HOST=" + objects.Endpoint(), "SOURCECOV_SLACK_WEBHOOK=" + server.URL + "/services/T0/B0/killed"}
	warehouse := filepath.Join(t.TempDir(), "warehouse") // a state knows its warehouse by where it lies
	flags := func(work, state string, more ...string) []string {
		return append([]string{"nightly", "-q", "--bucket", bucket, "--workdir", work, "--state", "gs://ours/" + state, "--warehouse", "dir:" + warehouse}, more...)
	}
	if out, err := program(t, env, flags(before, "before")...).CombinedOutput(); err != nil { // it tells nobody anything
		t.Fatalf("the night before: %v\n%s", err, out)
	}
	told := map[string]int{} // with nobody killed
	kills := 0
	for _, channels := range [][]string{{"--alert", "slack"}, {"--alert", "slack", "--alert", "file:" + filepath.Join(t.TempDir(), "alerts.jsonl")}} {
		for at := 0; ; at++ { // at 0 nobody is killed
			work, state := t.TempDir(), "state"
			if err := os.CopyFS(filepath.Join(work, "work"), os.DirFS(before)); err != nil {
				t.Fatal(err)
			}
			work = filepath.Join(work, "work")
			for _, name := range objects.Names("ours") {
				if strings.HasPrefix(name, state+"/") {
					objects.Remove(t, "ours", name)
				}
			}
			for _, name := range objects.Names("ours") {
				body, _ := objects.Object("ours", name)
				objects.Put("ours", strings.Replace(name, "before/", state+"/", 1), body)
			}
			cmd := program(t, env, slices.Concat(flags(work, state), channels)...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			g.aim(cmd.Process.Pid, at)
			err := cmd.Wait()
			died := g.said
			g.aim(0, 0)
			if (err != nil) != (died != "") {
				t.Fatalf("killed at step %d (%q): %v", at, died, err)
			}
			if at > 0 && died == "" {
				break // it has not so many steps
			}
			if out, err := program(t, env, slices.Concat(flags(work, state), channels)...).CombinedOutput(); err != nil {
				t.Fatalf("the night after a kill at step %d, %s: %v\n%s", at, died, err, out)
			}
			came := map[string]int{}
			for _, post := range to.said() {
				came[post]++
			}
			if at == 0 {
				told = came
				if len(told) < 3 {
					t.Fatalf("only %d messages: %v", len(told), told)
				}
				continue
			}
			kills++
			for text := range told {
				if came[text] < 1 || came[text] > 2 {
					t.Errorf("killed at step %d, %s: %d times came %q", at, died, came[text], text)
				}
			}
			for text := range came {
				if told[text] == 0 {
					t.Errorf("killed at step %d, %s: nobody had to say %q", at, died, text)
				}
			}
		}
	}
	if kills < 30 {
		t.Errorf("only %d kills", kills)
	}
}
