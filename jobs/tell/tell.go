// Package tell tells people what a night found. What is told, and why, SQL decides
// (sql/alert/); here it is recorded before it is sent, sent, and marked.
package tell

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/record"
	"sourcecov/sync/mirror"
	"sourcecov/sync/notify"
	"sourcecov/sync/state"
)

// Options say of which run is told, and what from.
type Options struct {
	SQL       fs.FS
	Record    *record.Record
	Database  string // of the run; it stays as it is
	Temp      func() (dir string, remove func() error, err error)
	OpenState func(context.Context) (mirror.Bucket, error)
	Threads   int
	Memory    string
	Now       func() time.Time
}

// A Line is what was decided of one group or digest at one channel, and what came of it.
type Line struct {
	Channel   string  `json:"channel"`
	Kind      string  `json:"kind"`     // alert, resolved, digest or blocked
	Batch     *string `json:"batch_id"` // the group; nil of a digest
	IsSent    bool    `json:"is_sent"`  // a message is sent
	Reason    string  `json:"reason"`   // why, or why none is
	Events    int64   `json:"events"`
	NewEvents int64   `json:"new_events"`

	Message *notify.Message // if one is sent, and
	Outcome string          // what came of it: Sent, Refused, Waits or Planned; "" of silence
	Refusal *notify.Refusal // if it was refused
}

// What comes of a message.
const (
	Sent    = "sent"
	Refused = "refused"
	Waits   = "waits"   // behind one that was refused
	Planned = "planned" // nobody is told: a dry run, or a replay
)

// about is the name of the group, or of the digest.
func (l *Line) about() string {
	if l.Batch == nil {
		return l.Kind
	}
	return l.Kind + " " + *l.Batch
}

// About is what a line is about, for people.
func (l *Line) About() string { return l.about() }

// rounds is how often it is decided anew because somebody else appended meanwhile.
const rounds = 5

// Run tells. A channel that refuses delays what it is told and is no error: what is
// not marked as sent is owed, and the next run tells it. Called twice it tells what
// the first call did not get through.
func Run(ctx context.Context, opt Options, channels []notify.Channel) ([]Line, error) {
	if len(channels) == 0 {
		return nil, nil
	}
	for range rounds {
		d, err := decide(ctx, opt, names(channels), false)
		if err != nil {
			return nil, err
		}
		err = d.owe(ctx, opt)
		if errors.Is(err, state.ErrConflict) {
			continue // what another recorded may decide otherwise
		}
		if err != nil {
			return nil, err
		}
		for _, c := range channels {
			if err := d.send(ctx, opt, c); err != nil {
				return d.lines, err
			}
		}
		return d.lines, nil
	}
	return nil, fmt.Errorf("record what is about to be told: %w", state.ErrConflict)
}

// Plan is what Run would do now: nothing is recorded, and nobody is told.
func Plan(ctx context.Context, opt Options, channels []notify.Channel) ([]Line, error) {
	if len(channels) == 0 {
		return nil, nil
	}
	return planned(ctx, opt, names(channels), false)
}

// Replay is what would have been told at a run's as-of, under these SQL files: what was
// told before it counts, and nothing that was told since. Without channels it is that
// of those that were ever told, else of Slack.
func Replay(ctx context.Context, opt Options, channels []string) ([]Line, error) {
	return planned(ctx, opt, channels, true)
}

func planned(ctx context.Context, opt Options, channels []string, isReplay bool) ([]Line, error) {
	d, err := decide(ctx, opt, channels, isReplay)
	if err != nil {
		return nil, err
	}
	for i := range d.lines {
		if d.lines[i].IsSent {
			d.lines[i].Outcome = Planned
		}
	}
	return d.lines, nil
}

func names(channels []notify.Channel) (out []string) {
	for _, c := range channels {
		out = append(out, c.Name())
	}
	return out
}

// owe records what is about to be sent, and what will never be: one append, or none.
func (d *decided) owe(ctx context.Context, opt Options) error {
	var rows []state.Alert
	for _, b := range d.baselines {
		rows = append(rows, state.Alert{Channel: b.Channel, MessageID: "baseline", Step: "baseline", Kind: "baseline", Reason: "baseline", EventIDs: b.EventIDs})
	}
	for i := range d.lines {
		if d.lines[i].IsSent {
			rows = append(rows, d.step(&d.lines[i], "owed"))
		}
	}
	return d.append(ctx, opt, rows)
}

// step is a row of the state about the message of a line.
func (d *decided) step(l *Line, step string) state.Alert {
	return state.Alert{Channel: l.Channel, MessageID: l.Message.ID, Step: step, Kind: l.Kind, BatchID: l.Batch, Reason: l.Reason, EventIDs: d.events[l.Channel+" "+l.Message.ID]}
}

