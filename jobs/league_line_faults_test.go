package jobs_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sourcecov/fixtures/feed"
)

// An oddity is what is unusual in lines of a cell that is whole all the same.
type oddity int

const (
	plain        oddity = iota
	noMinutes           // a line lacks a field that it must have
	noAssists           // a line lacks a field that it should have
	otherNumbers        // lines tell other numbers than all other sources
	oneMissing          // one who played and made no points has none
	otherName           // a line has a name, or an id too, that is another man's or nobody's
)

// clashes reports whether other lines of the players of that game are odd: what
// comes of both is not worked out here.
func (p *plan) clashes(k faultKind, f *fault) bool {
	if k.odd == plain || !slices.Contains(players, f.source) {
		return false
	}
	return slices.ContainsFunc(p.faults, func(o *fault) bool {
		return o.game.ID == f.game.ID && slices.Contains(players, o.source) && o.odd != plain && max(o.odd, k.odd) > noAssists
	})
}

var (
	lacksOne  = want{status: "partial", says: "lacks", lacks: 1}
	lacksBoth = want{status: "partial", says: "lacks", lacks: 2}
)

// lineFaults are kinds of faults of which a row count, a sum of points and a
// first guess all say that nothing is wrong.
var lineFaults = []faultKind{
	docFault("attempts of one team are null", boxes, lacksOne, func(p *plan, f *fault, d doc) {
		d.edit(f.game, p.side(f), func(rows []any) []any { return nulled(d, rows, "attempts") })
	}),
	docFault("makes of both teams are null", boxes, lacksBoth, func(_ *plan, f *fault, d doc) {
		for _, team := range []string{f.game.Away, f.game.Home} {
			d.edit(f.game, team, func(rows []any) []any { return nulled(d, rows, "makes") })
		}
	}),
	{"a column is renamed", boxes, plain, func(p *plan, f *fault) bool {
		p.bucket[f.object] = renamed(p.doc(f), "attempts")
		f.each(lacksBoth)
		return true
	}},
	{"a column is renamed for several games", boxes, plain, func(p *plan, f *fault) bool {
		return p.streak(f, lacksBoth, func(name string) {
			p.bucket[name] = renamed(readDoc(f.source, p.whole.Bytes(name)), "attempts")
		})
	}},
	docFault("minutes of one player are wrong", players, want{status: "partial", says: "minutes, ", lacks: 1},
		func(p *plan, f *fault, d doc) {
			d.edit(f.game, p.side(f), func(rows []any) []any {
				i := slices.IndexFunc(rows, func(row any) bool { return d.minutes(row) >= 25 })
				d.setMinutes(rows[i], d.minutes(rows[i])-14, "%02d:00")
				return rows
			})
		}),
	rowFault("minutes that nobody can play", players, want{odd: noMinutes}, func(d doc, row any) {
		d.setMinutes(row, 35*60, "%d:00")
	}),
	minutesAs("minutes as durations", "PT%02dM%sS"),
	minutesAs("minutes as hours", "0:%02d:%s"),
	rowFault("a count with a fraction", boxes, want{odd: noAssists, issue: "not_a_number:assists"},
		func(d doc, row any) { d.set(row, "assists", json.Number("4.5")) }),
	rowFault("a count that is a word", boxes, want{odd: noAssists, issue: "not_a_number:assists"},
		func(d doc, row any) { d.set(row, "assists", "1_0") }),
	docFault("points of two men are swapped", players, want{status: "partial", says: "points", lacks: 1},
		func(p *plan, f *fault, d doc) {
			d.edit(f.game, p.side(f), func(rows []any) []any {
				one, other := p.twoScorers(d, rows)
				a, b := d.get(one, "points"), d.get(other, "points")
				d.set(one, "points", b)
				d.set(other, "points", a)
				return rows
			})
		}),
	docFault("lines of two men are swapped", players, want{odd: otherNumbers, lines: 2},
		func(p *plan, f *fault, d doc) {
			d.edit(f.game, p.side(f), func(rows []any) []any {
				one, other := p.twoScorers(d, rows)
				for _, field := range whoFields[f.source] {
					a, b := d.get(one, field), d.get(other, field)
					d.set(one, field, b)
					d.set(other, field, a)
				}
				return rows
			})
		}),
	{"one who made no points is not there", players, oneMissing, func(p *plan, f *fault) bool {
		d, found := p.doc(f), false
		d.edit(f.game, f.game.Scoreless, func(rows []any) []any {
			i := slices.IndexFunc(rows, func(row any) bool { return d.minutes(row) == 0 })
			if found = i >= 0 && !benched(d, rows[i]); found {
				return slices.Delete(rows, i, i+1)
			}
			return rows
		})
		if !found { // for Ball Don't Lie he did not play
			return false
		}
		p.bucket[f.object] = d.bytes()
		f.one(want{odd: oneMissing, rows: -1})
		return true
	}},
	rowFault("one man has another name", players, want{odd: otherName}, func(d doc, row any) {
		d.rename(row, "Zebulon", "Quillfeather")
	}),
	docFault("one man has the name of a team-mate", []string{feed.PlayerLog}, want{odd: otherName},
		func(p *plan, f *fault, d doc) {
			d.edit(f.game, p.side(f), func(rows []any) []any {
				one, other := p.twoScorers(d, rows)
				d.set(one, "PLAYER_NAME", d.get(other, "PLAYER_NAME"))
				return rows
			})
		}),
}

