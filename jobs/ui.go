package jobs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sourcecov/sync/warehouse"
	"strconv"
	"strings"
	"time"
)

// A ui tells people or programs what happens. The product goes to stdout, the
// conversation to stderr.
type ui interface {
	start(verb string)
	scope(r *record)                            // what is judged, as soon as it is known
	step(name, said string, took time.Duration) // one step is done
	plan(r *record)                             // what a dry run would load
	summary(r *record, again bool)              // the night's result; again: of a run that was done before
	explained(about string, r reported)         // one answer about a game
	verified(v *verification)                   // what came of running a recorded run again
	// migration tells how a warehouse differs from what is declared, and what was done about it.
	migration(where string, differences []warehouse.Difference, said string)
	examined(lines []line) // whether what a night needs is in order
	fail(err error, hint string)
	end(code int)
}

// newUI gives the form asked for; quiet goes before JSON.
func newUI(w World, asJSON, quiet, verbose bool) ui {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelInfo
	}
	log := logger(w, level)
	switch {
	case quiet:
		return &textUI{io.Discard, w.Stderr, log}
	case asJSON:
		return &jsonUI{w.Stdout, w.Stderr, log}
	}
	return &textUI{w.Stdout, w.Stderr, log}
}

// row is one row of a report, NULL as "".
type row map[string]string

func (r row) int(name string) int64 {
	n, _ := strconv.ParseInt(r[name], 10, 64) // a count of our own SQL is always a number
	return n
}

func (r reported) rows() []row {
	var out []row
	for _, record := range r.Records() {
		out = append(out, record)
	}
	return out
}

// of returns the rows of one report.
func (r *record) of(name string) []row {
	for _, rep := range r.Reports {
		if rep.Name == name {
			return rep.rows()
		}
	}
	return nil
}

// jsonUI writes JSON Lines; doc.go is its specification.
type jsonUI struct {
	out, err io.Writer
	log      *slog.Logger
}

// logger is the conversation about steps, for those who asked for it: text on a
// terminal, JSON for machines. Its attributes are step and ms.
func logger(w World, level slog.Level) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if w.StderrIsTerminal {
		opts.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
				return slog.Attr{}
			}
			return a
		}
		return slog.New(slog.NewTextHandler(w.Stderr, opts))
	}
	return slog.New(slog.NewJSONHandler(w.Stderr, opts))
}

// fields is a JSON object that keeps its order.
type fields []any

func (f fields) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i := 0; i < len(f); i += 2 {
		key, err := json.Marshal(f[i])
		if err != nil {
			return nil, err
		}
		value, err := marshal(f[i+1])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s%s:%s", map[bool]string{true: "{", false: ","}[i == 0], key, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// marshal is json.Marshal that leaves < and > readable.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func (u *jsonUI) line(kind string, f ...any) {
	body, err := marshal(append(fields{"type", kind}, f...))
	if err != nil {
		fmt.Fprintf(u.err, "sourcecov: write %s: %v\n", kind, err)
		return
	}
	fmt.Fprintf(u.out, "%s\n", body)
}

func (u *jsonUI) start(verb string) { u.line("start", "protocol", 1, "verb", verb) }

func (u *jsonUI) scope(r *record) {
	u.line("scope", "run_id", r.RunID, "bucket", r.Bucket, "as_of", r.Run.AsOf.Format(time.RFC3339),
		"window_from", r.Run.WindowFrom, "window_to", r.Run.WindowTo, "game", r.Game)
}

func (u *jsonUI) step(name, said string, took time.Duration) {
	u.log.Info(said, "step", name, "ms", took.Milliseconds())
}

func (u *jsonUI) plan(r *record) {
	for _, p := range r.Plan {
		u.line("plan", "table", p.Table, "rows", p.Rows, "partitions", p.Partitions, "to_load", p.ToLoad, "unchanged", p.Partitions-p.ToLoad)
	}
	for _, p := range r.Plan {
		for _, j := range p.Jobs {
			u.line("job", "load_id", j.LoadID, "table", p.Table, "partition", j.Partition, "partitions", j.Partitions, "rows", j.Rows)
		}
	}
}

func (u *jsonUI) summary(r *record, again bool) {
	for _, rep := range r.Reports {
		u.rows(rep.Name, rep)
	}
	for _, c := range r.Checks {
		rows := []any{}
		for _, cells := range c.Rows.Rows {
			f := fields{}
			for i, name := range c.Rows.Columns {
				f = append(f, name, cells[i])
			}
			rows = append(rows, f)
		}
		u.line("check", "check", c.Check, "severity", c.Severity, "over", c.Over, "blind", c.Blind, "failed", c.Failed(), "rows", rows)
	}
	for _, t := range r.Run.Tables {
		u.line("table", "table", t.Table, "rows", t.Rows, "partitions", t.Partitions, "loaded", t.Loaded, "unchanged", t.Skipped)
	}
	u.line("run", "run_id", r.RunID, "run_key", r.Run.RunKey, "sql_h1", r.Run.SQLH1, "engine", r.Run.EngineVersion, "already_done", again, "note", r.Note)
}

func (u *jsonUI) explained(_ string, r reported) { u.rows("explain_"+r.Name, r) }

// rows writes a line for each row of an answer.
func (u *jsonUI) rows(kind string, r reported) {
	for _, cells := range r.Rows {
		f := []any{}
		for i, name := range r.Columns {
			f = append(f, name, typed(r.Types[i], cells[i]))
		}
		u.line(kind, f...)
	}
}

func (u *jsonUI) fail(err error, hint string) { u.line("error", "error", err.Error(), "next", hint) }
func (u *jsonUI) end(code int)                { u.line("end", "exit", code) }

// typed gives a value the JSON type of its column.
func typed(declared string, cell *string) any {
	switch {
	case cell == nil:
		return nil
	case declared == "BOOLEAN":
		return *cell == "true"
	case declared == "BIGINT", declared == "INTEGER", declared == "HUGEINT", strings.HasPrefix(declared, "DECIMAL"):
		return json.Number(*cell)
	case declared == "TIMESTAMPTZ":
		return strings.Replace(strings.Replace(*cell, " ", "T", 1), "+00", "Z", 1)
	}
	return *cell
}
