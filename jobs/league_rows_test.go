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

// kindAt is the kind of the fault that a cell has now.
func (j *verdict) kindAt(c cell) string {
	for _, f := range j.left {
		if _, ok := f.cells[c]; ok && (f.game.ID == c.game || len(f.games) == 1) {
			return f.kind
		}
	}
	return ""
}

const (
	minutesNull = "minutes of one player are null"
	assistsNull = "assists of one row are null"
)

func withoutAssists(g feed.Game, source string) int {
	if source == feed.BDL && g.Season() == "2023-24" { // no plus_minus either
		return less(sourceScore[source], 8, 26)
	}
	return less(sourceScore[source], 5, 26)
}

// borrowed is what a row without minutes may come to, and who lends it: the first
// later member that is whole and has minutes for him; 0 where none does.
func (j *verdict) borrowed(g feed.Game, source string) (scores []int, lenders []string) {
	chain := []string{feed.Gamebook, feed.PlayerLog, feed.BDL}
	for _, lender := range chain[slices.Index(chain, source)+1:] {
		if j.status(g.ID, lender) != "present" {
			continue
		}
		full := sourceScore[lender]
		if lender == feed.BDL && g.Season() == "2023-24" {
			full = less(full, 3, 26)
		}
		scores, lenders = append(scores, min(full, belowGold)), append(lenders, lender)
		switch j.kindAt(cell{g.ID, lender}) {
		case assistsNull: // may be his
			scores = append(scores, withoutAssists(g, lender))
		case minutesNull: // may be his, and then the next one lends
			continue
		}
		return scores, lenders
	}
	return append(scores, 0), lenders
}

func (j *verdict) playerRows(g feed.Game, r chainWant, got []row) {
	if r.source == "" {
		if len(got) > 0 {
			j.t.Errorf("players of %s: %d rows and no source", g.ID, len(got))
		}
		return
	}
	if r.resolution == "primary" && !j.touched(cell{g.ID, feed.Gamebook}) {
		j.samePlayers(g, got)
		return
	}
	full := sourceScore[r.source]
	if r.source == feed.BDL && g.Season() == "2023-24" { // no plus_minus
		full = less(full, 3, 26)
	}
	if r.resolution == "fallback" || r.resolution == "partial" && r.source != feed.Gamebook {
		full = min(full, belowGold)
	}
	var odd []int // what one row of a kind of fault may come to
	lenders := []string{r.source}
	switch j.kindAt(cell{g.ID, r.source}) {
	case minutesNull:
		odd, lenders = j.borrowed(g, r.source)
	case assistsNull:
		odd = []int{withoutAssists(g, r.source)}
	}
	mayDiffer := len(odd) > 0
	played := 0
	for _, p := range got {
		sources := strings.Split(strings.Trim(p["data_sources"], "[]"), ", ")
		if sources[0] != r.source || len(sources) > 2 || len(sources) == 2 && !slices.Contains(lenders, sources[1]) ||
			(p["quality_used_fallback"] == "true") != (r.source != feed.Gamebook || len(sources) == 2) {
			j.t.Errorf("%s of %s is from %s, want %s", p["player_lookup"], g.ID, p["data_sources"], r.source)
		}
		if p["player_status"] != "played" {
			continue
		}
		played++
		switch score := tenths(p["quality_score"]); {
		case score == full:
		case r.resolution == "partial" && score == min(full, belowGold): // the team that is not whole
		case mayDiffer && slices.Contains(odd, score):
			mayDiffer = false
		default:
			j.t.Errorf("%s of %s, by %s of %s, has %s, want %d tenths", p["player_lookup"], g.ID, r.resolution,
				r.source, p["quality_score"], full)
		}
	}
	if mayDiffer {
		j.t.Errorf("no row of %s says what is wrong with %s: %s", g.ID, r.source, j.kindAt(cell{g.ID, r.source}))
	}
	if r.resolution != "partial" && played != 18 {
		j.t.Errorf("%s: %d rows played, want 18", g.ID, played)
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
		full := sourceScore[r.source]
		switch r.resolution {
		case "reconstructed":
			full = min(full, sourceScore[players.source])
			for _, p := range rowsOfPlayers {
				if p["team_abbr"] == t["team_abbr"] && p["player_status"] == "played" {
					full = min(full, tenths(p["quality_score"]))
				}
			}
			weight := 2 // turnovers
			if j.kindAt(cell{g.ID, players.source}) == "assists of one row are null" && t["assists"] == "" {
				weight += 5
			}
			full = max(0, less(full, weight, 23))
			if own, _ := g.Points(t["team_abbr"]); t["points_scored"]+t["points"] != fmt.Sprint(own) ||
				t["turnovers"] != "" {
				j.t.Errorf("%s of %s is computed as %v", t["team_abbr"], g.ID, t)
			}
		case "none":
			full = 0
		}
		score := tenths(t["quality_score"])
		assistsNull := r.source == feed.TeamBox && t["assists"] == "" &&
			j.kindAt(cell{g.ID, feed.TeamBox}) == "assists of one row are null"
		// Of a part one team's side is not whole, or not there at all.
		isPart := r.resolution == "partial" && (score == belowGold || score == 0 && t["points"] == "")
		if score != full && !isPart && !(assistsNull && score == less(full, 5, 23)) {
			j.t.Errorf("%s of %s, by %v, has %s, want %d tenths", t["team_abbr"], g.ID, r, t["quality_score"], full)
		}
	}
}
