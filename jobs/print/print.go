// Package print tells people and programs what came of a command. The product
// goes to stdout, the conversation to stderr.
package print

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/audit"
	"sourcecov/jobs/decide"
	"sourcecov/jobs/diff"
	"sourcecov/jobs/doctor"
	"sourcecov/jobs/explain"
	"sourcecov/jobs/gaps"
	"sourcecov/jobs/manual"
	"sourcecov/jobs/migrate"
	"sourcecov/jobs/night"
	"sourcecov/jobs/record"
	"sourcecov/jobs/repair"
	"sourcecov/jobs/runs"
	"sourcecov/jobs/tell"
	"sourcecov/jobs/verify"
)

// A Printer tells in one form.
type Printer interface {
	Start(verb string)
	night.Progress // Began, Doing and Did
	Night(*night.Result)
	Explanation(of *record.Record, answers []explain.Answer) // of is nil if nobody knows which run it is
	Verification(*verify.Result)
	Migration(*migrate.Result)
	Checkup([]doctor.Line)
	Waiting(what string) // from any goroutine
	Repair(*repair.Result)
	Gaps(*gaps.Result)
	Wrote(dir string, pages []Page)
	Audit(*audit.Result)
	Estimation(*audit.Estimation)
	Runs(*runs.Result)
	Answer(*duckdb.Table)
	Diff(*diff.Result)
	Decided(of *decide.Result, where string) // where are the flags with which another command finds the same state
	Decisions(*duckdb.Table)
	Template(t *manual.Template, file string) // file is where it was written; "" for nowhere yet
	Judged(file string, v *manual.Verdict)
	Replayed(*record.Record, []tell.Line)
	Versions(Versions)
	Script(shell, script string)
	Error(err error, next string)
	End(exit int)
}

// Versions are what a result depends on besides its inputs.
type Versions struct {
	Program, Revision, Go, Engine, SQL string // Revision is "" if the build does not know it

	Modified bool // the sources differed from the revision
}

// Options choose the form.
type Options struct {
	Stdout, Stderr   io.Writer
	StderrIsTerminal bool
	Width            func() int // columns of the terminal that stdout is, at which text is broken; 0 for none
	Color            bool       // in text on stdout
	Columns          func() int // of the terminal that stderr is, if it is one
	Dumb             bool       // a terminal on which nothing that was written can be taken back
	JSON             bool       // JSON Lines on stdout
	Format           string     // of lists: one of Formats, "" for the first
	Quiet            bool       // nothing but errors; it goes before JSON
	Verbose          bool       // each step and how long it took, and all sections
	Details          []string   // sections of a summary that are printed too
	Where            string     // flag with which other commands find the same working directory, after a space
}

// New gives the form asked for.
func New(o Options) Printer {
	var line *progress
	if o.StderrIsTerminal && !o.Quiet && !o.Dumb {
		line = &progress{terminal: o.Stderr, width: o.Columns}
		o.Stdout, o.Stderr = vanishing{line, o.Stdout}, vanishing{line, o.Stderr}
	}
	c := conversation{o.Stderr, logger(o), o.Quiet, line}
	details := o.Details
	if o.Verbose {
		details = Sections()
	}
	switch {
	case o.Quiet:
		o.Stdout = io.Discard
	case o.JSON:
		return &jsonLines{o.Stdout, c}
	}
	if o.Width == nil {
		o.Width = func() int { return 0 }
	}
	t := text{o.Stdout, Wrapping(o.Stdout, o.Width), o.Width, o.Color, details, o.Where, c}
	if !o.Quiet && (o.Format == "md" || o.Format == "csv") {
		t.out = o.Stdout // a table for another program has its lines whole
		return &sheet{t, o.Format}
	}
	return &t
}

// conversation is what is told on stderr, the same way in every form.
type conversation struct {
	err   io.Writer
	log   *slog.Logger
	quiet bool

	progress *progress // nil if nobody would see it
}

// Waiting tells of what goes on for longer than anybody expects.
func (c conversation) Waiting(what string) {
	if !c.quiet {
		c.log.Warn(what)
	}
}

// say writes a message, in the way of [text.printf].
func (c conversation) say(format string, args ...any) {
	fmt.Fprintf(c.err, format, printable(args)...)
}

// exits tells why a night that got through does not exit with 0.
func (c conversation) exits(result *night.Result) {
	if result.Exit == night.Gaps {
		c.say("sourcecov: exit %d, for --fail-on is %s and the worst that is open is %s\n", result.Exit, result.FailOn, result.Record.Verdict.Worst)
	}
}

// Doing shows what a step is about now on a terminal; it may be called from any goroutine.
func (c conversation) Doing(step, what string, done, of int) {
	if c.progress != nil {
		c.progress.show(step, what, done, of)
	}
}

// Did tells of a step to those who asked for it.
func (c conversation) Did(step, what string, took time.Duration) {
	c.log.Info(what, "step", step, "ms", took.Milliseconds())
}

// logger writes text on a terminal, JSON for machines. Its attributes are step and ms.
func logger(o Options) *slog.Logger {
	opts := &slog.HandlerOptions{Level: slog.LevelWarn}
	if o.Verbose {
		opts.Level = slog.LevelInfo
	}
	if !o.StderrIsTerminal {
		return slog.New(slog.NewJSONHandler(o.Stderr, opts))
	}
	opts.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return a
	}
	return slog.New(slog.NewTextHandler(o.Stderr, opts))
}

// A row is one row of an answer, by column.
type row map[string]any

// text is a cell as people read it; NULL is nothing.
func (r row) text(name string) string { return duckdb.Text(r[name]) }

// texts are several cells.
func (r row) texts(names ...string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = r.text(name)
	}
	return out
}

// number is a count; of a cell that is none, or not there, 0.
func (r row) number(name string) int64 {
	n, _ := r[name].(int64)
	return n
}

// dates are those of a row, from the first to the last.
func (x row) dates() string {
	first, last := x.text("first_date"), x.text("last_date")
	if first == last {
		return first
	}
	return first + ".." + last
}

// rowsOf are the rows of one report of a run.
func rowsOf(r *record.Record, report string) []row { return rowsIn(r.Report(report).Table) }

// rowsIn are the rows of an answer.
func rowsIn(table duckdb.Table) []row {
	out := make([]row, len(table.Rows))
	for i, cells := range table.Rows {
		out[i] = row{}
		for j, cell := range cells {
			out[i][table.Columns[j]] = cell
		}
	}
	return out
}

// migrationStep says what migrate does about a difference.
func migrationStep(additive bool) string {
	if additive {
		return "add"
	}
	return "refuse"
}
