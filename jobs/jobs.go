package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
	"time"

	"sourcecov/jobs/print"
)

// A World is all that the program may look at besides files.
type World struct {
	Args   []string            // without the program's name
	Getenv func(string) string // environment look-up
	Stdin  io.Reader           // what a person types or pipes, asked for by - alone; nil for nothing
	Stdout io.Writer           // the product
	Stderr io.Writer           // the conversation

	StdoutIsTerminal bool             // a person reads the product
	StderrIsTerminal bool             // a person reads the conversation
	Columns          func() int       // how wide that terminal is; 0 if it does not say. nil as well
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
	switch {
	case errors.Is(product.err, syscall.EPIPE): // whoever reads has read enough
	case product.err != nil && code == exitDone:
		fmt.Fprintf(w.Stderr, "sourcecov: the output is lost: %v\nnext: run the same command again with an output that can be written\n", product.err)
		return exitFailed
	}
	return code
}

// watched remembers the first error of a writer, so that lost output is no success.
// After it nothing more is written.
type watched struct {
	w   io.Writer
	err error
}

func (w *watched) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	var n int
	n, w.err = w.w.Write(p)
	return n, w.err
}

func dispatch(ctx context.Context, w World) int {
	name := "help"
	if len(w.Args) > 0 {
		name = w.Args[0]
	}
	switch name {
	case "help", "-h", "--help":
		return help(ctx, w)
	case "--version":
		name = "version"
	}
	v, err := verbNamed(name)
	if err == nil {
		return v.main(ctx, w)
	}
	return refuse(ctx, w, err)
}

// refuse tells what is wrong with a command line of no verb.
func refuse(ctx context.Context, w World, err error) int {
	out := print.New(printing(w, &flags{json: slices.Contains(w.Args, "--json")}))
	out.Start("")
	return finish(ctx, out, err, exitDone)
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
