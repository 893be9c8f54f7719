// Package decide records in the state what people decide: on an event, on all open
// events of a game, on a group of events, and that they take a decision back.
package decide

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// Methods are what can be decided of an event; RULES.md, "Decisions", says what each does.
var Methods = []string{"accepted_gap", "manual_entry", "wont_fix"}

// Options say who decides, and where it is recorded. Nothing but the state is
// asked: no run need be on this disk.
type Options struct {
	By, Why   string
	SQL       fs.FS
	Bucket    place.Bucket // whose nights the state has to be of; "" if nobody said
	OpenState func(context.Context) (mirror.Bucket, error)
	Threads   int
	Memory    string
	Now       func() time.Time
	Where     string // flags with which another command finds the same state, after a space
}

// A Result is what was recorded.
type Result struct {
	Taken   []Taken
	Refused []Refusal // of a game: open events on which this cannot be decided
	At      time.Time // from then on it counts
	Append  int       // all of it can be taken back by this number
}

// Taken is one decision that was recorded, and what it is about.
type Taken struct {
	state.Decision
	Group, Game, Date, Said string // of the event, the group, or what is taken back
}

// A Refusal says why an event was not decided.
type Refusal struct{ Event, Group, Why string }

// mostSaid is how long a text may be, in bytes: a sentence or ten.
const mostSaid = 2000

// check holds who and why to what can be kept.
func (o Options) check(needsWhy bool, example string) error {
	switch {
	case strings.TrimSpace(o.By) == "":
		return fault.Usagef(example, "nobody answers for it: --by says who decides")
	case needsWhy && strings.TrimSpace(o.Why) == "":
		return fault.Usagef(example, "nobody will know why: --why says it, in quotes")
	}
	for _, text := range []string{o.By, o.Why} {
		if len(text) > mostSaid || !utf8.ValidString(text) {
			return fault.Usagef(example, "--by and --why are text of at most %d bytes of UTF-8", mostSaid)
		}
	}
	return nil
}

// Resolve decides on the event whose id begins with what was typed, or on all open
// events of a game.
func Resolve(ctx context.Context, opt Options, what, method string) (*Result, error) {
	example := "sourcecov resolve " + place.Word(what) + " --as " + Methods[0] + " --by YOU --why REASON" + opt.Where
	if !slices.Contains(Methods, method) {
		return nil, fault.Usagef(example, "--as is one of %s, not %q", strings.Join(Methods, ", "), method)
	}
	if err := opt.check(true, example); err != nil {
		return nil, err
	}
	return opt.record(ctx, func(d *desk) ([]Taken, []Refusal, error) { return d.resolve(ctx, what, method) })
}

