package jobs

import (
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/term"

	"sourcecov/jobs/print"
)

// Process is the world of this process.
func Process() World {
	stdout, stderr := int(os.Stdout.Fd()), int(os.Stderr.Fd())
	return World{
		Args:   os.Args[1:],
		Getenv: os.Getenv,
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Now:    time.Now,

		StdoutIsTerminal: term.IsTerminal(stdout),
		StderrIsTerminal: term.IsTerminal(stderr),
		Columns: func() int {
			for _, fd := range []int{stdout, stderr} { // if both are one, it is the same
				if width, _, err := term.GetSize(fd); err == nil {
					return width
				}
			}
			return 0
		},
	}
}

// unsaid is how wide a terminal is that does not say.
const unsaid = 80

// columns is how wide the terminal is: what it says itself, else COLUMNS.
func (w World) columns() int {
	if w.Columns != nil {
		if n := w.Columns(); n > 0 {
			return n
		}
	}
	if n, err := strconv.Atoi(w.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return unsaid
}

// width is how many columns a line of stdout may take; 0 if it is no terminal, and
// no line is broken.
func (w World) width() int {
	if !w.StdoutIsTerminal {
		return 0
	}
	return w.columns()
}

// print writes a text that is no verb's result.
func (w World) print(text string) { io.WriteString(print.Wrapping(w.Stdout, w.width), text) }

// colors are what --color may say.
var colors = []string{"auto", "always", "never"}

// printing are the options of a printer in this world. Who typed --color is believed
// before NO_COLOR (no-color.org).
func printing(w World, f *flags) print.Options {
	dumb := w.Getenv("TERM") == "dumb"
	return print.Options{
		Stdout: w.Stdout, Stderr: w.Stderr, StderrIsTerminal: w.StderrIsTerminal, Columns: w.columns, Width: w.width, Dumb: dumb,
		Color: f.color == "always" || f.color == "auto" && w.StdoutIsTerminal && !dumb && w.Getenv("NO_COLOR") == "",
		JSON:  f.json, Format: f.format, Quiet: f.quiet, Verbose: f.verbose, Details: f.details, Where: f.where,
	}
}
