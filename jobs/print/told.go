package print

import (
	"fmt"
	"time"

	"sourcecov/jobs/phrase"
	"sourcecov/jobs/record"
	"sourcecov/jobs/tell"
)

// Replayed tells of every group and digest of a run whether a message is sent, why or why
// not, and what the message says.
func (p *text) Replayed(r *record.Record, lines []tell.Line) {
	p.printf("run %s, as of %s\n", r.RunID, r.Run.AsOf.Format(time.RFC3339))
	if len(lines) == 0 {
		p.printf("nobody is told anything: nothing goes on\n")
		return
	}
	p.printf("\n")
	for i := range lines {
		l := &lines[i]
		if !l.IsSent {
			p.printf("%s: silence about %s: %s\n", l.Channel, l.About(), l.Reason)
			continue
		}
		p.printf("%s: %s: %s\n", l.Channel, l.About(), l.Reason)
		p.printf("  %s\n", l.Message.Title)
		for _, line := range l.Message.Lines {
			p.printf("    %s\n", line)
		}
		for _, next := range l.Message.Next {
			p.printf("    next: %s\n", next)
		}
	}
}

// told tells after a night who was told what; silence is counted.
func (p *text) told(lines []tell.Line) {
	if len(lines) == 0 {
		return
	}
	p.printf("\nalerts\n")
	silent := 0
	for i := range lines {
		l := &lines[i]
		if !l.IsSent {
			silent++
			continue
		}
		said := l.Outcome
		if l.Refusal != nil {
			said = fmt.Sprintf("%s (%s); next: %s", l.Outcome, l.Refusal.Said, l.Refusal.Next)
		}
		p.printf("  %s: %s, %s: %s\n", l.Channel, l.About(), l.Reason, said)
	}
	if silent > 0 {
		p.printf("  silence about %s, of which sourcecov alert --replay tells why\n", phrase.Count(silent, "group"))
	}
}

// Replayed writes a line for each; scope has told of which run.
func (p *jsonLines) Replayed(_ *record.Record, lines []tell.Line) { p.told(lines) }

// told writes a line for each.
func (p *jsonLines) told(lines []tell.Line) {
	for i := range lines {
		l := &lines[i]
		var outcome, title, text, next, said any
		if l.IsSent {
			outcome, title, text, next = l.Outcome, l.Message.Title, l.Message.Lines, l.Message.Next
		}
		if l.Refusal != nil {
			said = l.Refusal.Said
		}
		p.line("alert", "channel", l.Channel, "kind", l.Kind, "batch_id", orNil(l.Batch), "is_sent", l.IsSent, "reason", l.Reason,
			"events", l.Events, "new_events", l.NewEvents, "outcome", outcome, "said", said, "title", title, "lines", text, "next", next)
	}
}

// orNil is a text, or null.
func orNil(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}
