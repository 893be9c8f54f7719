package jobs_test

import (
	"fmt"
	"slices"
	"strings"

	"sourcecov/fixtures/feed"
)

// sourceScore is what a source's rows are worth, in tenths (RULES.md, "Resolving a chain").
var sourceScore = map[string]int{
	feed.TeamBox: 1000, feed.Gamebook: 1000, feed.PlayerLog: 900, feed.BDL: 850, virtualTeam: 850,
}

// below is the highest score that is no longer gold, in tenths.
const belowGold = 949

// tenths reads a score.
func tenths(s string) int { return number(strings.Replace(s, ".", "", 1)) }

// less takes the share of the twenty points that null fields of some weight cost,
// rounded half away from zero.
func less(score, weight, all int) int { return (2*all*score - 2*200*weight + all) / (2 * all) }

// rowsOf are the rows of a table by game.
func rowsOf(table map[string]row) map[string][]row {
	out := map[string][]row{}
	for _, r := range table {
		out[r["nba_game_id"]] = append(out[r["nba_game_id"]], r)
	}
	return out
}

// rows: the rows of players and teams come from the source that the chain uses
// and are as good as it is; where nothing befell it they are as in the clean league.
func (j *verdict) rows() {
	players, teams := rowsOf(j.got["player_game_summary"]), rowsOf(j.got["team_offense_game_summary"])
	for _, g := range j.plan.games {
		status := func(source string) string { return j.status(g.ID, source) }
		r := j.plan.resolve("player_boxscores", g, status)
		j.playerRows(g, r, players[g.ID])
		j.teamRows(g, j.plan.resolve("team_boxscores", g, status), r, players[g.ID], teams[g.ID])
	}
}

// odd is what is unusual in the lines of a cell now.
func (j *verdict) odd(g feed.Game, source string) oddity { return j.wants[cell{g.ID, source}].odd }

// worth is what a row of a source without fault is worth.
func worth(g feed.Game, source string) int {
	if source == feed.BDL && g.Season() == "2023-24" { // no plus_minus
		return less(sourceScore[source], 3, 26)
	}
	return sourceScore[source]
}

func withoutAssists(g feed.Game, source string) int {
	if source == feed.BDL && g.Season() == "2023-24" { // no plus_minus either
		return less(sourceScore[source], 8, 26)
	}
	return less(sourceScore[source], 5, 26)
}

// later are the members after a source that are whole, in their order.
func (j *verdict) later(g feed.Game, source string) []string {
	return slices.DeleteFunc(slices.Clone(players[slices.Index(players, source)+1:]),
		func(s string) bool { return j.status(g.ID, s) != "present" })
}

// A ruling is what comes of it where one source tells other numbers than all
// others (RULES.md, "Disputed lines").
type ruling int

const (
	agreed ruling = iota
	tied          // one against one
	taken         // the one used is outvoted
)

// dispute is the ruling on the one source of a game that differs. Before the
// chain is due only its primary speaks; every league ends after that.
func (j *verdict) dispute(g feed.Game, r chainWant) ruling {
	if r.source == "" || j.status(g.ID, r.source) != "present" {
		return agreed
	}
	others, differs := 0, false
	for _, s := range players {
		if s == r.source || j.status(g.ID, s) != "present" {
			continue
		}
		others++
		differs = differs || j.odd(g, s) == otherNumbers
	}
	switch mine := j.odd(g, r.source) == otherNumbers; {
	case mine && others > 1:
		return taken
	case mine && others == 1, differs && others == 1:
		return tied
	}
	return agreed
}

// An exception is what rows of a game come to that are not as good as their source.
type exception struct {
	scores  []int    // one of these, in tenths
	lenders []string // from one of these beside the source used
	rows    int      // how many
}

