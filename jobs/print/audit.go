package print

import (
	"strings"

	"sourcecov/duckdb"
	"sourcecov/jobs/audit"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/record"
)

// Audit is the table of the findings.
func (p *sheet) Audit(a *audit.Result) {
	p.sheet(a.Columns, a.Rows)
	for _, x := range rowsIn(a.Streaming) { // the table is all that stands on stdout
		p.say("sourcecov: %s: %s\n", x.text("audited_table"), x.text("said"))
	}
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
		dates, games := x.dates(), x.text("games")
		if x.text("audit_status") == "unknown" {
			games = ""
		}
		lines = append(lines, []string{x.text("severity"), x.text("audit_status"), x.text("audited_table"), dash(dates), dash(games), dash(x.text("game")), x.text("reason")})
		if kind := x.text("audit_status"); !next[kind] { // one of each kind shows how
			next[kind] = true
			do := strings.Replace(x.text("next"), "sourcecov audit again", "this audit again", 1)
			if strings.HasPrefix(do, "sourcecov ") {
				do += p.where
			}
			nexts = append(nexts, kind+": "+do)
		}
	}
	p.printf("%s read of %d, of every date that a schedule holds\n", phrase.Count(a.Read, "table"), a.Audited)
	if len(lines) == 0 {
		if a.Judged() {
			p.printf("\nnothing is wrong with them\n")
		}
		p.streaming(rowsIn(a.Streaming))
		p.tellExit(a)
		return
	}
	p.printf("\n")
	p.table([]string{"severity", "status", "table", "dates", "games", "first", "reason"}, lines)
	p.printf("\n%s; nothing was recorded\n", phrase.Count(len(a.Rows), "finding"))
	for _, line := range nexts {
		p.printf("next, %s\n", line)
	}
	p.streaming(rowsIn(a.Streaming))
	p.tellExit(a)
}

// streaming tells who streams into what.
func (p *text) streaming(rows []row) {
	var lines [][]string
	for _, x := range rows {
		lines = append(lines, []string{dash(minute(x["streaming_since"])), x.text("streaming_rows"), x.text("audited_table"), x.text("said")})
	}
	if len(lines) > 0 {
		p.printf("\nstreamed right now, the oldest first\n\n")
		p.table([]string{"since", "about rows", "table", "what that means"}, lines)
	}
}

// Audit tells each finding.
func (p *jsonLines) Audit(a *audit.Result) {
	p.rows("audit_streaming", record.Report{Table: a.Streaming})
	p.rows("audit_finding", record.Report{Table: a.Table})
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

// estimates are the rows of an estimation.
func estimates(e *audit.Estimation) (rows [][]any) {
	for _, t := range e.Tables {
		bytes := any(t.Bytes)
		if t.Fault != "" {
			bytes = nil
		}
		rows = append(rows, []any{t.Name, bytes, orNull(t.Fault)})
	}
	return rows
}

var estimateColumns = []string{"audited_table", "bytes", "fault"}

// filesAreFree is all that is to be estimated of files.
const filesAreFree = "reading files costs nothing; nothing was read"

// Estimation is the table of it.
func (p *sheet) Estimation(e *audit.Estimation) {
	p.sheet(estimateColumns, estimates(e))
	if e.OfFiles {
		p.say("sourcecov: %s\n", filesAreFree)
	}
}

// Estimation tells what an audit would read, and what it may.
func (p *text) Estimation(e *audit.Estimation) {
	p.printf("run %s, bucket %s, as of %s\n", e.Run.RunID, e.Run.Bucket, e.Run.Run.AsOf.Format("2006-01-02T15:04:05Z07:00"))
	if e.OfFiles {
		p.printf("%s\n", filesAreFree)
		return
	}
	var lines [][]string
	for _, cells := range estimates(e) {
		lines = append(lines, []string{duckdb.Text(cells[0]), dash(duckdb.Text(cells[1])), dash(duckdb.Text(cells[2]))})
	}
	p.printf("\n")
	p.table([]string{"table", "bytes", "not known, for"}, lines)
	p.printf("\nit would read %d bytes in all; of no table may more than %d be billed (--max-billed); nothing was read\n", e.Bytes, e.MaxBilled)
}

// Estimation tells each table, then all of them.
func (p *jsonLines) Estimation(e *audit.Estimation) {
	for _, cells := range estimates(e) {
		p.line("audit_estimate", estimateColumns[0], cells[0], estimateColumns[1], cells[1], estimateColumns[2], cells[2])
	}
	p.line("audit_estimated", "tables", len(e.Tables), "bytes", e.Bytes, "max_billed", e.MaxBilled, "of_files", e.OfFiles)
}

// audited tells what the audit of the platform's tables found, or that nobody looked.
func (p *text) audited(r *record.Record) {
	for _, x := range rowsOf(r, "audited") { // one at most
		if x.text("is_looked") != "true" && r.Params["seen_as_of"] != nil {
			p.printf("\naudit: nobody looked: this run looks back, and the platform's tables are those of today\n")
			return
		}
		if x.text("is_looked") != "true" {
			p.printf("\naudit: nobody looked into the platform's tables; nightly --audit bq:PROJECT does, or dir:DIR\n")
			return
		}
		p.printf("\naudit: %s of the platform's %s read\n", x.text("tables_read"), phrase.Count(x.number("tables"), "table"))
	}
	var lines [][]string
	lacking := false
	for _, x := range rowsOf(r, "audit_findings") {
		lacking = lacking || x.text("severity") != "info" && x.text("audit_status") != "unknown"
		dates := x.dates()
		lines = append(lines, []string{x.text("severity"), x.text("audit_status"), x.text("audited_table"), x.text("games"), dash(dates), dash(x.text("game")), x.text("reason")})
	}
	p.streaming(rowsOf(r, "audit_streaming"))
	if len(lines) == 0 {
		return
	}
	p.table([]string{"severity", "status", "table", "games", "dates", "first", "of which"}, lines)
	if lacking {
		p.printf("next: sourcecov audit%s --audit with the same place, which lists the games and what to load again\n", p.where)
	}
}
