package jobs_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sourcecov/fixtures/feed"
)

// holeLeague plays long enough for a hole of 26 days with ten games before it.
var holeLeague = leagueSize{teams: 4, games: 110, gap: 1}

// TestHole: 26 days are missing in one feed, as they once were for months unseen
// (RULES.md, "Why", 1). No window that spans a day of the hole is gold, whichever feed it
// is that the rows would have come from; windows that do not reach it are as
// they were. Where every feed of players has the hole, nothing is refilled from
// older games.
func TestHole(t *testing.T) {
	long(t)
	t.Parallel()
	l := newLeague(7, holeLeague)
	clean := newLandings(t).build(t, l, l.bucket())
	first := l.games[len(l.games)/3].TipTime().In(feed.Eastern)
	inHole := func(g feed.Game) bool {
		day, err := time.Parse(time.DateOnly, g.Date())
		from := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, time.UTC)
		return err == nil && !day.Before(from) && day.Before(from.AddDate(0, 0, 26))
	}
	moved := traded(clean)
	allPlayers := []string{feed.Gamebook, feed.PlayerLog, feed.BDL}
	for _, hole := range []struct {
		name  string
		feeds []string
		table string
	}{
		{"gamebooks", []string{feed.Gamebook}, "player_window_quality"},
		{"team boxes", []string{feed.TeamBox}, "team_window_quality"},
		{"every feed of players", allPlayers, "player_window_quality"},
	} {
		t.Run(hole.name, func(t *testing.T) {
			t.Parallel()
			bucket, missing := l.bucket(), 0
			for _, g := range l.games {
				for _, f := range hole.feeds {
					if inHole(g) {
						delete(bucket, feed.UsualName(f, g))
						missing++
					}
				}
			}
			got := newLandings(t).build(t, l, bucket)
			spanning, gold, covered := 0, 0, 0
			for key, w := range got[hole.table] {
				if w["quality_tier"] == "gold" {
					gold++
				}
				was := clean[hole.table][key]
				if moved[w["entity"]] {
					continue
				}
				if !l.spans(w, clean, inHole, len(hole.feeds) > 1) {
					if d := differences(was, w); len(d) > 0 {
						t.Errorf("%s does not reach the hole and differs in %v", key, d)
					}
					continue
				}
				spanning++
				if w["quality_tier"] == "gold" {
					t.Errorf("%s spans the hole and is gold: %v", key, w)
				}
				if was["quality_tier"] == "gold" {
					covered++
				}
				if len(hole.feeds) == len(allPlayers) && w["games_not_covered"] == "0" {
					t.Errorf("%s spans the hole and is covered: refilled from older games", key)
				}
			}
			if missing < 20 || spanning < 50 && strings.HasPrefix(hole.table, "player") || covered == 0 || gold == 0 {
				t.Errorf("the test is blind: %d objects missing, %d windows span the hole, %d of them would be gold, "+
					"%d others are", missing, spanning, covered, gold)
			}
			told := map[string]int{}
			for _, e := range got["source_coverage_log"] {
				if e["event_type"] == "source_outage" {
					told[e["source"]]++
				}
			}
			if names := slices.Sorted(maps.Keys(told)); !slices.Equal(names, slices.Sorted(slices.Values(hole.feeds))) {
				t.Errorf("outages are told of %v, want of %v", names, hole.feeds)
			}
		})
	}
}

// spans reports whether a game in the hole takes one of the ten slots of a
// window, worked out apart from the SQL: from what the clean league says of who
// played. A game in which he did not play takes none, unless nobody can know.
func (l *league) spans(w row, clean outputs, inHole func(feed.Game) bool, unknown bool) bool {
	team, isPlayer := w["team_abbr"], w["team_abbr"] != ""
	if !isPlayer {
		team = w["entity"]
	}
	var slots []feed.Game
	for _, g := range l.games {
		if g.Date() >= w["game_date"] || g.Away != team && g.Home != team {
			continue
		}
		played := clean["player_game_summary"][g.ID+" "+team+" "+w["entity"]]["player_status"] == "played"
		if !isPlayer || played || unknown && inHole(g) {
			slots = append(slots, g)
		}
	}
	return slices.ContainsFunc(slots[max(0, len(slots)-10):], inHole)
}

// traded are the players with rows of two teams, whose windows are looked at
// elsewhere (fixtures/sql/model/player_window).
func traded(clean outputs) map[string]bool {
	team, out := map[string]string{}, map[string]bool{}
	for _, r := range clean["player_game_summary"] {
		name := r["player_lookup"]
		if team[name] != "" && team[name] != r["team_abbr"] {
			out[name] = true
		}
		team[name] = r["team_abbr"]
	}
	return out
}