func (d *desk) resolve(ctx context.Context, what, method string) (taken []Taken, refused []Refusal, err error) {
	type event struct {
		Found      string  `json:"found"`
		EventID    string  `json:"event_id"`
		Typed      *string `json:"typed"`
		BatchID    string  `json:"batch_id"`
		Game       *string `json:"game_code_id"`
		Date       string  `json:"game_date"`
		Said       string  `json:"description"`
		Refused    *string `json:"refused"`
		DecisionID *string `json:"decision_id"`
	}
	events, err := ask[event](ctx, d, "list.decidable", duckdb.Params{"asked": what, "method": method})
	switch {
	case err != nil:
		return nil, nil, err
	case len(events) == 0 || events[0].Found == "near":
		var near []string
		for _, e := range events {
			if e.Typed != nil && !slices.Contains(near, *e.Typed) && len(near) < 3 {
				near = append(near, *e.Typed)
			}
		}
		if len(near) > 0 {
			return nil, nil, fault.Usagef("sourcecov resolve "+near[0]+" …; sourcecov explain GAME lists a game's events with their ids",
				"no event that a night recorded begins with %s or is of such a game; did you mean %s?", place.Word(what), strings.Join(near, " or "))
		}
		return nil, nil, fault.Usagef("sourcecov explain GAME lists a game's events with their ids, sourcecov gaps --format csv those of gaps; a gap that no event tells of is accepted in sql/reference/known_gaps.sql",
			"no event that a night recorded begins with %s or is of such a game", place.Word(what))
	case events[0].Found == "event" && len(events) > 1:
		var ids []string
		for _, e := range events[:min(len(events), 4)] {
			ids = append(ids, e.EventID)
		}
		return nil, nil, fault.Usagef("sourcecov resolve "+ids[0]+" …", "%s is the beginning of %d events: %s", what, len(events), strings.Join(ids, ", "))
	}
	for _, e := range events {
		if e.Refused != nil {
			refused = append(refused, Refusal{e.EventID, e.BatchID, *e.Refused})
			continue
		}
		taken = append(taken, Taken{Decision: state.Decision{Decision: "resolve", EventID: e.EventID, Method: method},
			Group: e.BatchID, Game: deref(e.Game), Date: e.Date, Said: e.Said})
	}
	if len(taken) > 0 {
		return taken, refused, nil
	}
	next := "sourcecov explain GAME lists what is open"
	if id := events[0].DecisionID; id != nil {
		next = "sourcecov undo " + *id + " --by YOU" + d.Where + " first, if it is to be decided otherwise"
	}
	if len(events) == 1 {
		return nil, nil, fault.Usagef(next, "event %s (%s) cannot be decided: %s", events[0].EventID, events[0].BatchID, refused[0].Why)
	}
	return nil, nil, fault.Usagef(next, "none of the %d events of %s can be decided; the first, %s (%s): %s",
		len(events), deref(events[0].Game), events[0].EventID, events[0].BatchID, refused[0].Why)
}

// Acknowledge takes a group on for some time.
func Acknowledge(ctx context.Context, opt Options, group, long string) (*Result, error) {
	example := "sourcecov ack " + place.Word(group) + " --for 3d --by YOU" + opt.Where
	span, err := duration(long)
	if err != nil {
		return nil, fault.Usagef(example, "--for %s: %v", place.Word(long), err)
	}
	if err := opt.check(false, example); err != nil {
		return nil, err
	}
	return opt.record(ctx, func(d *desk) ([]Taken, []Refusal, error) { return d.acknowledge(ctx, group, long, span) })
}

func (d *desk) acknowledge(ctx context.Context, group, long string, span time.Duration) ([]Taken, []Refusal, error) {
	type row struct {
		BatchID  string  `json:"batch_id"`
		IsAsked  bool    `json:"is_asked"`
		Distance int64   `json:"distance"`
		Events   int64   `json:"events"`
		Oldest   string  `json:"oldest"`
		Decision *string `json:"decision_id"`
		Refused  *string `json:"refused"`
	}
	until := d.at.Add(span)
	groups, err := ask[row](ctx, d, "list.groups", duckdb.Params{"asked": group, "until": until})
	if err != nil {
		return nil, nil, err
	}
	at := slices.IndexFunc(groups, func(g row) bool { return g.IsAsked })
	if at < 0 {
		if len(groups) == 0 {
			return nil, nil, fault.Usagef("sourcecov report --details events tells the groups of a night", "no event is open, so there is no group %s", place.Word(group))
		}
		nearest := slices.MinFunc(groups, func(a, b row) int { return int(a.Distance - b.Distance) })
		if nearest.Distance > 3 {
			nearest = groups[0]
		}
		var names []string
		for _, g := range groups[:min(len(groups), 8)] {
			names = append(names, g.BatchID)
		}
		more := ""
		if rest := len(groups) - len(names); rest > 0 {
			more = fmt.Sprintf(" and %d more, as sourcecov report --details events tells", rest)
		}
		return nil, nil, fault.Usagef("sourcecov ack "+nearest.BatchID+" --for 3d --by YOU"+d.Where,
			"no group %s has an open event; there are %s%s", place.Word(group), strings.Join(names, ", "), more)
	}
	g := groups[at]
	if g.Refused != nil {
		next := "a shorter --for; or sourcecov resolve EVENT --as wont_fix, for what nobody will mend"
		if g.Decision != nil {
			next = "another --for; " + *g.Decision + " stays in force, unless sourcecov undo " + *g.Decision + " --by YOU" + d.Where + " takes it back"
		}
		return nil, nil, fault.Usagef(next, "%s cannot be taken on for %s: %s", g.BatchID, long, *g.Refused)
	}
	return []Taken{{Decision: state.Decision{Decision: "acknowledge", BatchID: g.BatchID, Until: until}, Group: g.BatchID, Date: g.Oldest,
		Said: fmt.Sprintf("%d open", g.Events)}}, nil, nil
}

