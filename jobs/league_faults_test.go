package jobs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sourcecov/fixtures/feed"
)

// A faultKind is a way in which a night goes wrong. plant does it and says what
// must come of it; it returns false, and has done nothing, where it cannot be done.
type faultKind struct {
	name    string
	sources []string
	odd     oddity // of the lines of its game
	plant   func(p *plan, f *fault) bool
}

var (
	anyFeed  = feed.Sources[1:]
	boxes    = []string{feed.TeamBox, feed.Gamebook, feed.PlayerLog, feed.BDL}
	players  = []string{feed.Gamebook, feed.PlayerLog, feed.BDL}
	ofGames  = []string{feed.TeamBox, feed.Gamebook}
	ofDates  = []string{feed.PlayerLog, feed.BDL, feed.ESPN}
	bdlOnly  = []string{feed.BDL}
	bookOnly = []string{feed.Gamebook}
	espnOnly = []string{feed.ESPN}
	logOnly  = []string{feed.PlayerLog}
	teamOnly = []string{feed.TeamBox}
)

// bytesFault spoils the bytes of an object: all its games come to w.
func bytesFault(name string, w want, spoil func([]byte) []byte) faultKind {
	return faultKind{name, anyFeed, plain, func(p *plan, f *fault) bool {
		p.bucket[f.object] = spoil(bytes.Clone(p.whole.Bytes(f.object)))
		f.each(w)
		return true
	}}
}

// docFault edits the object as JSON; w is what its game comes to.
func docFault(name string, sources []string, w want, edit func(p *plan, f *fault, d doc)) faultKind {
	return faultKind{name, sources, w.odd, func(p *plan, f *fault) bool {
		d := p.doc(f)
		edit(p, f, d)
		p.bucket[f.object] = d.bytes()
		f.one(w)
		return true
	}}
}

// rowFault edits one row of one team in which somebody scored.
func rowFault(name string, sources []string, w want, edit func(d doc, row any)) faultKind {
	return docFault(name, sources, w, func(p *plan, f *fault, d doc) {
		d.edit(f.game, p.side(f), func(rows []any) []any {
			edit(d, rows[p.scorer(d, rows)])
			return rows
		})
	})
}

// extraFault leaves the object as it is and adds another one, taken earlier or
// later, which must not replace it.
func extraFault(name string, sources []string, by time.Duration, spoil func(p *plan, f *fault) []byte) faultKind {
	return faultKind{name, sources, plain, func(p *plan, f *fault) bool {
		other := p.later(f, by)
		if other == "" {
			return false
		}
		p.bucket[other] = spoil(p, f)
		f.each(want{})
		return true
	}}
}

var corrupt = want{status: "corrupt"}

