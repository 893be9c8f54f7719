package jobs

import (
	"io"
	"testing"
)

// TestEnvironment: every flag has a twin in the environment; the flag wins.
func TestEnvironment(t *testing.T) {
	env := map[string]string{"SOURCECOV_GAME": "0022300061", "SOURCECOV_THREADS": "3", "SOURCECOV_FAIL_ON": "critical"}
	w := World{Args: []string{"nightly", "--threads", "2"}, Getenv: func(k string) string { return env[k] }, Stdout: io.Discard, Stderr: io.Discard}
	f, _, err := parse(w, verbs[0])
	if err != nil {
		t.Fatal(err)
	}
	if f.scope.Game != "0022300061" || f.threads != 2 || f.failOn != "critical" {
		t.Errorf("game %s, threads %d, fail-on %s", f.scope.Game, f.threads, f.failOn)
	}
	env["SOURCECOV_THREADS"] = "many"
	if _, _, err := parse(w, verbs[0]); err == nil {
		t.Error("a bad value in the environment is taken")
	}
}