// Undo takes back the decision of an id, or all that were taken at once, by the number
// before the dot.
func Undo(ctx context.Context, opt Options, what string) (*Result, error) {
	if err := opt.check(false, "sourcecov undo "+place.Word(what)+" --by YOU"+opt.Where); err != nil {
		return nil, err
	}
	return opt.record(ctx, func(d *desk) ([]Taken, []Refusal, error) { return d.undo(ctx, what) })
}

func (d *desk) undo(ctx context.Context, what string) (taken []Taken, refused []Refusal, err error) {
	type row struct {
		ID       string  `json:"decision_id"`
		Decision string  `json:"decision"`
		State    string  `json:"state"`
		About    *string `json:"about"`
		Game     *string `json:"game_code_id"`
		EventID  *string `json:"event_id"`
		UndoneBy *string `json:"undone_by"`
	}
	decisions, err := ask[row](ctx, d, "list.decisions", nil)
	if err != nil {
		return nil, nil, err
	}
	var open []string
	for _, r := range slices.Backward(decisions) {
		isOpen := r.State == "in force" || r.State == "replaced"
		if isOpen {
			open = append(open, r.ID)
		}
		if r.ID != what && !strings.HasPrefix(r.ID, what+".") {
			continue
		}
		if !isOpen {
			why := "it is over"
			if r.State == "undone" {
				why = "it was taken back already, by " + deref(r.UndoneBy)
			}
			refused = append(refused, Refusal{r.ID, deref(r.About), why})
			continue
		}
		taken = append(taken, Taken{Decision: state.Decision{Decision: "undo", Undoes: r.ID}, Group: deref(r.About), Game: deref(r.Game), Said: r.Decision})
	}
	next := "sourcecov decisions" + d.Where + " lists what was decided; what was taken back is decided again, with resolve or ack"
	switch {
	case len(taken) > 0:
		return taken, refused, nil
	case len(refused) > 0:
		return nil, nil, fault.Usagef(next, "decision %s (%s) cannot be taken back: %s", refused[0].Event, refused[0].Group, refused[0].Why)
	case len(open) == 0:
		return nil, nil, fault.Usagef(next, "no decision %s is in force, nor any other", place.Word(what))
	}
	return nil, nil, fault.Usagef(next, "no decision %s is in force; in force are %s", place.Word(what), strings.Join(open[max(0, len(open)-8):], ", "))
}

// List is what people decided, as sql/list/decisions.sql answers.
func List(ctx context.Context, opt Options) (table *duckdb.Table, err error) {
	d, err := opt.sit(ctx)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, d.close)
	answer, err := d.db.Ask(ctx, d.cat.Lookup("list.decisions"), duckdb.Params{"as_of": d.seen})
	return &answer, err
}

// tries is how often an append is made again that another writer came before. Each
// time what is decided is judged anew, over what that one wrote.
const tries = 10

// record judges, appends, and judges anew if somebody else appended meanwhile.
func (o Options) record(ctx context.Context, judge func(*desk) ([]Taken, []Refusal, error)) (*Result, error) {
	for try := 1; ; try++ {
		result, err := o.recordOnce(ctx, judge)
		if !errors.Is(err, state.ErrConflict) || try == tries {
			return result, err
		}
	}
}

