package jobs

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
)

// nowhere is a world without an environment, whose output is out.
func nowhere(out io.Writer, args ...string) World {
	return World{Args: args, Getenv: func(string) string { return "" }, Stdout: out, Stderr: io.Discard}
}

// TestExamples: every verb has examples, they are command lines that are understood,
// and help and --help are one text.
func TestExamples(t *testing.T) {
	for _, v := range verbs {
		if len(v.examples) == 0 {
			t.Errorf("%s has no example", v.name)
		}
		for _, line := range v.examples {
			command, _, _ := strings.Cut(line, " > ")
			var args []string
			for i, part := range strings.Split(strings.ReplaceAll(command, "'", `"`), `"`) {
				if i%2 == 1 {
					args = append(args, part) // in quotes
					continue
				}
				args = append(args, strings.Fields(part)...)
			}
			if args[0] != "sourcecov" || args[1] != v.name {
				t.Errorf("%s is no example of %s", line, v.name)
			}
			if _, _, err := parse(nowhere(io.Discard, args[1:]...), v); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		var help, flag bytes.Buffer
		Main(context.Background(), nowhere(&help, "help", v.name))
		Main(context.Background(), nowhere(&flag, v.name, "--help"))
		if help.String() != flag.String() || !strings.Contains(help.String(), v.examples[0]) {
			t.Errorf("help %s and %s --help are:\n%s\n%s", v.name, v.name, &help, &flag)
		}
	}
}

// TestNearest: a slip of the finger is understood, another word is not, and of two
// words the nearer one is meant.
func TestNearest(t *testing.T) {
	names := []string{"nightly", "doctor", "verify", "from", "form"}
	for typed, want := range map[string]string{"nightyl": "nightly", "nighly": "nightly", "doktor": "doctor", "verfy": "verify",
		"fo": "", "forn": "form", "frm": "from", "publish": "", "x": "", "": ""} {
		if got := nearest(typed, names); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

// BenchmarkHelp is what help takes in a process that has started.
func BenchmarkHelp(b *testing.B) {
	for b.Loop() {
		if Main(context.Background(), nowhere(io.Discard, "help")) != exitDone {
			b.Fatal("no help")
		}
	}
}