// faultKinds are all kinds of faults but those of the schedule (scheduleFaults).
var faultKinds = slices.Concat([]faultKind{
	{"removed", anyFeed, plain, func(p *plan, f *fault) bool {
		delete(p.bucket, f.object)
		f.each(want{status: absent})
		return true
	}},
	bytesFault("cut in half", corrupt, func(b []byte) []byte { return b[:len(b)/2] }),
	bytesFault("no bytes", corrupt, func([]byte) []byte { return []byte{} }),
	bytesFault("HTML", corrupt, func([]byte) []byte { return []byte("<html>Access denied</html>") }),
	bytesFault("error message", corrupt, func([]byte) []byte { return []byte(`{"message":"Forbidden"}`) }),
	bytesFault("list at the top", corrupt, func(b []byte) []byte { return append(append([]byte("["), b...), ']') }),
	bytesFault("twice in a row", corrupt, func(b []byte) []byte { return append(bytes.Clone(b), b...) }),
	bytesFault("UTF-16", corrupt, utf16le),
	bytesFault("invalid UTF-8", want{status: "corrupt", says: "invalid UTF-8"}, func(b []byte) []byte {
		return bytes.Replace(b, []byte(`:"`), []byte(":\"\xe9"), 1)
	}),
	bytesFault("half of a gzip", want{status: "corrupt", says: "broken gzip"}, func(b []byte) []byte {
		z := feed.Gzipped(b)
		return z[:len(z)/2]
	}),
	bytesFault("gzip", want{}, feed.Gzipped),
	bytesFault("byte order mark", want{}, func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }),
	bytesFault("white space", want{}, func(b []byte) []byte {
		var out bytes.Buffer
		if err := json.Indent(&out, b, "", "\t"); err != nil {
			panic(err)
		}
		return append(out.Bytes(), "\r\n\n"...)
	}),
	{"empty list", anyFeed, plain, func(p *plan, f *fault) bool {
		p.bucket[f.object] = p.emptied(f)
		f.each(want{status: "empty"})
		return true
	}},
	{"folder TODAY", anyFeed, plain, func(p *plan, f *fault) bool {
		p.inFolder(f, "TODAY")
		f.each(want{status: absent})
		return true
	}},
	{"folder of another date", anyFeed, plain, func(p *plan, f *fault) bool {
		day, _ := time.Parse(time.DateOnly, f.game.Date())
		p.inFolder(f, day.AddDate(0, 0, 1-2*p.r.IntN(2)).Format(time.DateOnly))
		f.each(want{match: "date_shifted"})
		return true
	}},
	{"older layout", bookOnly, plain, func(p *plan, f *fault) bool {
		_, base, _ := strings.Cut(f.object, f.game.Away+f.game.Home+"/")
		p.bucket.Move(f.object, "nba-com/gamebooks-data/"+f.game.Date()+"/"+base)
		f.each(want{match: "exact"})
		return true
	}},
	{"path of no layout", anyFeed, plain, func(p *plan, f *fault) bool {
		p.bucket.Move(f.object, strings.TrimSuffix(f.object, ".json")+".json.tmp")
		f.each(want{status: absent})
		return true
	}},
	logFault("scraper log says timeout", "timeout", 5*time.Minute, "unavailable"),
	logFault("scraper log says error", "error", 5*time.Minute, "unavailable"),
	logFault("scraper log from before it was due", "error", -5*time.Minute, absent),
	docFault("date inside is a day off", anyFeed, want{status: "invalid", says: "the schedule's"},
		shiftDate).allGames(noRematch),
	docFault("id of another game inside", teamOnly, want{status: "invalid", says: "the payload is about game"},
		func(p *plan, f *fault, d doc) {
			other := p.games[(slices.IndexFunc(p.games,
				func(g feed.Game) bool { return g.ID == f.game.ID })+1)%len(p.games)]
			d.top["gameId"] = other.ID
		}),
	docFault("unknown id inside", logOnly, want{status: "empty"}, func(p *plan, f *fault, d doc) {
		for _, team := range []string{f.game.Away, f.game.Home} {
			d.edit(f.game, team, func(rows []any) []any {
				for _, row := range rows {
					d.set(row, "GAME_ID", "0029999999")
				}
				return rows
			})
		}
	}),
	docFault("one game of the date is not there", ofDates, want{status: "empty"},
		func(_ *plan, f *fault, d doc) { d.drop(f.game) }),
	docFault("one team is not there", boxes, want{status: "partial", says: "has no rows"},
		func(p *plan, f *fault, d doc) {
			d.edit(f.game, p.side(f), func([]any) []any { return nil })
		}),
	docFault("one team has a code that nobody knows", []string{feed.TeamBox, feed.Gamebook, feed.PlayerLog},
		want{status: "partial", says: "has no rows"}, func(p *plan, f *fault, d doc) {
			d.edit(f.game, p.side(f), func(rows []any) []any {
				for _, row := range rows {
					d.set(row, teamField[f.source], "XYZ")
				}
				return rows
			})
		}),
	rowFault("points off by one", append([]string{feed.ESPN}, boxes...), want{status: "partial"},
		func(d doc, row any) { d.add(row, "points", 1) }),
	rowFault("makes off by one", boxes, want{status: "partial", says: "its makes give"},
		func(d doc, row any) { d.add(row, "makes", 1) }),
	rowFault("a scorer's points are null", players, want{status: "partial", issue: "missing_required:points"},
		func(d doc, row any) { d.set(row, "points", nil) }),
	rowFault("a score is null", espnOnly, want{status: "partial"}, func(d doc, row any) { d.set(row, "points", nil) }),
	rowFault("minutes of one player are null", players, want{odd: noMinutes}, func(d doc, row any) { d.set(row, "minutes", nil) }),
	rowFault("assists of one row are null", boxes, want{odd: noAssists}, func(d doc, row any) { d.set(row, "assists", nil) }),
	docFault("a scorer is not there", players, want{status: "partial"}, func(p *plan, f *fault, d doc) {
		d.edit(f.game, p.side(f), func(rows []any) []any {
			i := p.scorer(d, rows)
			return slices.Delete(rows, i, i+1)
		})
	}),
	docFault("a scorer stands under the other team", players, want{status: "invalid"}, func(p *plan, f *fault, d doc) {
		var moved any
		d.edit(f.game, f.game.Away, func(rows []any) []any {
			i := p.scorer(d, rows)
			moved = rows[i]
			return slices.Delete(rows, i, i+1)
		})
		d.edit(f.game, f.game.Home, func(rows []any) []any {
			if field, ok := teamField[f.source]; ok {
				d.set(moved, field, d.get(rows[0], field))
			}
			return append(rows, moved)
		})
	}),
	docFault("two different rows of one player", players, want{status: "partial",
		says: "two different rows for one player"}, func(p *plan, f *fault, d doc) {
		d.edit(f.game, p.side(f), func(rows []any) []any {
			twin := copyOf(rows[p.scorer(d, rows)])
			d.add(twin, "points", 2)
			d.add(twin, "makes", 1)
			d.add(twin, "attempts", 1)
			return append(rows, twin)
		})
	}),
	docFault("a row twice", boxes, want{}, func(p *plan, f *fault, d doc) {
		d.edit(f.game, p.side(f), func(rows []any) []any { return append(rows, copyOf(rows[0])) })
	}),
	docFault("a row of a team that does not play", []string{feed.TeamBox, feed.Gamebook, feed.PlayerLog}, want{},
		func(p *plan, f *fault, d doc) {
			d.edit(f.game, p.side(f), func(rows []any) []any {
				stranger := copyOf(rows[0])
				strangers := slices.DeleteFunc([]string{"SAC", "PHI", "LAL"},
					func(team string) bool { return team == f.game.Away || team == f.game.Home })
				name := d.code(strangers[0])
				d.set(stranger, teamField[f.source], name)
				if m, ok := stranger.(map[string]any); ok {
					delete(m, "isHome")
				}
				return append(rows, stranger)
			})
		}),
	docFault("one who played is listed as not playing too", bookOnly, want{rows: 1}, func(p *plan, f *fault, d doc) {
		actives, _ := d.inList("active_players")
		idle, put := d.inList("dnp_players")
		player := actives[p.r.IntN(len(actives))]
		put(append(idle, map[string]any{"name": d.get(player, "name"), "team": d.get(player, "team"),
			"dnp_reason": "DNP - Coach's Decision"}))
	}),
	{"home and away reversed", []string{feed.TeamBox, feed.Gamebook, feed.BDL, feed.ESPN}, plain, func(p *plan, f *fault) bool {
		p.reverse(f)
		f.one(want{match: "home_away_reversed"})
		return true
	}},
	{"placeholder", teamOnly, plain, func(p *plan, f *fault) bool {
		feed.At[feed.TeamBoxFile](p.bucket, f.object).Placeholder()
		f.one(want{status: "invalid", says: "placeholder zeros"})
		return true
	}},
	{"roster only", bookOnly, plain, func(p *plan, f *fault) bool {
		feed.At[feed.GamebookFile](p.bucket, f.object).BenchAll()
		f.one(want{status: "empty", says: "nobody is listed as having played"})
		return true
	}},
	{"listed as not started", bdlOnly, plain, func(p *plan, f *fault) bool {
		file := feed.At[feed.BDLFile](p.bucket, f.object)
		i := slices.IndexFunc(f.games, func(g feed.Game) bool { return g.ID == f.game.ID })
		file.BoxScores[i].NotStarted(f.game)
		f.one(want{status: "empty"})
		return true
	}},
	docFault("listed as postponed", espnOnly, want{status: "empty"},
		func(_ *plan, f *fault, d doc) { d.game(f.game)["status"] = "Postponed" }),
	{"scoreboard from before the game says that it is over", espnOnly, plain, func(p *plan, f *fault) bool {
		f.game = p.all[exhibitions+len(p.games)]
		f.games = slices.DeleteFunc(slices.Clone(p.all), func(g feed.Game) bool {
			return g.Date() != f.game.Date() || !g.OnScoreboard()
		})
		if slices.ContainsFunc(f.games, func(g feed.Game) bool { return p.taken[cell{g.ID, feed.ESPN}] }) {
			return false
		}
		b := feed.Bucket{}
		b.ESPN(f.games, p.asOf.Add(-time.Hour))
		clear(f.mend)
		for name := range b {
			p.bucket[name] = b.Bytes(name)
			f.remove = append(f.remove, name)
		}
		f.each(want{status: "pending"})
		return true
	}},
	docFault("numbers as text", anyFeed, want{}, func(_ *plan, _ *fault, d doc) {
		for k := range d.top {
			d.top[k] = rewrite(d.top[k], func(v any) any {
				if n, ok := v.(json.Number); ok {
					return n.String()
				}
				return v
			})
		}
	}),
	docFault("fields that nobody knows", anyFeed, want{}, func(_ *plan, _ *fault, d doc) {
		rewrite(d.top, func(v any) any {
			if m, ok := v.(map[string]any); ok {
				m["zzz"], m["aaa"] = nil, []any{1, "x"}
			}
			return v
		})
	}),
	docFault("rows in another order", anyFeed, want{}, func(_ *plan, _ *fault, d doc) {
		items, put := d.items()
		items = slices.Clone(items)
		slices.Reverse(items)
		put(items)
	}),
	extraFault("newer and empty", anyFeed, 20*time.Minute, (*plan).emptied),
	extraFault("newer and cut in half", anyFeed, 20*time.Minute, func(p *plan, f *fault) []byte {
		body := p.whole.Bytes(f.object)
		return body[:len(body)/2]
	}),
	extraFault("newer without one team", boxes, 20*time.Minute, func(p *plan, f *fault) []byte {
		d := p.doc(f)
		d.edit(f.game, p.side(f), func([]any) []any { return nil })
		return d.bytes()
	}),
	extraFault("older and empty", anyFeed, -20*time.Minute, (*plan).emptied),
	extraFault("newer and the same", anyFeed, 20*time.Minute,
		func(p *plan, f *fault) []byte { return p.whole.Bytes(f.object) }),
	{"corrected in a newer object", boxes, otherNumbers, func(p *plan, f *fault) bool {
		newer := p.later(f, 20*time.Minute)
		if newer == "" {
			return false
		}
		d := p.doc(f)
		d.edit(f.game, p.side(f), func(rows []any) []any {
			d.add(rows[p.scorer(d, rows)], "assists", 1)
			return rows
		})
		p.bucket[newer] = d.bytes()
		f.one(want{odd: otherNumbers})
		clear(f.mend)
		f.mend[newer] = p.whole.Bytes(f.object)
		return true
	}},
	{"a hole of several games", anyFeed, plain, func(p *plan, f *fault) bool {
		return p.streak(f, want{status: absent}, func(name string) { delete(p.bucket, name) })
	}},
}, lineFaults)

