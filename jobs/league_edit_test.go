package jobs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sourcecov/fixtures/feed"
)

// A doc is an object of a feed as any JSON reader sees it. The rows of a game in
// it are those of its teams or of those of its players who are listed with numbers.
type doc struct {
	source string
	top    map[string]any
}

func readDoc(source string, body []byte) doc {
	d := doc{source: source}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&d.top); err != nil {
		panic(fmt.Sprintf("%s: %v", source, err))
	}
	return d
}

func (d doc) bytes() []byte {
	body, err := json.Marshal(d.top)
	if err != nil {
		panic(err)
	}
	return body
}

// fieldPaths says where a row of a source has a number.
var fieldPaths = map[string]map[string]string{
	feed.TeamBox: {"points": "points", "makes": "fieldGoals.made", "assists": "assists",
		"attempts": "fieldGoals.attempted"},
	feed.Gamebook: {"points": "stats.points", "makes": "stats.field_goals_made", "assists": "stats.assists",
		"minutes": "stats.minutes", "attempts": "stats.field_goals_attempted"},
	feed.PlayerLog: {"points": "PTS", "makes": "FGM", "assists": "AST", "minutes": "MIN", "attempts": "FGA"},
	feed.BDL:       {"points": "pts", "makes": "fgm", "assists": "ast", "minutes": "min", "attempts": "fga"},
	feed.ESPN:      {"points": "score"},
}

// get returns a value of a row; for a field without a path, that of its own name.
func (d doc) get(row any, field string) any {
	if r, ok := row.([]any); ok {
		return r[d.column(field)]
	}
	m, last := d.inside(row, field)
	return m[last]
}

func (d doc) set(row any, field string, value any) {
	if r, ok := row.([]any); ok {
		r[d.column(field)] = value
		return
	}
	m, last := d.inside(row, field)
	if _, ok := m[last]; !ok {
		panic(d.source + " has no " + field)
	}
	m[last] = value
}

func (d doc) path(field string) string {
	if p, ok := fieldPaths[d.source][field]; ok {
		return p
	}
	return field
}

func (d doc) inside(row any, field string) (map[string]any, string) {
	m := row.(map[string]any)
	parts := strings.Split(d.path(field), ".")
	for _, p := range parts[:len(parts)-1] {
		m = m[p].(map[string]any)
	}
	return m, parts[len(parts)-1]
}

// column finds a column of the player log.
func (d doc) column(field string) int {
	headers := d.top["resultSets"].([]any)[0].(map[string]any)["headers"].([]any)
	i := slices.Index(headers, any(d.path(field)))
	if i < 0 {
		panic("the log has no column " + field)
	}
	return i
}

// number is a number of a row, whether or not it is written as text.
func (d doc) number(row any, field string) int {
	n := 0
	fmt.Sscan(fmt.Sprint(d.get(row, field)), &n)
	return n
}

func (d doc) add(row any, field string, n int) {
	sum := any(d.number(row, field) + n)
	if _, ok := d.get(row, field).(string); ok {
		sum = fmt.Sprint(sum)
	}
	d.set(row, field, sum)
}

// list returns the list of a document and what replaces it.
func (d doc) inList(keys ...string) ([]any, func([]any)) {
	m := d.top
	for _, k := range keys[:len(keys)-1] {
		if l, ok := m[k].([]any); ok {
			m = l[0].(map[string]any)
			continue
		}
		m = m[k].(map[string]any)
	}
	last := keys[len(keys)-1]
	return m[last].([]any), func(l []any) { m[last] = l }
}

// items is the list of the games, or of the rows of games, that the feed is about.
func (d doc) items() ([]any, func([]any)) {
	switch d.source {
	case feed.TeamBox:
		return d.inList("teams")
	case feed.Gamebook:
		return d.inList("active_players")
	case feed.PlayerLog:
		return d.inList("resultSets", "rowSet")
	case feed.BDL:
		return d.inList("boxScores")
	}
	return d.inList("games")
}

// game is the entry of a game in a list of games.
func (d doc) game(g feed.Game) map[string]any {
	items, _ := d.items()
	for _, item := range items {
		m := item.(map[string]any)
		var home any
		if d.source == feed.BDL {
			home = m["home_team"].(map[string]any)["abbreviation"]
		} else {
			home = m["teams"].([]any)[0].(map[string]any)["abbreviation"]
		}
		if home == d.code(g.Home) {
			return m
		}
	}
	panic(d.source + " does not list " + g.ID)
}

// code is how the source writes a team.
func (d doc) code(team string) string {
	for _, t := range feed.Teams {
		if t.Code == team {
			switch d.source {
			case feed.ESPN:
				return t.ESPN
			case feed.Gamebook:
				return t.FullName()
			}
		}
	}
	return team
}

// edit replaces the rows of one team of a game.
func (d doc) edit(g feed.Game, team string, change func(rows []any) []any) {
	items, put := d.items()
	switch d.source {
	case feed.BDL:
		m := d.game(g)
		side := m["home_team"].(map[string]any)
		if team == g.Away {
			side = m["visitor_team"].(map[string]any)
		}
		rows, idle := split(side["players"].([]any), func(row any) bool { return !benched(d, row) })
		side["players"] = append(change(rows), idle...)
	case feed.ESPN:
		m := d.game(g)
		rows, others := split(m["teams"].([]any), func(row any) bool {
			return d.get(row,
				"abbreviation") == d.code(team)
		})
		m["teams"] = append(change(rows), others...)
	default:
		rows, others := split(items, func(row any) bool { return d.isOf(row, g, team) })
		put(append(change(rows), others...))
	}
}

// isOf reports whether a row of a list of rows is of a team in a game.
func (d doc) isOf(row any, g feed.Game, team string) bool {
	switch d.source {
	case feed.TeamBox:
		return d.get(row, "teamAbbreviation") == team
	case feed.Gamebook:
		return d.get(row, "team") == d.code(team)
	}
	return d.get(row, "GAME_ID") == g.ID && d.get(row, "TEAM_ABBREVIATION") == team
}

func split(rows []any, is func(any) bool) (yes, no []any) {
	yes, no = []any{}, []any{}
	for _, row := range rows {
		if is(row) {
			yes = append(yes, row)
		} else {
			no = append(no, row)
		}
	}
	return yes, no
}

// drop takes a game out of an object of a date.
func (d doc) drop(g feed.Game) {
	items, put := d.items()
	_, rest := split(items, func(item any) bool {
		if d.source == feed.PlayerLog {
			return d.get(item, "GAME_ID") == g.ID
		}
		return fmt.Sprint(item) == fmt.Sprint(d.game(g))
	})
	put(rest)
}

// copyOf is a deep copy of a row.
func copyOf(row any) any {
	switch x := row.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, v := range x {
			m[k] = copyOf(v)
		}
		return m
	case []any:
		l := make([]any, len(x))
		for i := range x {
			l[i] = copyOf(x[i])
		}
		return l
	}
	return row
}
