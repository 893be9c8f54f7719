package print

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/doctor"
	"sourcecov/jobs/explain"
	"sourcecov/jobs/migrate"
	"sourcecov/jobs/night"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/record"
	"sourcecov/jobs/repair"
	"sourcecov/jobs/verify"
)

// jsonLines writes JSON Lines; the manual of package jobs is its specification.
type jsonLines struct {
	out io.Writer
	conversation
}

// fields is a JSON object that keeps its order.
type fields []any

func (f fields) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := 0; i < len(f); i += 2 {
		key, err := json.Marshal(f[i])
		if err != nil {
			return nil, err
		}
		value, err := marshal(f[i+1])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%s", key, value)
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

func (p *jsonLines) line(kind string, f ...any) {
	body, err := marshal(append(fields{"type", kind}, f...))
	if err != nil {
		p.say("sourcecov: write %s: %v\n", kind, err)
		return
	}
	// What speaks to a terminal stands in JSON as an escape of the same value.
	fmt.Fprintf(p.out, "%s\n", phrase.Printable(string(body)))
}

// Start is the first line.
func (p *jsonLines) Start(verb string) { p.line("start", "protocol", 1, "verb", verb) }

// Began tells what is judged.
func (p *jsonLines) Began(r *record.Record) {
	p.line("scope", "run_id", r.RunID, "bucket", r.Bucket, "as_of", r.Run.AsOf.Format(time.RFC3339),
		"window_from", r.Run.WindowFrom, "window_to", r.Run.WindowTo, "game", r.Game)
}

// Night tells all that a night came to: of a dry run first what it would load.
func (p *jsonLines) Night(result *night.Result) {
	r := result.Record
	if v := r.Verdict; v != nil {
		p.line("verdict", "judgement", v.Judgement, "said", v.Said, "worst_open", orNull(v.Worst), "blocked", v.Blocked)
	}
	if result.DryRun {
		p.plan(r)
	}
	for _, report := range r.Reports {
		if report.Name != "verdict" { // it is told, with what the checks say
			p.rows(report.Name, report)
		}
	}
	for _, c := range r.Checks {
		rows := []any{}
		for _, cells := range c.Rows.Rows {
			f := fields{}
			for i, name := range c.Rows.Columns {
				f = append(f, name, textOrNull(cells[i]))
			}
			rows = append(rows, f)
		}
		p.line("check", "check", c.Check, "severity", c.Severity, "finds", c.Finds, "over", c.Over, "blind", c.Blind, "failed", c.Failed(), "rows", rows)
	}
	for _, t := range r.Run.Tables {
		p.line("table", "table", t.Table, "rows", t.Rows, "partitions", t.Partitions, "loaded", t.Loaded, "unchanged", t.Skipped)
	}
	p.told(result.Told)
	p.exits(result)
	p.line("run", "run_id", r.RunID, "run_key", r.Run.RunKey, "sql_h1", r.Run.SQLH1, "engine", r.Run.EngineVersion,
		"already_done", result.AlreadyDone, "note", r.Note)
}

func (p *jsonLines) plan(r *record.Record) {
	for _, t := range r.Plan {
		p.line("plan", "table", t.Table, "rows", t.Rows, "partitions", t.Partitions, "to_load", t.ToLoad, "unchanged", t.Partitions-t.ToLoad)
	}
	for _, t := range r.Plan {
		for _, j := range t.Jobs {
			p.line("job", "load_id", j.LoadID, "table", t.Table, "partition", j.Partition, "partitions", j.Partitions, "rows", j.Rows)
		}
	}
}

// rows writes a line for each row of an answer.
func (p *jsonLines) rows(kind string, r record.Report) {
	for _, cells := range r.Rows {
		f := []any{}
		for i, name := range r.Columns {
			f = append(f, name, cells[i]) // an instant marshals as RFC 3339
		}
		p.line(kind, f...)
	}
}

// textOrNull is a cell of an offending row, whose columns differ from check to check.
func textOrNull(cell any) any {
	if cell == nil {
		return nil
	}
	return duckdb.Text(cell)
}

// Explanation tells all that is known of one game.
func (p *jsonLines) Explanation(of *record.Record, answers []explain.Answer) {
	if of != nil {
		p.Began(of)
	}
	for _, a := range answers {
		p.rows("explain_"+a.Name, a.Report)
	}
}

// Verification tells what was compared and what differs.
func (p *jsonLines) Verification(v *verify.Result) {
	for _, c := range v.Compared {
		p.line("compared", "what", c.What, "count", c.Count, "equal", c.Equal)
	}
	for _, note := range v.Notes {
		p.line("verify_note", "note", note)
	}
	for _, d := range v.Differences {
		p.line("difference", "what", d.What, "name", d.Name, "sql_path", orNull(d.SQLPath), "said", d.How)
	}
	then := v.Record.Run
	p.line("verified", "run_id", then.RunID, "run_key", then.RunKey, "sql_h1", then.SQLH1, "engine", then.EngineVersion,
		"executed", v.Executed, "differences", len(v.Differences))
}

// Migration tells how a warehouse differs from what is declared.
func (p *jsonLines) Migration(m *migrate.Result) {
	for _, d := range m.Differences {
		p.line("migration", "step", migrationStep(d.Additive), "object", d.Object, "wanted", d.Wanted, "live", d.Live)
	}
	p.line("migrated", "warehouse", m.Warehouse, "said", m.Outcome)
}

// Checkup tells the lines.
func (p *jsonLines) Checkup(lines []doctor.Line) {
	for _, l := range lines {
		p.line("doctor", "check", l.Check, "subject", l.Subject, "status", l.Status, "found", l.Found, "next", orNull(l.Next))
	}
}

// Repair tells what is damaged, what is lost, and whether anything was done.
func (p *jsonLines) Repair(r *repair.Result) {
	for _, d := range r.Damaged {
		p.line("damaged", "file", d.Name, "found", d.How, "then", d.Then)
	}
	for _, l := range r.Lost {
		p.line("lost", "what", l.What, "name", l.Name, "said", l.Said)
	}
	p.line("repaired", "files", r.Files, "damaged", len(r.Damaged), "lost", len(r.Lost), "applied", r.Applied)
}

// Versions tells what a result depends on besides its inputs.
func (p *jsonLines) Versions(v Versions) {
	var modified any
	if v.Revision != "" {
		modified = v.Modified
	}
	p.line("version", "version", v.Program, "revision", orNull(v.Revision), "modified", modified, "go", v.Go, "engine", v.Engine, "sql_h1", v.SQL)
}

// Script gives a script to a shell.
func (p *jsonLines) Script(shell, script string) {
	p.line("completion", "shell", shell, "script", script)
}

// orNull is a text that may not be known.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// Error tells what went wrong and what to do.
func (p *jsonLines) Error(err error, next string) {
	p.line("error", "error", err.Error(), "next", next)
}

// End is the last line.
func (p *jsonLines) End(exit int) {
	p.conversation.end()
	p.line("end", "exit", exit)
}