// borrowed is what a row without minutes may come to, and who lends it: the first
// later member that is whole and has minutes for him; 0 where none does.
func (j *verdict) borrowed(g feed.Game, source string) exception {
	e := exception{rows: 1}
	for _, lender := range j.later(g, source) {
		e.scores, e.lenders = append(e.scores, min(worth(g, lender), belowGold)), append(e.lenders, lender)
		switch j.odd(g, lender) {
		case noAssists: // may be his
			e.scores = append(e.scores, withoutAssists(g, lender))
		case noMinutes: // may be his, and then the next one lends
			continue
		}
		return e
	}
	e.scores = append(e.scores, 0)
	return e
}

// exceptions are those of the rows of players of a game.
func (j *verdict) exceptions(g feed.Game, r chainWant) exception {
	lines := 1
	for _, s := range players {
		lines = max(lines, j.wants[cell{g.ID, s}].lines)
	}
	switch j.odd(g, r.source) {
	case noMinutes:
		return j.borrowed(g, r.source)
	case noAssists:
		return exception{scores: []int{withoutAssists(g, r.source)}, rows: 1}
	case oneMissing:
		if later := j.later(g, r.source); len(later) > 0 {
			return exception{[]int{min(worth(g, later[0]), belowGold)}, later[:1], 1}
		}
	}
	switch j.dispute(g, r) {
	case taken:
		lender := j.later(g, r.source)[0]
		return exception{[]int{min(worth(g, lender), belowGold)}, []string{lender}, lines}
	case tied:
		if score := min(worth(g, r.source), belowGold); score < worth(g, r.source) {
			return exception{scores: []int{score}, rows: lines}
		}
	}
	return exception{}
}

func (j *verdict) playerRows(g feed.Game, r chainWant, got []row) {
	if r.source == "" {
		if len(got) > 0 {
			j.t.Errorf("players of %s: %d rows and no source", g.ID, len(got))
		}
		return
	}
	untouched := !slices.ContainsFunc(players, func(s string) bool { return j.odd(g, s) != plain })
	if r.resolution == "primary" && untouched && !j.touched(cell{g.ID, feed.Gamebook}) {
		j.samePlayers(g, got)
		return
	}
	best, w := worth(g, r.source), j.wants[cell{g.ID, r.source}]
	if r.resolution == "fallback" || r.resolution == "partial" && r.source != feed.Gamebook {
		best = min(best, belowGold)
	}
	e := j.exceptions(g, r)
	played, odd, says := 0, 0, w.issue == ""
	for _, p := range got {
		sources := strings.Split(strings.Trim(p["data_sources"], "[]"), ", ")
		if sources[0] != r.source || len(sources) > 2 || len(sources) == 2 && !slices.Contains(e.lenders, sources[1]) ||
			(p["quality_used_fallback"] == "true") != (r.source != feed.Gamebook || len(sources) == 2) {
			j.t.Errorf("%s of %s is from %s, want %s", p["player_lookup"], g.ID, p["data_sources"], r.source)
		}
		says = says || strings.Contains(p["quality_issues"], w.issue)
		if p["player_status"] != "played" {
			continue
		}
		played++
		switch score := tenths(p["quality_score"]); {
		case score == best && len(sources) == 1:
		case r.resolution == "partial" && (score == min(best, belowGold) || score == 0 && strings.Contains(p["quality_issues"], "missing_required:")): // the team that is not whole
		case slices.Contains(e.scores, score) && (len(sources) == 2 || len(e.lenders) == 0 || score == 0):
			odd++
		default:
			j.t.Errorf("%s of %s, by %s of %s, has %s, want %d tenths", p["player_lookup"], g.ID, r.resolution,
				r.source, p["quality_score"], best)
		}
	}
	if odd != e.rows || !says {
		j.t.Errorf("%d rows of %s by %s are not as good as the others, want %d, %v; with the issue: %v", odd, g.ID, r.source,
			e.rows, e, says)
	}
	want := 18
	if j.odd(g, r.source) == oneMissing && e.rows == 0 {
		want = 17
	}
	if r.resolution != "partial" && played != want {
		j.t.Errorf("%s: %d rows played, want %d", g.ID, played, want)
	}
}