// streak does the same to the objects of five games and more in a row.
func (p *plan) streak(f *fault, w want, do func(name string)) bool {
	n := 5 + p.r.IntN(3)
	first := slices.IndexFunc(p.games, func(g feed.Game) bool { return g.ID == f.games[0].ID })
	if first+n > len(p.games) {
		return false
	}
	last := p.games[first+n-1]
	games := slices.DeleteFunc(slices.Clone(p.games[first:]),
		func(g feed.Game) bool { return g.Date() > last.Date() })
	if slices.ContainsFunc(games, func(g feed.Game) bool { return p.taken[cell{g.ID, f.source}] }) {
		return false
	}
	clear(f.mend)
	for _, g := range games {
		name := feed.UsualName(f.source, g)
		f.mend[name] = p.whole.Bytes(name)
		do(name)
	}
	f.games = games
	f.each(w)
	return true
}

// teamField is where a row names its team.
var teamField = map[string]string{feed.TeamBox: "teamAbbreviation", feed.Gamebook: "team",
	feed.PlayerLog: "TEAM_ABBREVIATION"}

// emptied is the object with an empty list.
func (p *plan) emptied(f *fault) []byte {
	d := p.doc(f)
	_, put := d.items()
	put([]any{})
	return d.bytes()
}

// inFolder moves the object to the folder of another date; a repair moves it back.
func (p *plan) inFolder(f *fault, date string) {
	own := f.game.Date()
	if f.source == feed.TeamBox {
		own, date = strings.ReplaceAll(own, "-", ""), strings.ReplaceAll(date, "-", "")
	}
	to := strings.Replace(f.object, "/"+own+"/", "/"+date+"/", 1)
	p.bucket.Move(f.object, to)
	f.remove = []string{to}
}

