package jobs_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sourcecov/fixtures/feed"
	"sourcecov/sync/mirror"
)

// A league is a season of a few teams in which nothing went wrong: invented from
// a seed, the same for the same seed everywhere.
type league struct {
	seed      uint64
	all       feed.Games // exhibitions, then the games by tip-off, those to come last
	games     feed.Games // those that were played and have box scores
	unneeded  feed.Games // those that a series does without, which is decided
	schedules []feed.Snapshot
	asOf      time.Time
}

// A leagueSize says how large a league is.
type leagueSize struct {
	teams, games int
	gap          int // days to the next date with games, at most
	series       int // games of a playoff series that were played
}

var smallLeague = leagueSize{teams: 4, games: 16, gap: 2, series: 4}

// A schedule that loses one game of so many is still believed.
const exhibitions = 36

// Leagues are of the first teams of the table: of more the same seed would make another league.
const leagueTeams = 23

// upcoming games are listed, and not played yet, besides those of a series.
const upcoming = 2

func newLeague(seed uint64, size leagueSize) *league {
	r := rand.New(rand.NewPCG(seed, 0))
	l := &league{seed: seed}
	codes := []string{}
	for _, t := range feed.Teams[:leagueTeams] {
		if t.Code != "EAST" && t.Code != "WEST" {
			codes = append(codes, t.Code)
		}
	}
	r.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
	codes = codes[:size.teams]
	rosters := map[string][]feed.Player{}
	for _, code := range codes {
		rosters[code] = feed.Roster(code)
	}
	year := 2023 + int(seed%2)
	numbers := r.Perm(1230) // ids tell nothing of dates
	for n := range exhibitions {
		day := time.Date(year, 10, 1+n%10, 19, n, 0, 0, feed.Eastern)
		l.all = append(l.all, l.newGame(r, '1', n+1, day, codes[:2]))
	}
	day := time.Date(year, 10, 24+r.IntN(50), 0, 0, 0, 0, feed.Eastern)
	traded := false
	won := max(0, size.series-int(seed/2%2)) // every other series is not decided
	var rivals []string
	for n := 0; n < size.games+upcoming; {
		if n == size.games {
			rivals = slices.Clone(codes[:2])
			played := l.series(r, day, 1, won, rivals, rosters)
			l.all, l.games = append(l.all, played...), append(l.games, played...)
			l.asOf = feed.NextDay(l.games[len(l.games)-1].Date(), "14:00:00").AddDate(0, 0, r.IntN(2))
			day = l.asOf.In(feed.Eastern) // nobody tips off before noon
			day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, feed.Eastern)
		}
		if n >= size.games/2 && !traded {
			a, b := rosters[codes[0]], rosters[codes[1]]
			a[0], b[1] = b[1], a[0]
			traded = true
		}
		r.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
		left := size.games - n
		if left <= 0 {
			left = size.games + upcoming - n
		}
		var slate feed.Games
		for pair := range min(1+r.IntN(len(codes)/2), left) {
			tip := day.Add(time.Duration([]int{720, 930, 1140, 1170, 1200, 1320, 1350}[r.IntN(7)]) * time.Minute)
			g := l.newGame(r, '2', numbers[n]+1, tip, codes[2*pair:2*pair+2])
			dress(r, &g, rosters)
			slate = append(slate, g)
			n++
		}
		slices.SortFunc(slate, func(a, b feed.Game) int { return strings.Compare(a.Tip+a.ID, b.Tip+b.ID) })
		l.all = append(l.all, slate...)
		if l.asOf.IsZero() {
			l.games = append(l.games, slate...)
		}
		day = day.AddDate(0, 0, 1+r.IntN(size.gap))
	}
	if won > 0 {
		rest := l.series(r, day, won+1, 7, rivals, rosters)
		l.all = append(l.all, rest...)
		if won == 4 {
			l.unneeded = rest
		}
	}
	for _, at := range []time.Time{
		l.games[0].TipTime().AddDate(0, 0, -20), l.games[len(l.games)/2].TipTime(), l.asOf.AddDate(0, 0, -1), l.asOf,
	} {
		l.schedules = append(l.schedules, l.snapshot(at.Format(time.DateOnly)+" 10:00:00"))
	}
	return l
}

