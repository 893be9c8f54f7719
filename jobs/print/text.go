package print

import (
	"fmt"
	"io"
	"strconv"
	"strings"
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

// text writes for people.
type text struct {
	stdout io.Writer
	out    io.Writer  // stdout, with the lines broken
	width  func() int // of the terminal; 0 for none
	color  bool

	details []string // sections that are printed too
	where   string   // flag that commands need which are told
	conversation
}

// Start tells nothing: people know what they typed.
func (p *text) Start(string) {}

// Began tells those who asked for each step what is judged: the answer comes first.
func (p *text) Began(r *record.Record) {
	p.log.Info("run "+r.RunID+" has begun", "step", "name")
}

// scope tells what is judged.
func (p *text) scope(r *record.Record) {
	p.printf("bucket %s, as of %s, ", r.Bucket, r.Run.AsOf.Format(time.RFC3339))
	if r.Game != "" {
		p.printf("game %s, ", r.Game)
	}
	if r.Run.WindowFrom == night.FirstDate {
		p.printf("whatever its date\n")
		return
	}
	p.printf("games of %s..%s\n", r.Run.WindowFrom, r.Run.WindowTo)
}

// Night tells what a night came to.
func (p *text) Night(result *night.Result) { p.summary(result) }

// Explanation tells all that is known of one game.
func (p *text) Explanation(of *record.Record, answers []explain.Answer) {
	if of != nil {
		p.printf("run %s, ", of.RunID)
		p.scope(of)
		p.printf("\n")
	}
	for _, a := range answers {
		p.printf("%s\n", strings.TrimSuffix(a.About, "."))
		switch len(a.Rows) {
		case 0:
			p.printf("  nothing\n")
		case 1: // one row reads better from top to bottom
			var lines [][]string
			for i, name := range a.Columns {
				lines = append(lines, []string{name, cells(a.Rows)[0][i]})
			}
			p.aligned(lines)
		default:
			p.table(a.Columns, cells(a.Rows))
		}
		p.printf("\n")
	}
}

// Verification tells what was compared and what differs.
func (p *text) Verification(v *verify.Result) {
	p.scope(v.Record)
	then := v.Record.Run
	p.printf("run %s, recorded by sourcecov %s with DuckDB %s\n\n", then.RunID, then.Version, then.EngineVersion)
	var rows [][]string
	for _, c := range v.Compared {
		equal := "-"
		if c.Equal != nil {
			equal = strconv.Itoa(*c.Equal)
		}
		rows = append(rows, []string{c.What, strconv.Itoa(c.Count), equal})
	}
	p.table([]string{"compared", "there are", "equal"}, rows)
	p.printf("\n")
	for _, note := range v.Notes {
		p.printf("%s\n", note)
	}
	if len(v.Differences) == 0 {
		p.printf("everything is equal\n")
		return
	}
	p.differences(v.Differences)
}

// differences are told by kind. Of relations the first one is, with its file:
// those after it read it, or one that does.
func (p *text) differences(all []verify.Difference) {
	var rows [][]string
	relations := 0
	for _, d := range all {
		if d.What == "relation" {
			if relations++; relations == 1 {
				p.printf("\nthe first relation that differs is %s (%s): %s\n", d.Name, d.SQLPath, d.How)
			}
			continue
		}
		rows = append(rows, []string{d.What, d.Name, d.How})
	}
	if relations > 1 {
		p.printf("%s after it too, which --json lists\n", phrase.Count(relations-1, "relation"))
	}
	if len(rows) == 0 {
		return
	}
	p.printf("\n%s\n", phrase.Count(len(rows), "difference"))
	p.table([]string{"what", "name", "how"}, rows[:min(shownRows, len(rows))])
	p.more(len(rows))
}

// Migration tells how a warehouse differs from what is declared.
func (p *text) Migration(m *migrate.Result) {
	var rows [][]string
	for _, d := range m.Differences {
		rows = append(rows, []string{migrationStep(d.Additive), d.Object, d.Wanted, d.Live})
	}
	if len(rows) > 0 {
		p.table([]string{"step", "object", "wanted", "there is"}, rows)
	}
	p.printf("%s: %s\n", m.Warehouse, m.Outcome)
}

// Repair tells what is damaged, with what comes of it, and what is lost.
func (p *text) Repair(r *repair.Result) {
	for _, d := range r.Damaged {
		fmt.Fprintf(p.out, "%s %s\n  then: %s\n", d.Name, d.How, d.Then)
	}
	for _, l := range r.Lost {
		fmt.Fprintf(p.out, "lost: %s %s, %s\n", l.What, l.Name, l.Said)
	}
	switch looked := phrase.Count(r.Files, "file") + " of state and landing"; {
	case len(r.Damaged) == 0:
		fmt.Fprintf(p.out, "%s, each as it was written; nothing was changed\n", looked)
	case r.Applied:
		fmt.Fprintf(p.out, "%s, %d damaged or gone, %d lost; nothing reads them any more: sourcecov nightly, with the same --bucket, --workdir and --state, makes the rest again\n", looked, len(r.Damaged), len(r.Lost))
	default:
		fmt.Fprintf(p.out, "%s, %d damaged or gone, %d lost; nothing was changed\n", looked, len(r.Damaged), len(r.Lost))
	}
}

// Checkup tells the lines, each with its next step below it. Subjects are not
// aligned: one long path would push all else out of sight.
func (p *text) Checkup(lines []doctor.Line) {
	check, many := 0, map[string]int{}
	for _, l := range lines {
		check = max(check, len(l.Check))
		many[l.Status]++
	}
	for _, l := range lines {
		room := strings.Repeat(" ", len(doctor.NotAsked)-len(l.Status)) // colours count as letters in a format
		p.printf("%s%s  %-*s  %s: %s\n", p.paint(tones[l.Status], l.Status), room, check, l.Check, l.Subject, l.Found)
		if l.Next != "" {
			p.printf("%-*s  next: %s\n", len(doctor.NotAsked), "", l.Next)
		}
	}
	p.printf("\n%d in order, %s, %s, %d not asked; nothing was changed\n",
		many[doctor.OK], phrase.Count(many[doctor.Warning], "warning"), phrase.Count(many[doctor.Fail], "failure"), many[doctor.NotAsked])
}

// Versions tells what a result depends on besides its inputs, a line each.
func (p *text) Versions(v Versions) {
	p.printf("sourcecov %s\n", v.Program)
	switch {
	case v.Revision == "":
		p.printf("revision unknown: go build in a clone notes it\n")
	case v.Modified:
		p.printf("revision %s, and changes since\n", v.Revision)
	default:
		p.printf("revision %s\n", v.Revision)
	}
	p.printf("%s\nDuckDB %s\nSQL %s\n", v.Go, v.Engine, v.SQL)
}

// Script gives a script to a shell, which takes every line as it is.
func (p *text) Script(_, script string) { io.WriteString(p.stdout, script) }

// Error tells what went wrong and what to do.
func (p *text) Error(err error, next string) {
	p.say("sourcecov: %v\n", err)
	if next != "" {
		p.say("next: %s\n", next)
	}
}

// End tells nothing: the exit status is the program's.
func (p *text) End(int) { p.conversation.end() }

func (p *text) more(n int) {
	if n > shownRows {
		p.printf("  and %d more; --json lists them all\n", n-shownRows)
	}
}

// printf writes text in which nothing that comes from outside, a name or a
// reason, can begin a line or speak to the terminal; what is [painted] may.
func (p *text) printf(format string, args ...any) {
	fmt.Fprintf(p.out, format, printable(args)...)
}

// printable are the same values, texts and errors without what cannot be printed.
func printable(args []any) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		switch x := arg.(type) {
		case string:
			out[i] = phrase.Printable(x)
		case error:
			out[i] = phrase.Error(x)
		case fmt.Stringer:
			out[i] = phrase.Printable(x.String())
		default:
			out[i] = arg
		}
	}
	return out
}

// dash stands for what is not there.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// cells are rows as people read them; NULL is a dash.
func cells(rows [][]any) [][]string {
	out := make([][]string, len(rows))
	for i, r := range rows {
		for _, cell := range r {
			if cell == nil {
				out[i] = append(out[i], "-")
				continue
			}
			out[i] = append(out[i], duckdb.Text(cell))
		}
	}
	return out
}

// minute is an instant to the minute: 2025-04-19 10:00Z.
func minute(cell any) string {
	at, isInstant := cell.(time.Time)
	if !isInstant {
		return duckdb.Text(cell)
	}
	return at.Format("2006-01-02 15:04Z")
}
