package jobs_test

import (
	"slices"
	"time"

	"sourcecov/fixtures/feed"
)

var scheduleOnly = []string{feed.Schedule}

// scheduleFault edits the newest snapshot of the schedule.
func scheduleFault(name string, edit func(p *plan, f *fault, s *feed.ScheduleFile)) faultKind {
	return faultKind{name, scheduleOnly, plain, func(p *plan, f *fault) bool {
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
	scheduleFault("schedule lists a game under its old date too", func(p *plan, f *fault, s *feed.ScheduleFile) {
		twin := s.Games[indexOf(s, f.game)]
		moveTo(&twin, f.game.TipTime().In(feed.Eastern).AddDate(0, 0, -1))
		twin.PostponedStatus, twin.GameStatus, twin.GameStatusText = "Y", 1, "PPD"
		s.Games = append(s.Games, twin)
		s.GameCount += p.r.IntN(2)
	}),
	scheduleFault("schedule lists a game under a date that no calendar has", func(p *plan, f *fault, s *feed.ScheduleFile) {
		g := &s.Games[indexOf(s, f.game)]
		moveTo(g, f.game.TipTime().In(feed.Eastern))
		g.GameDateEst, g.GameCode = g.GameDateEst[:5]+"02-30T00:00:00Z", g.GameDateEst[:4]+"0230"+g.GameCode[8:]
	}),
	scheduleFault("schedule lists a game without an id", func(_ *plan, _ *fault,
		s *feed.ScheduleFile) {
		s.Games[0].GameID = ""
	}),
	scheduleFault("schedule lists a tenth of the games", func(_ *plan, _ *fault, s *feed.ScheduleFile) {
		s.Games = s.Games[:len(s.Games)/10]
		s.GameCount = len(s.Games)
	}),
	{"schedule is HTML", scheduleOnly, plain, func(p *plan, f *fault) bool {
		p.bucket[f.object] = []byte("<html>Service unavailable</html>")
		f.unchanged()
		return true
	}},
	{"schedule is gzip", scheduleOnly, plain, func(p *plan, f *fault) bool {
		p.bucket[f.object] = feed.Gzipped(p.bucket.Bytes(f.object))
		f.unchanged()
		return true
	}},
	{"schedule at the CDN", scheduleOnly, plain, func(p *plan, f *fault) bool {
		s := p.schedules[len(p.schedules)-1]
		s.Feed = "schedule-cdn"
		p.bucket.Move(f.object, s.Name())
		f.unchanged()
		return true
	}},
	{"a game vanishes from the schedule", scheduleOnly, plain, func(p *plan, f *fault) bool {
		if !p.free(f) || p.inSeries(f.game) {
			return false
		}
		p.vanish(f, "vanished")
		f.events = []string{"schedule_anomaly " + f.game.ID + " game_schedule  critical"}
		return true
	}},
	{"a game to come vanishes from the schedule", scheduleOnly, plain, func(p *plan, f *fault) bool {
		toCome := slices.DeleteFunc(slices.Clone(p.all), func(g feed.Game) bool {
			return g.TipTime().Before(p.asOf) || slices.ContainsFunc(p.unneeded, func(o feed.Game) bool { return o.ID == g.ID })
		})
		f.game = toCome[p.r.IntN(len(toCome))]
		if !p.free(f) {
			return false
		}
		p.vanish(f, "vanished")
		f.events = []string{"schedule_anomaly " + f.game.ID + " game_schedule  critical"}
		return true
	}},
	{"a game of a decided series vanishes from the schedule", scheduleOnly, plain, func(p *plan, f *fault) bool {
		if len(p.unneeded) == 0 {
			return false
		}
		f.game = p.unneeded[p.r.IntN(len(p.unneeded))]
		p.vanish(f, "series decided")
		return true
	}},
	{"a game is postponed", scheduleOnly, plain, func(p *plan, f *fault) bool {
		board := feed.UsualName(feed.ESPN, f.game)
		if !p.free(f) || p.inSeries(f.game) || slices.ContainsFunc(p.games, func(g feed.Game) bool {
			return feed.UsualName(feed.ESPN, g) == board && p.taken[cell{g.ID, feed.ESPN}]
		}) {
			return false
		}
		s := feed.At[feed.ScheduleFile](p.bucket, f.object)
		g := &s.Games[indexOf(s, f.game)]
		g.GameStatus, g.GameStatusText, g.PostponedStatus = 1, "PPD", "Y"
		g.AwayTeam.Score, g.HomeTeam.Score = 0, 0
		d := readDoc(feed.ESPN, p.whole.Bytes(board))
		m := d.game(f.game)
		m["state"], m["status"] = "pre", "Postponed"
		p.bucket[board] = d.bytes()
		f.mend[board] = p.whole.Bytes(board)
		for _, g := range p.games {
			if feed.UsualName(feed.ESPN, g) == board {
				f.cells[cell{g.ID, feed.ESPN}] = want{}
			}
		}
		for _, source := range feed.Sources {
			f.cells[cell{f.game.ID, source}] = want{status: "not_expected", says: "postponed"}
		}
		f.unchanged()
		return true
	}},
	{"a game loses its teams in the schedule", scheduleOnly, plain, func(p *plan, f *fault) bool {
		if !p.free(f) || p.inSeries(f.game) {
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
	{"schedule is not refreshed", scheduleOnly, plain, func(p *plan, f *fault) bool {
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

// vanish takes a game out of the schedule: nothing is expected of it any more.
func (p *plan) vanish(f *fault, says string) {
	s := feed.At[feed.ScheduleFile](p.bucket, f.object)
	i := indexOf(s, f.game)
	s.Games = slices.Delete(s.Games, i, i+1)
	s.GameCount--
	for _, source := range feed.Sources {
		f.cells[cell{f.game.ID, source}] = want{status: "not_expected", says: says}
	}
	f.unchanged()
}

// moveTo writes another date of a game, and no time.
func moveTo(g *feed.ScheduleGame, day time.Time) {
	g.GameDateEst = day.Format(time.DateOnly) + "T00:00:00Z"
	g.GameDateTimeEst = g.GameDateEst
	g.GameDateTimeUTC, g.GameTimeUTC, g.GameTimeEst = nil, nil, nil
	g.GameCode = day.Format("20060102") + g.GameCode[8:]
}

// inSeries reports whether it counts for a series whether the game was played.
func (p *plan) inSeries(g feed.Game) bool { return g.ID[2] == '4' }

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