// series invents the games of one playoff series, the first of them on a day. The
// first of the rivals wins them all.
func (l *league) series(r *rand.Rand, day time.Time, from, to int, rivals []string, rosters map[string][]feed.Player) feed.Games {
	var games feed.Games
	for n := from; n <= to; n++ {
		tip := day.AddDate(0, 0, n-from).Add(20 * time.Hour)
		teams := []string{rivals[n%2], rivals[1-n%2]}
		g := l.newGame(r, '4', 100+n, tip, teams)
		if own, other := g.Points(rivals[0]); own < other {
			g.Score[0], g.Score[1] = g.Score[1], g.Score[0]
		}
		dress(r, &g, rosters)
		games = append(games, g)
	}
	return games
}

// dress says who starts and who sits, and who of one team plays for a moment only.
func dress(r *rand.Rand, g *feed.Game, rosters map[string][]feed.Player) {
	g.Rosters = map[string][]feed.Player{}
	for _, code := range []string{g.Away, g.Home} {
		roster := slices.Clone(rosters[code])
		r.Shuffle(len(roster), func(i, j int) { roster[i], roster[j] = roster[j], roster[i] })
		g.Rosters[code] = roster
	}
	g.Scoreless = []string{g.Away, g.Home}[r.IntN(2)]
}

// newGame invents a game on the eve of its being played, and its score.
func (l *league) newGame(r *rand.Rand, kind byte, number int, tip time.Time, teams []string) feed.Game {
	season := tip.Year() % 100
	if tip.Month() < 7 {
		season--
	}
	g := feed.Game{
		ID:   fmt.Sprintf("00%c%02d%05d", kind, season, number),
		Tip:  tip.UTC().Format("2006-01-02 15:04"),
		Away: teams[0], Home: teams[1], Score: [2]int{95 + r.IntN(40), 95 + r.IntN(40)},
	}
	if g.Score[0] == g.Score[1] {
		g.Score[r.IntN(2)]++
	}
	if r.IntN(8) == 0 {
		g.Ending = "Final/OT"
	}
	return g
}

// snapshot is the schedule as it was taken at an instant.
func (l *league) snapshot(at string) feed.Snapshot {
	return feed.Snapshot{Feed: "schedule", Season: l.games[0].Season(),
		At: strings.Replace(at, " ", "T", 1) + ".000000+00:00"}
}

// bucket is what the scrapers left by as-of.
func (l *league) bucket() feed.Bucket {
	b := feed.Healthy(l.games, nil)
	for _, s := range l.schedules {
		b.Schedule(s, l.all)
	}
	return b
}

// mirrored makes a bucket that can be pulled.
func mirrored(t *testing.T, b feed.Bucket) mirror.Bucket {
	t.Helper()
	files := fstest.MapFS{}
	for name := range b {
		files[name] = &fstest.MapFile{Data: b.Bytes(name)}
	}
	return mirror.FS(files, nil)
}

// TestNewLeague: the leagues are as they are meant to be.
func TestNewLeague(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		l := newLeague(seed, smallLeague)
		to := len(l.all) - exhibitions - len(l.games)
		if len(l.games) < smallLeague.games+3 || to < upcoming+3 {
			t.Errorf("seed %d: %d games, %d to come", seed, len(l.games), to)
		}
		ids, playing := map[string]bool{}, map[string]bool{}
		for i, g := range l.all[exhibitions:] {
			if ids[g.ID] || i > 0 && l.all[exhibitions+i-1].Tip > g.Tip || g.Score[0] == g.Score[1] ||
				g.TipTime().After(l.asOf) != (i >= len(l.games)) {
				t.Errorf("seed %d: %+v", seed, g)
			}
			ids[g.ID] = true
			for _, team := range []string{g.Away, g.Home} {
				if playing[g.Date()+team] {
					t.Errorf("seed %d: %s plays twice on %s", seed, team, g.Date())
				}
				playing[g.Date()+team] = true
			}
		}
		again := newLeague(seed, smallLeague)
		if fmt.Sprint(*l) != fmt.Sprint(*again) {
			t.Errorf("seed %d gives two leagues", seed)
		}
		for name := range l.bucket() {
			if !strings.HasPrefix(name, "nba-com/schedule/") && !slices.ContainsFunc(l.games, func(g feed.Game) bool {
				return slices.ContainsFunc(feed.Sources[1:], func(s string) bool {
					return name == feed.UsualName(s,
						g)
				})
			}) {
				t.Errorf("seed %d: nobody asks for %s", seed, name)
			}
		}
	}
}