// reverse says away for home and home for away wherever the object says so.
func (p *plan) reverse(f *fault) {
	switch f.source {
	case feed.TeamBox:
		file := feed.At[feed.TeamBoxFile](p.bucket, f.object)
		if file.Teams[0].IsHome == nil {
			file.MarkV3(f.game)
		}
		for _, t := range file.Teams {
			*t.IsHome = !*t.IsHome
		}
		return
	case feed.Gamebook:
		file := feed.At[feed.GamebookFile](p.bucket, f.object)
		away, home := f.game.Away, f.game.Home
		file.AwayTeam, file.HomeTeam, file.Matchup = home, away, home+"@"+away
		file.GameCode = strings.Replace(file.GameCode, away+home, home+away, 1)
		to := strings.Replace(f.object, away+home, home+away, 1)
		p.bucket.Move(f.object, to)
		f.remove = []string{to}
		return
	}
	d := p.doc(f)
	m := d.game(f.game)
	if f.source == feed.BDL {
		m["home_team"], m["visitor_team"] = m["visitor_team"], m["home_team"]
		m["home_team_score"], m["visitor_team_score"] = m["visitor_team_score"], m["home_team_score"]
	} else {
		for _, t := range m["teams"].([]any) {
			side := t.(map[string]any)
			side["homeAway"] = map[any]string{"home": "away", "away": "home"}[side["homeAway"]]
		}
	}
	p.bucket[f.object] = d.bytes()
}

