package jobs_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sourcecov/jobs"
)

var update = flag.Bool("update", false, "write the wanted outputs of fixtures/cli from what the program prints now")

// environment is that of the command lines in this process. Two threads would only
// wait for each other over so few rows: nights of more are in TestSameBytes, in
// TestMonth and, as processes of their own, in TestKilled and TestCloudKilled.
func environment(name string) string {
	return map[string]string{"SOURCECOV_THREADS": "1"}[name]
}

// run runs one command line in this process.
func run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = jobs.Main(ctx, jobs.World{
		Args:   args,
		Getenv: environment,
		Stdout: &out,
		Stderr: &err,
		Now:    func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	})
	return code, out.String(), err.String()
}

// TestTranscripts runs every case of fixtures/cli. `cmd` holds command lines
// ($WORK is a fresh folder, $DONE the working directory of a finished night,
// $CASE the case's own folder), `stdout`, `stderr` and `exit`
// what each gives, under a line that repeats the command if there are several.
func TestTranscripts(t *testing.T) {
	cases, err := filepath.Glob("../fixtures/cli/*")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, dir := range cases {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			transcript(t, dir)
		})
	}
}

func transcript(t *testing.T, dir string) {
	body, err := os.ReadFile(filepath.Join(dir, "cmd"))
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	here, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	done := filepath.Join(work, "done")
	if strings.Contains(string(body), "$DONE") {
		copyFinished(t, done)
	}
	places := strings.NewReplacer("$WORK", work, "$DONE", done, "$CASE", here)
	// The longer name first: one folder lies in the other.
	names := strings.NewReplacer(done, "$DONE", work, "$WORK", here, "$CASE", filepath.Dir(here), "$CASE/..")
	var commands []string
	for _, line := range strings.Split(strings.TrimSuffix(string(body), "\n"), "\n") {
		if !strings.HasPrefix(line, "#") {
			commands = append(commands, line)
		}
	}
	var stdout, stderr, exit strings.Builder
	for _, line := range commands {
		code, out, said := run(context.Background(), strings.Fields(places.Replace(line))...)
		if len(commands) > 1 {
			fmt.Fprintf(&stdout, "$ %s\n", line)
			fmt.Fprintf(&stderr, "$ %s\n", line)
		}
		stdout.WriteString(names.Replace(out))
		stderr.WriteString(names.Replace(said))
		fmt.Fprintln(&exit, code)
	}
	golden(t, filepath.Join(dir, "stdout"), stdout.String())
	golden(t, filepath.Join(dir, "stderr"), stderr.String())
	golden(t, filepath.Join(dir, "exit"), exit.String())
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (make golden, if it should)\n got:\n%s\n want:\n%s", file, got, want)
	}
}
