package jobs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"

	"sourcecov/jobs"
)

// onTerminal runs the program on a terminal of that width, and returns all that was
// written on it.
func onTerminal(t *testing.T, columns uint16, env []string, args ...string) string {
	t.Helper()
	cmd := program(t, append([]string{"TERM=xterm", "COLUMNS=", "NO_COLOR="}, env...), args...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: columns})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	var all strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := terminal.Read(buf)
		all.Write(buf[:n])
		if err != nil { // on Linux EIO, once the program has ended
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, &all)
	}
	return all.String()
}

var (
	colour   = regexp.MustCompile("\x1b\\[[0-9;]*m")
	takeBack = regexp.MustCompile("[^\n]*\x1b\\[2K\r") // a line that was cleared, with all that was written on it
)

// seen is what stands on the terminal in the end, line by line.
func seen(written string) []string {
	left := takeBack.ReplaceAllString(strings.ReplaceAll(written, "\r\n", "\n"), "")
	return strings.Split(strings.TrimSuffix(left, "\n"), "\n")
}

// squeezed is a text without what a terminal adds: colours, and where lines break.
func squeezed(s string) string {
	return strings.Join(strings.Fields(colour.ReplaceAllString(s, "")), "")
}

// TestTerminal: no line is longer than the terminal is wide; what stands there in the
// end is what a pipe gets, broken at words; and the progress was there and is gone.
func TestTerminal(t *testing.T) {
	long(t)
	t.Parallel()
	work, fresh := t.TempDir(), t.TempDir()
	copyFinished(t, work)
	for i, c := range []struct {
		columns uint16
		args    []string
	}{
		{80, []string{"nightly", "--workdir", fresh}}, {80, []string{"help"}}, {40, []string{"nightly", "--help"}}, {12, []string{"doctor", "--help"}},
		{40, []string{"nightly", "--workdir", fresh}},
		{80, []string{"explain", "20231116_okc_gsw", "--workdir", work}}, {40, []string{"explain", "22300201", "--workdir", work}},
		{40, []string{"report", "--workdir", work}}, {80, []string{"gaps", "--workdir", work}}, {40, []string{"runs", "--workdir", work}},
		{40, []string{"doctor", "--workdir", work}}, {80, []string{"verify", "newest", "--workdir", work}},
	} {
		written := onTerminal(t, c.columns, nil, c.args...)
		lines := seen(written)
		for _, line := range lines {
			if n := utf8.RuneCountInString(colour.ReplaceAllString(line, "")); n > int(c.columns) || strings.ContainsAny(line, "\r█") {
				t.Errorf("%v at %d: %d columns: %q", c.args, c.columns, n, line)
			}
		}
		plain := strings.ReplaceAll(finished(t).stdout, finished(t).work, fresh)
		if i > 0 {
			plain = must(t, 0, c.args...)
		} else if !strings.Contains(written, "model/") || !strings.Contains(written, "%") {
			t.Errorf("no progress was shown: %q", written)
		}
		if squeezed(strings.Join(lines, "")) != squeezed(plain) {
			t.Errorf("%v at %d:\n%s\ninstead of\n%s", c.args, c.columns, strings.Join(lines, "\n"), plain)
		}
	}
}

// TestColor: colours are for a terminal, unless NO_COLOR or --color says otherwise.
func TestColor(t *testing.T) {
	long(t)
	t.Parallel()
	work := finished(t).work
	for _, c := range []struct {
		terminal bool
		env      string
		color    string
		want     bool
	}{
		{true, "", "auto", true}, {true, "NO_COLOR=1", "auto", false}, {true, "TERM=dumb", "auto", false}, {true, "", "never", false},
		{false, "", "auto", false}, {false, "NO_COLOR=1", "always", true},
	} {
		args := []string{"doctor", "--workdir", work, "--color", c.color}
		var written string
		if c.terminal {
			written = onTerminal(t, 80, []string{c.env}, args...)
		} else {
			out, err := program(t, []string{c.env}, args...).Output()
			if err != nil {
				t.Fatal(err)
			}
			written = string(out)
		}
		if got := strings.Contains(written, "\x1b[32mok\x1b[0m"); got != c.want {
			t.Errorf("%+v: %q", c, written)
		}
	}
}

// TestClosedPipe: a reader who has read enough hears nothing, and the night is done all the same.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	read.Close()
	work := t.TempDir()
	for _, args := range [][]string{{"nightly"}, {"nightly", "--json"}, {"explain", "20231116_OKC_GSW"}, {"help"}, {"completion", "bash"}} {
		if args[0] == "nightly" || args[0] == "explain" {
			args = append(args, "--workdir", work)
		}
		var said strings.Builder
		code := jobs.Main(t.Context(), jobs.World{Args: args, Getenv: environment, Stdout: write, Stderr: &said, Now: time.Now})
		if code != 0 || said.String() != "" {
			t.Errorf("%v: exit %d: %s", args, code, said.String())
		}
	}
	if out := must(t, 0, "nightly", "--workdir", work); !strings.Contains(out, "already done") {
		t.Errorf("the night was not done:\n%s", out)
	}
}

// TestHead: the program itself, before a reader who closes, ends quietly.
func TestHead(t *testing.T) {
	t.Parallel()
	cmd := program(t, nil, "completion", "bash")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = write, &said
	err = cmd.Run()
	write.Close()
	if _, died := err.(*exec.ExitError); err != nil && !died || said.String() != "" {
		t.Errorf("%v: %s", err, said.String())
	}
}

// TestQuiet: nothing is said when all is well, on a terminal neither.
func TestQuiet(t *testing.T) {
	long(t)
	t.Parallel()
	work := t.TempDir()
	for _, args := range [][]string{{"nightly"}, {"nightly", "-v"}, {"doctor"}, {"explain", "20231116_OKC_GSW"}, {"verify", "newest"}, {"repair"}} {
		if written := onTerminal(t, 80, nil, append(args, "-q", "--workdir", work)...); written != "" && !(len(args) > 1 && args[1] == "-v") {
			t.Errorf("%v: %q", args, written)
		}
	}
}

// BenchmarkHelpProcess is what help takes from the start of the program to its end: no
// more than 50 ms.
func BenchmarkHelpProcess(b *testing.B) {
	program := filepath.Join(b.TempDir(), "sourcecov")
	if out, err := exec.Command("go", "build", "-o", program, "sourcecov/jobs/sourcecov").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for b.Loop() {
		if out, err := exec.Command(program, "help").Output(); err != nil || !strings.Contains(string(out), "usage:") {
			b.Fatalf("%v\n%s", err, out)
		}
	}
}
