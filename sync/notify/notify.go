// Package notify brings messages to people: Slack, mail, and a file as their twin
// without a network. What a message says was decided before; here it is only laid out.
package notify

import (
	"context"
	"fmt"
	"strings"
	"unicode"
)

// A Message is what one channel is told at once.
type Message struct {
	ID       string   `json:"message_id"` // the same message has the same
	Kind     string   `json:"kind"`       // alert, resolved, digest or blocked
	Severity string   `json:"severity"`
	Title    string   `json:"title"`
	Lines    []string `json:"lines"`
	Next     []string `json:"next"` // what to type
}

// A Channel is a place where people are told.
type Channel interface {
	// Name is how the channel is recorded; no secret is in it.
	Name() string
	// Send tells. Called twice it tells twice. What is not an error arrived; of an
	// error, which is a [*Refusal] unless ctx is done, a part may have arrived, or all of it.
	Send(ctx context.Context, m Message) error
}

// A Refusal says why a message did not arrive. No secret is in it.
type Refusal struct {
	Said      string // what the channel said
	Temporary bool   // the same may arrive later; else somebody has to do something first
	OnlyThis  bool   // of this message; the next one may arrive
	Next      string // what to do
}

func (r *Refusal) Error() string { return r.Said }

// text is a message as plain text, a line each.
func (m Message) text() []string {
	lines := append([]string{m.Title}, m.Lines...)
	for _, next := range m.Next {
		lines = append(lines, "next: "+next)
	}
	return lines
}

// mostSaid is how much of what a channel says is told, in letters.
const mostSaid = 200

// told is a text of a stranger as it may be told: short, one line, without secrets.
func told(said string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			said = strings.ReplaceAll(said, secret, "…")
		}
	}
	var b strings.Builder
	for i, letter := range []rune(strings.ToValidUTF8(strings.TrimSpace(said), "\uFFFD")) {
		if i == mostSaid {
			b.WriteString("…")
			break
		}
		if unicode.IsPrint(letter) {
			b.WriteRune(letter)
		} else {
			fmt.Fprintf(&b, `\u%04x`, letter)
		}
	}
	return b.String()
}
