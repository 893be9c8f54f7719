package jobs_test

import (
	"slices"
	"time"

	"sourcecov/fixtures/feed"
)

var scheduleOnly = []string{feed.Schedule}

// scheduleFault edits the newest snapshot of the schedule.
func scheduleFault(name string, edit func(p *plan, f *fault, s *feed.ScheduleFile)) faultKind {
	return faultKind{name, scheduleOnly, func(p *plan, f *fault) bool {
		edit(p, f, feed.At[feed.ScheduleFile](p.bucket, f.object))
		f.unchanged()
		return true
	}}
}

// unchanged says that every cell of the schedule may be told by another snapshot.
func (f *fault) unchanged() {
	for _, g := range f.games {
		c := cell{g.ID, feed.Schedule}
		if _, told := f.cells[c]; !told {
			f.cells[c] = want{}
		}
	}
}

// scheduleFaults are the kinds of faults of the schedule. Before the newest
// snapshot there is one of the day before, which is as good but for the last
// night's scores; these are on ESPN's scoreboard.
var scheduleFaults = []faultKind{
	scheduleFault("schedule cut short", func(_ *plan, _ *fault, s *feed.ScheduleFile) { s.Games = s.Games[:5] }),
	scheduleFault("schedule of another season", func(_ *plan, _ *fault,
		s *feed.ScheduleFile) {
		s.SeasonNBAFormat = "1946-47"
	}),
	scheduleFault("schedule lists a game twice", func(_ *plan, _ *fault, s *feed.ScheduleFile) {
		s.Games = append(s.Games, s.Games[len(s.Games)-1])
		s.GameCount++
	}),
	scheduleFault("schedule lists a game without an id", func(_ *plan, _ *fault,
		s *feed.ScheduleFile) {
		s.Games[0].GameID = ""
	}),
	scheduleFault("schedule lists a tenth of the games", func(_ *plan, _ *fault, s *feed.ScheduleFile) {
		s.Games = s.Games[:len(s.Games)/10]
		s.GameCount = len(s.Games)
	}),
	{"schedule is HTML", scheduleOnly, func(p *plan, f *fault) bool {
		p.bucket[f.object] = []byte("<html>Service unavailable</html>")
		f.unchanged()
		return true
	}},
	{"schedule is gzip", scheduleOnly, func(p *plan, f *fault) bool {
		p.bucket[f.object] = feed.Gzipped(p.bucket.Bytes(f.object))
		f.unchanged()
		return true
	}},
	{"schedule at the CDN", scheduleOnly, func(p *plan, f *fault) bool {
		s := p.schedules[len(p.schedules)-1]
		s.Feed = "schedule-cdn"
		p.bucket.Move(f.object, s.Name())
		f.unchanged()
		return true
	}},
	{"a game vanishes from the schedule", scheduleOnly, func(p *plan, f *fault) bool {
		if !p.free(f) {
			return false
		}
		s := feed.At[feed.ScheduleFile](p.bucket, f.object)
		i := indexOf(s, f.game)
		s.Games = slices.Delete(s.Games, i, i+1)
		s.GameCount--
		for _, source := range feed.Sources {
			f.cells[cell{f.game.ID, source}] = want{status: "not_expected", says: "vanished"}
		}
		f.events = []string{"schedule_anomaly " + f.game.ID + " game_schedule  critical"}
		f.unchanged()
		return true
	}},
	{"a game loses its teams in the schedule", scheduleOnly, func(p *plan, f *fault) bool {
		if !p.free(f) {
			return false
		}
		s := feed.At[feed.ScheduleFile](p.bucket, f.object)
		i := indexOf(s, f.game)
		s.Games[i].AwayTeam.TeamTricode, s.Games[i].HomeTeam.TeamTricode = "", ""
		for _, source := range feed.Sources {
			f.cells[cell{f.game.ID, source}] = want{status: "not_expected", says: "its teams are not known yet"}
		}
		f.unchanged()
		return true
	}},
	scheduleFault("a game is final without scores", func(p *plan, f *fault, s *feed.ScheduleFile) {
		i := indexOf(s, f.game)
		s.Games[i].GameStatus, s.Games[i].AwayTeam.Score, s.Games[i].HomeTeam.Score = 3, 0, 0
		f.events = []string{"schedule_anomaly " + f.game.ID + " game_schedule  critical"}
	}),
	{"schedule is not refreshed", scheduleOnly, func(p *plan, f *fault) bool {
		newest := p.schedules[len(p.schedules)-3]
		for _, s := range p.schedules[len(p.schedules)-2:] {
			if s.At[:10] > newest.At[:10] {
				delete(p.bucket, s.Name())
			}
		}
		taken, err := time.Parse(time.RFC3339, newest.At)
		if err != nil {
			panic(err)
		}
		if p.asOf.Sub(taken) >= 48*time.Hour {
			f.events = []string{"schedule_anomaly  game_schedule nbac_schedule critical"}
		}
		f.unchanged()
		return true
	}},
}

// free reports whether no fault has touched the game.
func (p *plan) free(f *fault) bool {
	return !slices.ContainsFunc(feed.Sources, func(s string) bool { return p.taken[cell{f.game.ID, s}] })
}

func indexOf(s *feed.ScheduleFile, g feed.Game) int {
	for i := range s.Games {
		if s.Games[i].GameID == g.ID {
			return i
		}
	}
	panic("the schedule lacks " + g.ID)
}
