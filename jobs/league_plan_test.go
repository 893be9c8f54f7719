package jobs_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"sourcecov/fixtures/feed"
)

// A cell is one game at one source.
type cell struct{ game, source string }

// A want is what a cell must come to. The zero want is a cell that may be told
// by another object than in the clean league and is the same in all else.
type want struct {
	status string // "" is that of the clean league
	match  string // id_match; "" claims nothing
	says   string // part of the reason
	rows   int    // rows more than in the clean league
	lacks  int    // sides whose only fault is that they lack fields which they must have
	odd    oddity // what is unusual in lines of a cell that is whole
	lines  int    // how many such lines, if not one
	issue  string // an issue that one row has if the cell is used
}

// absent stands for late or missing, whichever it is by then.
const absent = "absent"

// A fault is one thing that went wrong: what was done to the bucket, the cells
// of which it says something, and what repairs it.
type fault struct {
	kind   string
	odd    oddity
	source string
	game   feed.Game  // the one that it befell
	games  feed.Games // all games of which its object tells
	object string     // the usual name of that object
	cells  map[cell]want
	events []string          // that it must give besides those of chains, outages and windows
	mend   map[string][]byte // the objects that repair it
	remove []string          // and those that go
}

func (f *fault) String() string {
	return fmt.Sprintf("%s: %s of %s %s", f.kind, f.source, f.game.ID, f.object)
}

// each says the same of all games of its object.
func (f *fault) each(w want) {
	for _, g := range f.games {
		f.cells[cell{g.ID, f.source}] = w
	}
}

// one says something of the game that it befell, and of the others of its object
// that they are as ever.
func (f *fault) one(w want) {
	f.each(want{})
	f.cells[cell{f.game.ID, f.source}] = w
}

// A plan is a league's bucket with faults planted in it.
type plan struct {
	*league
	r      *rand.Rand
	bucket feed.Bucket
	whole  feed.Bucket // as it was
	faults []*fault
	taken  map[cell]bool
	closed map[string]bool // sources that no further fault may touch
}

func newPlan(l *league, seed uint64) *plan {
	return &plan{
		league: l, r: rand.New(rand.NewPCG(seed, 1)), bucket: l.bucket(), whole: l.bucket(),
		taken: map[cell]bool{}, closed: map[string]bool{},
	}
}

// add plants a fault of a kind somewhere, unless there is no place left for it.
func (p *plan) add(k faultKind) {
	for range 60 {
		f := &fault{kind: k.name, odd: k.odd, source: k.sources[p.r.IntN(len(k.sources))], cells: map[cell]want{},
			mend: map[string][]byte{}}
		f.game = p.games[p.r.IntN(len(p.games))]
		if n := len(p.faults); n > 0 && p.r.IntN(2) == 0 && p.faults[n-1].game.TipTime().Before(p.asOf) {
			f.game = p.faults[n-1].game // several faults of one game are more than their sum
		}
		if f.source == feed.Schedule {
			f.object = p.schedules[len(p.schedules)-1].Name()
			f.games = p.all
		} else {
			f.object = feed.UsualName(f.source, f.game)
			f.games = slices.DeleteFunc(slices.Clone(p.games),
				func(g feed.Game) bool { return feed.UsualName(f.source, g) != f.object })
		}
		if p.closed[f.source] || p.clashes(k, f) || slices.ContainsFunc(f.games,
			func(g feed.Game) bool { return p.taken[cell{g.ID, f.source}] }) {
			continue
		}
		f.mendBy(p)
		if !k.plant(p, f) {
			continue
		}
		for c := range f.cells {
			p.taken[c] = true
		}
		if f.source == feed.Schedule { // what is final is known from ESPN then, and the other way round
			p.closed[feed.ESPN], p.closed[feed.Schedule] = true, true
		}
		if f.source == feed.ESPN {
			p.closed[feed.Schedule] = true
		}
		p.faults = append(p.faults, f)
		return
	}
}

// mendBy puts the whole object under its own name, or under a newer one.
func (f *fault) mendBy(p *plan) {
	body := p.whole.Bytes(f.object)
	name := f.object
	switch newer := p.later(f, time.Hour); {
	case f.source == feed.Schedule:
		b := feed.Bucket{}
		s := p.snapshot(p.asOf.Format(time.DateOnly) + " 12:00:00")
		b.Schedule(s, p.all)
		name, body = s.Name(), b.Bytes(s.Name())
	case newer != "" && p.r.IntN(2) == 0:
		name = newer
	}
	f.mend[name] = body
}

// later is the name that the object has when it is taken later; "" if that is after as-of.
func (p *plan) later(f *fault, by time.Duration) string {
	if f.source == feed.Schedule {
		return ""
	}
	at := feed.UsualTime(f.source, f.game.Date()).Add(by)
	if at.After(p.asOf) {
		return ""
	}
	return feed.Name(f.source, f.game, at)
}

