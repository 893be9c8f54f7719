package print

import (
	"fmt"

	"sourcecov/duckdb"
	"sourcecov/jobs/decide"
	"sourcecov/jobs/phrase"
)

// shortEvent is as much of an event's id as people read; resolve takes any beginning
// that no other event has.
const shortEvent = 8

func short(event string) string { return event[:min(len(event), shortEvent)] }

// Decided tells what was recorded, from when on it counts, and what takes it back.
func (p *text) Decided(d *decide.Result, where string) {
	var rows [][]string
	undone := false
	for _, t := range d.Taken {
		what := t.Method
		switch t.Decision.Decision {
		case "acknowledge":
			what = "acknowledged until " + minute(t.Until)
		case "undo":
			what, undone = "undo of "+t.Undoes+", "+t.Said, true
			t.Said = ""
		}
		rows = append(rows, []string{t.ID, what, dash(short(t.EventID)), dash(t.Game), dash(t.Date), t.Group, phrase.Printable(t.Said)})
	}
	p.printf("%s by %s\n", phrase.Count(len(d.Taken), "decision"), phrase.Printable(d.Taken[0].ActedBy))
	p.table([]string{"decision", "what", "event", "game", "date", "group", "said"}, rows)
	if len(d.Refused) > 0 {
		p.printf("\nnot decided\n")
		rows = nil
		for _, r := range d.Refused {
			rows = append(rows, []string{short(r.Event), r.Group, r.Why})
		}
		p.table([]string{"event", "group", "why"}, rows)
	}
	p.printf("\nit counts for every night whose as-of is %s or later", d.At.Format("2006-01-02T15:04:05Z"))
	if !undone {
		p.printf("; sourcecov undo %d --by YOU%s takes it back", d.Append, where)
	}
	p.printf("\n")
}

// Decided tells each decision, and what could not be decided.
func (p *jsonLines) Decided(d *decide.Result, _ string) {
	for _, t := range d.Taken {
		var until any
		if !t.Until.IsZero() {
			until = t.Until
		}
		p.line("taken", "decision_id", t.ID, "decided_at", t.DecidedAt, "decision", t.Decision.Decision, "method", orNull(t.Method), "event_id", orNull(t.EventID),
			"batch_id", orNull(t.BatchID), "until", until, "undoes", orNull(t.Undoes), "acted_by", t.ActedBy, "why", orNull(t.Why))
	}
	for _, r := range d.Refused {
		p.line("not_decided", "id", r.Event, "why", r.Why)
	}
}

// Decisions tells each decision and how it stands.
func (p *text) Decisions(t *duckdb.Table) {
	if len(t.Rows) == 0 {
		p.printf("nobody has decided anything\n")
		return
	}
	var rows [][]string
	for _, x := range rowsIn(*t) {
		state := x.text("state")
		switch {
		case state == "undone":
			state = fmt.Sprintf("undone by %s at %s", x.text("undone_by"), minute(x["undone_at"]))
		case x["until"] != nil:
			state += ", until " + minute(x["until"])
		}
		rows = append(rows, []string{x.text("decision_id"), minute(x["decided_at"]), x.text("decision"), state, x.text("acted_by"),
			dash(short(x.text("event_id"))), x.text("about"), dash(x.text("game_code_id")), x.text("why")})
	}
	p.table([]string{"decision", "at", "what", "state", "by", "event", "about", "game", "why"}, rows)
	p.printf("\nnext: sourcecov undo DECISION --by YOU%s\n", p.where)
}

// Decisions is the table of them.
func (p *sheet) Decisions(t *duckdb.Table) { p.sheet(t.Columns, t.Rows) }

// Decisions tells each decision.
func (p *jsonLines) Decisions(t *duckdb.Table) {
	for _, cells := range t.Rows {
		var f []any
		for i, column := range t.Columns {
			f = append(f, column, cells[i])
		}
		p.line("decision", f...)
	}
}
