package print

import (
	"strings"

	"sourcecov/jobs/audit"
	"sourcecov/jobs/phrase"
)

// Audit is the table of the findings.
func (p *sheet) Audit(a *audit.Result) {
	p.sheet(a.Columns, a.Rows)
	p.tellExit(a)
}

// Audit tells what is the same on consecutive dates on one line, and what to type.
func (p *text) Audit(a *audit.Result) {
	if !a.Judged() {
		p.printf("NOT JUDGED: no table could be read of %d\n", a.Audited)
	}
	p.printf("run %s, bucket %s, as of %s\n", a.Run.RunID, a.Run.Bucket, a.Run.Run.AsOf.Format("2006-01-02T15:04:05Z07:00"))
	var lines [][]string
	var nexts []string
	shown, next := map[string]bool{}, map[string]bool{}
	for _, x := range rowsIn(a.Table) {
		hole := strings.Join([]string{x.text("severity"), x.text("audited_table"), x.text("audit_status"), x.text("first_date")}, " ")
		if shown[hole] {
			continue
		}
		shown[hole] = true
		dates, games := x.text("first_date"), x.text("games")
		if last := x.text("last_date"); last != dates {
			dates += ".." + last
		}
		if x.text("audit_status") == "unknown" {
			games = ""
		}
		lines = append(lines, []string{x.text("severity"), x.text("audit_status"), x.text("audited_table"), dash(dates), dash(games), dash(x.text("game")), x.text("reason")})
		if kind := x.text("audit_status"); !next[kind] { // one of each kind shows how
			next[kind] = true
			nexts = append(nexts, kind+": "+x.text("next"))
		}
	}
	p.printf("%s read of %d, of every date that a schedule holds\n", phrase.Count(a.Read, "table"), a.Audited)
	if len(lines) == 0 {
		if a.Judged() {
			p.printf("\nnothing is wrong with them\n")
		}
		p.tellExit(a)
		return
	}
	p.printf("\n")
	p.table([]string{"severity", "status", "table", "dates", "games", "first", "reason"}, lines)
	p.printf("\n%s; nothing was recorded\n", phrase.Count(len(a.Rows), "finding"))
	for _, line := range nexts {
		line = strings.ReplaceAll(line, "sourcecov audit again", "sourcecov audit"+p.where+" again")
		p.printf("next, %s\n", line)
	}
	p.tellExit(a)
}

// Audit tells each finding.
func (p *jsonLines) Audit(a *audit.Result) {
	for _, cells := range a.Rows {
		f := []any{}
		for i, name := range a.Columns {
			f = append(f, name, cells[i])
		}
		p.line("audit_finding", f...)
	}
	p.line("audit", "tables", a.Audited, "read", a.Read, "findings", len(a.Rows), "failed", a.Failed)
	p.tellExit(a)
}

// tellExit says what gave the exit status.
func (c conversation) tellExit(a *audit.Result) {
	switch {
	case !a.Judged(): // whatever --fail-on says
		c.say("sourcecov: exit 4, NOT JUDGED: no table could be read of %d\n", a.Audited)
	case a.Failed:
		c.say("sourcecov: exit 4, for --fail-on is %s and a finding is as bad\n", a.FailOn)
	}
}