func (d *decided) append(ctx context.Context, opt Options, rows []state.Alert) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		rows[i].Number = int64(i + 1)
		rows[i].AsOf, rows[i].RunID = opt.Record.Run.AsOf, opt.Record.RunID
		rows[i].RecordedAt = opt.Now().UTC().Truncate(time.Second)
	}
	head, err := d.state.Store.Append(ctx, d.state.Head, d.state.Head.AsOf, state.Rows{Alerts: rows})
	if err == nil {
		d.state.Head = head
	}
	return err
}

// marking is how long it may take to mark what was sent, though the night is interrupted.
const marking = 30 * time.Second

// mark records what came of a message. Others may append as they like: it came of it.
func (d *decided) mark(ctx context.Context, opt Options, row state.Alert) (err error) {
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), marking)
	defer cancel()
	for range rounds {
		if err = d.append(bound, opt, []state.Alert{row}); !errors.Is(err, state.ErrConflict) {
			return err
		}
		if d.state.Head, err = d.state.Store.Head(bound); err != nil {
			return err
		}
	}
	return err
}

// send sends what a channel is told, one after the other, and marks each. A channel
// that refuses, and not that message alone, is asked no more tonight.
func (d *decided) send(ctx context.Context, opt Options, c notify.Channel) error {
	isDead := false
	for i := range d.lines {
		l := &d.lines[i]
		if l.Channel != c.Name() || !l.IsSent {
			continue
		}
		if isDead {
			l.Outcome = Waits
			continue
		}
		err := c.Send(ctx, *l.Message)
		if err != nil && !errors.As(err, &l.Refusal) {
			return err
		}
		row := d.step(l, "sent")
		l.Outcome = Sent
		if l.Refusal != nil {
			l.Outcome, row.Step, row.Said = Refused, "refused", &l.Refusal.Said
			isDead = !l.Refusal.OnlyThis
		}
		if err := d.mark(ctx, opt, row); err != nil {
			return fmt.Errorf("mark a message as %s: %w", row.Step, err)
		}
	}
	return nil
}

// A decided night is what SQL answered, over a state.
type decided struct {
	lines     []Line
	baselines []baseline
	events    map[string][]string // channel and message to the events that it tells of
	state     *stateAt
}

type baseline struct {
	Channel  string   `json:"channel"`
	EventIDs []string `json:"event_ids"`
}

type message struct {
	Channel   string   `json:"channel"`
	MessageID string   `json:"message_id"`
	Kind      string   `json:"kind"`
	Batch     *string  `json:"batch_id"`
	Severity  string   `json:"severity"`
	Title     string   `json:"title"`
	Lines     []string `json:"lines"`
	Next      []string `json:"next"`
	EventIDs  []string `json:"event_ids"`
}

// read reads the answers out of the database in which they were made.
func (d *decided) read(ctx context.Context, db *duckdb.DB) error {
	decisions, err := duckdb.Select[struct {
		Channel   string  `json:"channel"`
		Kind      string  `json:"kind"`
		Batch     *string `json:"batch_id"`
		IsSent    bool    `json:"is_sent"`
		Reason    string  `json:"reason"`
		Events    int64   `json:"events"`
		NewEvents int64   `json:"new_events"`
	}](ctx, db, "SELECT channel, kind, batch_id, is_sent, reason, events, new_events FROM alert.decision ORDER BY ALL")
	if err != nil {
		return err
	}
	messages, err := duckdb.Select[message](ctx, db, "SELECT * FROM alert.message ORDER BY channel, message_id")
	if err != nil {
		return err
	}
	if d.baselines, err = duckdb.Select[baseline](ctx, db, "SELECT * FROM alert.baseline ORDER BY channel"); err != nil {
		return err
	}
	d.events = map[string][]string{}
	for _, row := range decisions {
		l := Line{Channel: row.Channel, Kind: row.Kind, Batch: row.Batch, IsSent: row.IsSent, Reason: row.Reason, Events: row.Events, NewEvents: row.NewEvents}
		at := slices.IndexFunc(messages, func(m message) bool {
			return m.Channel == l.Channel && m.Kind == l.Kind && (m.Batch == nil) == (l.Batch == nil) && (m.Batch == nil || *m.Batch == *l.Batch)
		})
		if l.IsSent && at < 0 {
			return fault.Usagef("fix sql/alert, or run without --sql", "%s is to be told and has no message", l.about())
		}
		if l.IsSent {
			m := messages[at]
			l.Message = &notify.Message{ID: m.MessageID, Kind: m.Kind, Severity: m.Severity, Title: m.Title, Lines: m.Lines, Next: m.Next}
			d.events[l.Channel+" "+m.MessageID] = m.EventIDs
		}
		d.lines = append(d.lines, l)
	}
	return nil
}