// repair heals a fault.
func (p *plan) repair(f *fault) {
	for name, body := range f.mend {
		p.bucket[name] = body
	}
	for _, name := range f.remove {
		delete(p.bucket, name)
	}
}

// doc reads the object of a fault for editing.
func (p *plan) doc(f *fault) doc { return readDoc(f.source, p.whole.Bytes(f.object)) }

// side is one of the two teams that play.
func (p *plan) side(f *fault) string {
	return []string{f.game.Away, f.game.Home}[p.r.IntN(2)]
}

// scorer is the place of a row with points.
func (p *plan) scorer(d doc, rows []any) int {
	for {
		if i := p.r.IntN(len(rows)); d.number(rows[i], "points") > 0 {
			return i
		}
	}
}

// clocks of the sources, told apart from the SQL: due, and six hours of grace.
func due(source string, g feed.Game) time.Time {
	day := g.TipTime().In(feed.Eastern)
	morning := func(hour int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day()+1, hour, 0, 0, 0, feed.Eastern)
	}
	switch source {
	case feed.PlayerLog:
		return morning(6)
	case feed.Gamebook:
		return morning(8)
	}
	return g.TipTime().Add(150*time.Minute + time.Hour)
}

func pastGrace(source string, g feed.Game, asOf time.Time) bool {
	return !asOf.Before(due(source, g).Add(6 * time.Hour))
}

// status resolves absent.
func (w want) resolved(c cell, p *plan) want {
	if w.status == absent {
		w.status = "late"
		if pastGrace(c.source, p.all.Of(c.game), p.asOf) {
			w.status = "missing"
		}
	}
	return w
}

// wants are the cells of which the faults that are left say something.
func (p *plan) wants(left []*fault) map[cell]want {
	wants := map[cell]want{}
	for _, f := range left {
		for c, w := range f.cells {
			wants[c] = w.resolved(c, p)
		}
	}
	return wants
}

// A chainWant is what a chain must come to for a game.
type chainWant struct{ resolution, source, tried string }

// chainOrder is the members of the chains; the virtual one is what the players give.
var chainOrder = map[string][]string{
	"game_schedule":    {feed.Schedule, feed.ESPN},
	"player_boxscores": {feed.Gamebook, feed.PlayerLog, feed.BDL},
	"team_boxscores":   {feed.TeamBox, virtualTeam},
}

const virtualTeam = "reconstructed_team_from_players"

// resolve works out a chain from the statuses of its cells (RULES.md,
// "Resolving a chain"), told apart from the SQL.
func (p *plan) resolve(chain string, g feed.Game, status func(source string) string) chainWant {
	var real []string
	for _, s := range chainOrder[chain] {
		if s != virtualTeam && status(s) != "not_expected" {
			real = append(real, s)
		}
	}
	if len(real) == 0 {
		return chainWant{resolution: "not_applicable", tried: "[]"}
	}
	allDue, allOver := true, true
	for _, s := range real {
		if s == feed.Schedule {
			continue // at once
		}
		over := g.TipTime().Before(p.asOf)
		allDue = allDue && over && !p.asOf.Before(due(s, g))
		allOver = allOver && over && pastGrace(s, g, p.asOf)
	}
	var tried []string
	partial := ""
	for i, s := range chainOrder[chain] {
		said, supplies := "", false
		if s == virtualTeam {
			players := p.resolve("player_boxscores", g, status)
			supplies = slices.Contains([]string{"primary", "fallback"}, players.resolution)
			said = p.bestOf("player_boxscores", status)
		} else {
			said = status(s)
			supplies = said == "present"
		}
		tried = append(tried, fmt.Sprintf("{'source': %s, 'status': %s}", s, said))
		if said == "partial" && s != virtualTeam && partial == "" {
			partial = s
		}
		if supplies && (i == 0 || allDue) {
			return chainWant{map[bool]string{true: "primary",
				false: map[bool]string{true: "reconstructed", false: "fallback"}[s == virtualTeam]}[i == 0], s,
				inList(tried)}
		}
	}
	switch {
	case partial != "" && allDue:
		return chainWant{"partial", partial, inList(tried)}
	case allOver:
		return chainWant{resolution: "none", tried: inList(tried)}
	}
	return chainWant{resolution: "pending", tried: inList(tried)}
}

func inList(items []string) string { return "[" + strings.Join(items, ", ") + "]" }

// statusOrder ranks statuses as the type does: the best first.
var statusOrder = strings.Fields("not_expected present pending partial stale invalid empty corrupt unavailable late " +
	"missing")

func (p *plan) bestOf(chain string, status func(string) string) string {
	best := ""
	for _, s := range chainOrder[chain] {
		if best == "" || slices.Index(statusOrder, status(s)) < slices.Index(statusOrder, best) {
			best = status(s)
		}
	}
	return best
}