// samePlayers: but for the ids, which are taken from other sources of the game
// or of those before it, and for the inactive, whose names are known from earlier games.
func (j *verdict) samePlayers(g feed.Game, got []row) {
	is := map[string]row{}
	for _, r := range got {
		is[r["team_abbr"]+" "+r["player_lookup"]] = r // both teams may have a man of that name
	}
	for _, was := range rowsOf(j.clean["player_game_summary"])[g.ID] {
		name := was["team_abbr"] + " " + was["player_lookup"]
		r := is[name]
		delete(is, name)
		if r == nil {
			if was["player_status"] != "inactive" || !j.touchedBefore(g, was["team_abbr"], feed.Gamebook) {
				j.t.Errorf("player_game_summary lacks %s in %s", was["player_lookup"], g.ID)
			}
			continue
		}
		var free []string
		// Who did not play has the id that the logs before told, or none.
		isLost := was["player_status"] != "played" && r["nba_player_id"] == "" && j.touchedBefore(g, was["team_abbr"], feed.PlayerLog)
		if isLost || j.touched(cell{g.ID, feed.PlayerLog}) {
			free = append(free, "nba_player_id")
		}
		j.same("player_game_summary", g.ID+" "+was["player_lookup"], was, r, free)
	}
	for lookup, r := range is {
		if r["player_status"] != "inactive" || !j.touchedBefore(g, r["team_abbr"], feed.Gamebook) {
			j.t.Errorf("player_game_summary has %s in %s, which the clean league has not", lookup, g.ID)
		}
	}
}

// touchedBefore reports whether a source of an earlier game of the team is not
// as it was.
func (j *verdict) touchedBefore(g feed.Game, team, source string) bool {
	return slices.ContainsFunc(j.plan.games, func(o feed.Game) bool {
		return o.Date() < g.Date() && (o.Away == team || o.Home == team) && j.touched(cell{o.ID, source})
	})
}

func (j *verdict) teamRows(g feed.Game, r, players chainWant, rowsOfPlayers, got []row) {
	want := 2
	if r.resolution == "pending" || r.resolution == "not_applicable" {
		want = 0
	}
	if len(got) != want {
		j.t.Errorf("teams of %s: %d rows, want %d, by %v", g.ID, len(got), want, r)
	}
	for _, t := range got {
		if r.resolution == "primary" && !j.touched(cell{g.ID, feed.TeamBox}) {
			key := g.ID + " " + t["team_abbr"]
			j.same("team_offense_game_summary", key, j.clean["team_offense_game_summary"][key], t, nil)
			continue
		}
		best := sourceScore[r.source]
		switch r.resolution {
		case "reconstructed":
			best = min(best, sourceScore[players.source])
			for _, p := range rowsOfPlayers {
				if p["team_abbr"] == t["team_abbr"] && p["player_status"] == "played" {
					best = min(best, tenths(p["quality_score"]))
				}
			}
			weight := 2 // turnovers
			if j.odd(g, players.source) == noAssists && t["assists"] == "" {
				weight += 5
			}
			best = max(0, less(best, weight, 23))
			if own, _ := g.Points(t["team_abbr"]); t["points_scored"]+t["points"] != fmt.Sprint(own) ||
				t["turnovers"] != "" {
				j.t.Errorf("%s of %s is computed as %v", t["team_abbr"], g.ID, t)
			}
		case "none":
			best = 0
		}
		score := tenths(t["quality_score"])
		assistsNull := r.source == feed.TeamBox && t["assists"] == "" && j.odd(g, feed.TeamBox) == noAssists
		// Of a part one team's side is not whole, or not there at all.
		isPart := r.resolution == "partial" && (score == belowGold || score == 0 && (t["points"] == "" || j.wants[cell{g.ID, r.source}].lacks > 0))
		if score != best && !isPart && !(assistsNull && score == less(best, 5, 23)) {
			j.t.Errorf("%s of %s, by %v, has %s, want %d tenths", t["team_abbr"], g.ID, r, t["quality_score"], best)
		}
	}
}