// minutesAs writes all minutes in another form.
func minutesAs(name, form string) faultKind {
	return docFault(name, players, want{}, func(_ *plan, f *fault, d doc) {
		for _, team := range []string{f.game.Away, f.game.Home} {
			d.edit(f.game, team, func(rows []any) []any {
				for _, row := range rows {
					d.set(row, "minutes", fmt.Sprintf(form, d.minutes(row), d.seconds(row)))
				}
				return rows
			})
		}
	})
}

// whoFields are those in which a line says whose it is.
var whoFields = map[string][]string{
	feed.Gamebook: {"name"}, feed.PlayerLog: {"PLAYER_ID", "PLAYER_NAME"}, feed.BDL: {"player"},
}

// rename gives a line the name of somebody else, and no id where it has one.
func (d doc) rename(row any, first, last string) {
	switch d.source {
	case feed.Gamebook:
		d.set(row, "name", first+" "+last)
	case feed.PlayerLog:
		d.set(row, "PLAYER_NAME", first+" "+last)
	default:
		player := d.get(row, "player").(map[string]any)
		player["first_name"], player["last_name"] = first, last
	}
}

// twoScorers are two rows whose points, and the makes that give them, differ.
func (p *plan) twoScorers(d doc, rows []any) (one, other any) {
	for {
		one, other = rows[p.scorer(d, rows)], rows[p.scorer(d, rows)]
		if d.number(one, "points") != d.number(other, "points") {
			return one, other
		}
	}
}

// minutes are the whole minutes of a row, however it writes them.
func (d doc) minutes(row any) int {
	whole, _, _ := strings.Cut(fmt.Sprint(d.get(row, "minutes")), ":")
	return number(strings.TrimLeft(whole, "0") + " ")
}

// seconds are those beyond the whole minutes.
func (d doc) seconds(row any) string {
	if _, seconds, ok := strings.Cut(fmt.Sprint(d.get(row, "minutes")), ":"); ok {
		return seconds
	}
	return "00"
}

// setMinutes writes minutes as the source does.
func (d doc) setMinutes(row any, minutes int, clock string) {
	switch d.source {
	case feed.Gamebook:
		d.set(row, "minutes", fmt.Sprintf(clock, minutes))
	case feed.PlayerLog:
		d.set(row, "minutes", minutes)
	default:
		d.set(row, "minutes", fmt.Sprint(minutes))
	}
}

// benched reports whether the feed's word for a row is that he did not play.
func benched(d doc, row any) bool {
	if d.source != feed.BDL {
		return false
	}
	for _, field := range strings.Fields("fgm fga ftm fta reb ast stl blk turnover pf pts") {
		if d.number(row, field) != 0 {
			return false
		}
	}
	return d.minutes(row) == 0
}

func nulled(d doc, rows []any, field string) []any {
	for _, row := range rows {
		d.set(row, field, nil)
	}
	return rows
}

// renamed is the object with another key, or another head of a column, for a field.
func renamed(d doc, field string) []byte {
	path := strings.Split(d.path(field), ".")
	key := path[len(path)-1]
	rewrite(d.top, func(v any) any {
		if m, ok := v.(map[string]any); ok && m[key] != nil {
			m[key+"_v2"] = m[key]
			delete(m, key)
		}
		if v == any(key) { // a head
			return key + "_v2"
		}
		return v
	})
	return d.bytes()
}
