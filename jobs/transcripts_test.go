package jobs_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

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
	return runIn(ctx, environment, args)
}

func runIn(ctx context.Context, getenv func(string) string, args []string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = jobs.Main(ctx, jobs.World{
		Args:   args,
		Getenv: getenv,
		Stdout: &out,
		Stderr: &err,
		Now:    func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	})
	return code, out.String(), err.String()
}

// everything holds stdout, stderr and exit statuses of a transcript; each ends with it.
const everything = `cmp got/stdout want/stdout
cmp got/stderr want/stderr
cmp got/exit want/exit
-- want/stdout --
`

// TestTranscripts runs every script of fixtures/cli, in the language of testscript.
// Its command sourcecov is the program in this process, at a time that never
// changes. What it gives is added to got/stdout, got/stderr (each under a line
// that repeats the command) and got/exit (a status a line), in which $WORK, the
// script's own folder, goes by that name, and Go's version by $GO; finished DIR makes DIR the working
// directory of a night over the fixtures that is over, two-men DIR a bucket with two men a side. No status fails by itself: want/exit
// says which is right.
func TestTranscripts(t *testing.T) {
	scripts, err := filepath.Glob("../fixtures/cli/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range scripts {
		if body, err := os.ReadFile(file); err != nil || strings.Count(string(body), everything) != 1 {
			t.Errorf("%s does not compare everything at its end: %v", file, err)
		}
	}
	testscript.Run(t, testscript.Params{
		Files:              scripts,
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SOURCECOV_THREADS", environment("SOURCECOV_THREADS"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"sourcecov": transcribe, "finished": copyNight, "two-men": writeTwoMen},
	})
}

// writeTwoMen writes the small bucket, in which every player feed has two men a side.
func writeTwoMen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("write `two-men DIR`")
	}
	_, err := cutToTwoMen(ts.MkAbs(args[0]))
	ts.Check(err)
}

// copyNight copies the working directory of a night over the fixtures that is over.
func copyNight(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("write `finished DIR`")
	}
	night, err := sharedNight()
	ts.Check(err)
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), os.DirFS(night.work)))
}

func transcribe(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("write `sourcecov` and its status into want/exit, not `! sourcecov`")
	}
	code, out, said := runIn(context.Background(), ts.Getenv, args)
	title := strings.TrimRight("$ "+strings.Join(args, " "), " ") + "\n"
	ts.Check(os.MkdirAll(ts.MkAbs("got"), 0o755))
	for name, text := range map[string]string{"stdout": title + out, "stderr": title + said, "exit": fmt.Sprintln(code)} {
		f, err := os.OpenFile(ts.MkAbs("got/"+name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		ts.Check(err)
		_, err = f.WriteString(strings.NewReplacer(ts.Getenv("WORK"), "$WORK", runtime.Version(), "$GO").Replace(text))
		ts.Check(err)
		ts.Check(f.Close())
	}
}
