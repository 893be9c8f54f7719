package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Version is the version of the binary, recorded in every run.
const Version = "0.1.0"

// A World is all that the program may look at besides files.
type World struct {
	Args   []string            // without the program's name
	Getenv func(string) string // environment look-up
	Stdout io.Writer           // the product
	Stderr io.Writer           // the conversation

	StderrIsTerminal bool             // a person reads the conversation
	Now              func() time.Time // asked once, for the default as-of, and for timings in run.json
}

// A verb is one thing that the program does.
type verb struct {
	name  string
	takes string // what it takes besides flags; "" for nothing
	forms string // how that can be written
	such  string // one that could be typed
	does  string
	run   func(context.Context, *config) error
}

func verbs() []verb {
	return []verb{
		{"nightly", "", "", "", "pull, build, check, publish and report: the whole night", nightly},
		{"migrate", "", "", "", "make a warehouse's tables and views, or show what it lacks", migrate},
		{"doctor", "", "", "", "tell whether all that a night needs is in order, and what to type if not", doctor},
		{"explain", "GAME", "an NBA id or YYYYMMDD_AWY_HOM", "20231116_OKC_GSW", "tell all that the newest run knows of one game, and why", explain},
		{"verify", "RUN", "its id, the beginning of one, or newest", "newest", "execute a recorded run again and compare all that came of it", verify},
	}
}

// Main runs one command line and returns its exit status. It never panics on
// bad input and writes nothing but to the world's streams and the given folders.
func Main(ctx context.Context, w World) int {
	product := &watched{w: w.Stdout}
	w.Stdout = product
	code := dispatch(ctx, w)
	if product.err != nil && code == exitDone {
		fmt.Fprintf(w.Stderr, "sourcecov: the output is lost: %v\nnext: run the same command again with an output that can be written\n", product.err)
		return exitFailed
	}
	return code
}

// watched remembers the first error of a writer, so that lost output is no success.
type watched struct {
	w   io.Writer
	err error
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

func dispatch(ctx context.Context, w World) int {
	if len(w.Args) == 0 || w.Args[0] == "help" || w.Args[0] == "-h" || w.Args[0] == "--help" {
		fmt.Fprint(w.Stdout, help())
		return exitDone
	}
	if w.Args[0] == "version" {
		fmt.Fprintf(w.Stdout, "sourcecov %s\n", Version)
		return exitDone
	}
	for _, v := range verbs() {
		if v.name == w.Args[0] {
			return runVerb(ctx, w, v)
		}
	}
	out := newUI(w, slices.Contains(w.Args, "--json"), false, false)
	out.start("")
	return finish(ctx, out, usagef("sourcecov help", "there is no verb %q", w.Args[0]))
}

func runVerb(ctx context.Context, w World, v verb) int {
	c, err := parse(ctx, w, v)
	if c.help {
		fmt.Fprint(w.Stdout, verbHelp(v))
		return exitDone
	}
	c.ui.start(v.name)
	if err == nil {
		err = v.run(ctx, c)
	}
	also(&err, c.leavePlaces)
	return finish(ctx, c.ui, err)
}

// finish reports the error, ends the output and gives the exit status.
func finish(ctx context.Context, out ui, err error) int {
	code, hint := classify(ctx, err)
	_, told := err.(outcome) // exactly: what is joined to an outcome has not been told
	switch {
	case code == exitInterrupted:
		out.fail(errors.New("interrupted"), hint)
	case err != nil && !told:
		out.fail(err, hint)
	}
	out.end(code)
	return code
}

// help is the text of `sourcecov help`.
func help() string {
	s := "sourcecov says what every data source had for every scheduled game, and why not.\n\nusage: sourcecov <verb> [flags]\n\n"
	for _, v := range verbs() {
		s += fmt.Sprintf("  %-13s %s\n", strings.TrimSpace(v.name+" "+v.takes), v.does)
	}
	s += fmt.Sprintf("  %-13s %s\n  %-13s %s\n", "version", "print the version", "help", "this text; sourcecov <verb> --help lists the flags")
	return s + exitHelp
}

func verbHelp(v verb) string {
	flags, _ := flagSet(v, &config{}, func(string) string { return "" })
	return fmt.Sprintf("sourcecov %s: %s\n\n%s%s", strings.TrimSpace(v.name+" "+v.takes), v.does, flags.FlagUsages(), exitHelp)
}