func (o Options) recordOnce(ctx context.Context, judge func(*desk) ([]Taken, []Refusal, error)) (result *Result, err error) {
	d, err := o.sit(ctx)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, d.close)
	taken, refused, err := judge(d)
	if err != nil {
		return nil, err
	}
	head := d.state.Head
	var rows state.Rows
	for i := range taken {
		t := &taken[i]
		t.Number, t.DecidedAt, t.ActedBy, t.Why = int64(i+1), d.at, strings.TrimSpace(o.By), strings.TrimSpace(o.Why)
		t.ID = state.DecisionID(head, t.Number)
		rows.Decisions = append(rows.Decisions, t.Decision)
	}
	head, err = d.state.Store.Append(ctx, head, head.AsOf, rows)
	if err != nil {
		return nil, err
	}
	return &Result{Taken: taken, Refused: refused, At: d.at, Append: head.N}, nil
}

// A desk is the state as it is now, with what SQL has to know to judge over it.
type desk struct {
	Options
	at    time.Time // by the clock
	seen  time.Time // the same, but after the newest night, whose clock may be before this one
	cat   *sql.Catalog
	state *compute.State
	db    *duckdb.DB
	dir   string
}

// sit reads the state.
func (o Options) sit(ctx context.Context) (d *desk, err error) {
	// To the second, as a night's as-of is: a night that is begun right after it sees it.
	d = &desk{Options: o, at: o.Now().UTC().Truncate(time.Second)}
	if d.cat, err = compute.LoadCatalog(o.SQL, "state.events", "state.actions", "state.decisions", "model.decision", "model.recorded_event",
		"list.decidable", "list.groups", "list.decisions"); err != nil {
		return nil, err
	}
	if d.state, err = compute.ReadState(ctx, o.OpenState); err != nil {
		return nil, err
	}
	if d.state.Head.N == 0 {
		return nil, fault.Usagef("--state with the place that nightly was given; or sourcecov nightly first", "no night has recorded anything in this state yet")
	}
	d.seen = d.at
	if newest := d.state.Head.AsOf; !d.at.After(newest) {
		d.seen = newest.Add(time.Microsecond)
	}
	if was := d.state.Head.Bucket; o.Bucket != "" && was != "" && was != o.Bucket.ID() {
		return nil, fault.Usagef("--bucket "+was+"; or another --state", "the state is that of the bucket %s, not of %s", was, o.Bucket)
	}
	if d.dir, err = os.MkdirTemp("", "sourcecov-decide-"); err != nil {
		return nil, fmt.Errorf("make a folder to read the state in: %w", err)
	}
	if err := d.read(ctx); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *desk) read(ctx context.Context) (err error) {
	if d.db, err = compute.OpenRules(ctx, d.cat, nil, d.Threads, d.Memory, d.dir); err != nil {
		return err
	}
	if err := d.db.BuildAll(ctx, nil, sql.Macro); err != nil {
		return err
	}
	for _, table := range []string{"state.events", "state.actions", "state.alerts", "state.decisions"} {
		if _, err := d.state.Build(ctx, d.db, d.cat.Lookup(table), d.dir); err != nil {
			return err
		}
	}
	for _, relation := range []string{"model.decision", "model.recorded_event"} {
		if err := d.db.Build(ctx, d.cat.Lookup(relation), duckdb.Params{"as_of": d.seen}); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) close() (err error) {
	if d.db != nil {
		err = d.db.Close()
	}
	return errors.Join(err, os.RemoveAll(d.dir))
}

// ask asks a list.
func ask[R any](ctx context.Context, d *desk, list string, params duckdb.Params) ([]R, error) {
	all := duckdb.Params{"as_of": d.seen}
	for name, value := range params {
		all[name] = value
	}
	answer, err := d.db.Ask(ctx, d.cat.Lookup(list), all)
	if err != nil {
		return nil, err
	}
	return duckdb.Rows[R](answer)
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