// shiftDate makes the dates inside an object a day later.
func shiftDate(p *plan, f *fault, d doc) {
	day, _ := time.Parse(time.DateOnly, f.game.Date())
	next := day.AddDate(0, 0, 1)
	from, to := day.Format(time.DateOnly), next.Format(time.DateOnly)
	for k := range d.top {
		if k == "timestamp" {
			continue
		}
		d.top[k] = rewrite(d.top[k], func(v any) any {
			s, ok := v.(string)
			if !ok {
				return v
			}
			s = strings.ReplaceAll(s, from, to)
			return strings.ReplaceAll(s, day.Format("20060102"), next.Format("20060102"))
		})
	}
}

// noRematch is true where nobody of the object's games meets again the next days.
func noRematch(p *plan, f *fault) bool {
	return !slices.ContainsFunc(f.games, func(g feed.Game) bool {
		return slices.ContainsFunc(p.all[exhibitions:], func(o feed.Game) bool {
			days := o.TipTime().Sub(g.TipTime()).Abs() / (24 * time.Hour)
			pair := o.Away == g.Away && o.Home == g.Home || o.Away == g.Home && o.Home == g.Away
			return o.ID != g.ID && pair && days <= 3
		})
	})
}

// allGames widens a fault to all games of its object, where a condition holds.
func (k faultKind) allGames(may func(*plan, *fault) bool) faultKind {
	plant := k.plant
	k.plant = func(p *plan, f *fault) bool {
		if !may(p, f) || !plant(p, f) {
			return false
		}
		f.each(f.cells[cell{f.game.ID, f.source}])
		return true
	}
	return k
}

// logFault removes an object about which the scraper wrote a log, so long after
// the last of its games was due.
func logFault(name, said string, after time.Duration, status string) faultKind {
	return faultKind{name, anyFeed, plain, func(p *plan, f *fault) bool {
		at := due(f.source, f.games[0])
		for _, g := range f.games {
			if d := due(f.source, g); after > 0 && d.After(at) || after < 0 && d.Before(at) {
				at = d
			}
		}
		at = at.Add(after).UTC()
		if at.After(p.asOf) {
			return false
		}
		delete(p.bucket, f.object)
		id := ""
		if slices.Contains(ofGames, f.source) {
			id = f.game.ID
			if p.r.IntN(2) == 0 {
				id = fmt.Sprintf("%s_%s_%s", strings.ReplaceAll(f.game.Date(), "-", ""), f.game.Away, f.game.Home)
			}
		}
		p.bucket.Failed(f.source, at, id, f.game.Date(), said, "read timed out after 30 s")
		w := want{status: status}
		if status == "unavailable" {
			w.says = "logged " + said
		}
		f.each(w)
		return true
	}}
}
