package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sourcecov/jobs/fault"
	"sourcecov/jobs/print"
)

// A World is all that the program may look at besides files.
type World struct {
	Args   []string            // without the program's name
	Getenv func(string) string // environment look-up
	Stdin  io.Reader           // what a person types or pipes, asked for by - alone; nil for nothing
	Stdout io.Writer           // the product
	Stderr io.Writer           // the conversation

	StderrIsTerminal bool             // a person reads the conversation
	Now              func() time.Time // asked for the default as-of, and for timings in run.json
	Version          string           // of this program; if it is "", that of its build
}

// Main runs one command line and returns its exit status. It never panics on
// bad input and writes nothing but to the world's streams and the given folders.
func Main(ctx context.Context, w World) int {
	product := &watched{w: w.Stdout}
	w.Stdout = product
	if w.Version == "" {
		w.Version = buildVersion()
	}
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
		return version(ctx, w)
	}
	for _, v := range verbs {
		if v.name == w.Args[0] {
			return v.main(ctx, w)
		}
	}
	out := print.New(printing(w, slices.Contains(w.Args, "--json"), false, false))
	out.Start("")
	msg := fmt.Sprintf("unknown command %q", w.Args[0])
	if near := nearest(w.Args[0]); near != "" {
		msg += "; did you mean " + near + "?"
	}
	return finish(ctx, out, fault.Usagef("sourcecov help", "%s", msg), exitDone)
}

// printing are the options of a printer in this world.
func printing(w World, json, quiet, verbose bool) print.Options {
	return print.Options{Stdout: w.Stdout, Stderr: w.Stderr, StderrIsTerminal: w.StderrIsTerminal, JSON: json, Quiet: quiet, Verbose: verbose}
}

// finish tells the error, if there is one, ends the output and gives the exit
// status: that of the error, else code.
func finish(ctx context.Context, out print.Printer, err error, code int) int {
	if err != nil {
		var next string
		code, next = classify(ctx, err)
		if code == exitInterrupted {
			err = errors.New("interrupted")
		}
		out.Error(err, next)
	}
	out.End(code)
	return code
}

// help is the text of `sourcecov help`.
func help() string {
	s := "sourcecov says what every data source had for every scheduled game, and why not.\n\nusage: sourcecov <verb> [flags]\n\n"
	for _, v := range verbs {
		s += fmt.Sprintf("  %-13s %s\n", strings.TrimSpace(v.name+" "+v.takes), v.does)
	}
	s += fmt.Sprintf("  %-13s %s\n  %-13s %s\n", "version", "print the versions of program, engine and SQL files", "help", "this text; sourcecov <verb> --help lists the flags")
	return s + exitHelp
}

// nearest is the verb that was probably meant: one that differs in two letters
// at most, and in less than half of what was typed.
func nearest(typed string) string {
	for _, v := range verbs {
		if d := distance(typed, v.name); d <= 2 && 2*d < len(typed) {
			return v.name
		}
	}
	return ""
}

// distance is how many letters have to be put in, taken out or replaced.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
