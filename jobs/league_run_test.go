package jobs_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"sourcecov/duckdb"
	"sourcecov/fixtures/feed"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
)

var (
	rounds = flag.Int("rounds", 21, "how many buckets TestLeagues judges, six if it is short; with so many every kind of fault has its "+
		"turn, with 114 those of the schedule too")
	firstSeed = flag.Uint64("seed", 0, "the seed of the first case of TestLeagues")
)

// A case is one league and so many faults, every other time with one of the
// schedule besides, which are planted together and then repaired, so many at a
// time; each state on the way is a round.
const faultsOfCase, repairedAtOnce = 10, 6

const roundsOfCase = 1 + (faultsOfCase+repairedAtOnce-1)/repairedAtOnce

// casesOfLeague cases are of one league, whose clean outputs are computed once.
const casesOfLeague = 4

// TestLeagues: in small generated leagues, whatever goes wrong, what must always
// hold holds, the planted faults and only they are reported, and once repaired
// they leave no trace. A case is run again by its name, which is all its seed:
//
//	go test ./jobs -run 'TestLeagues/17$' -seed 17 -rounds 3
func TestLeagues(t *testing.T) {
	t.Parallel()
	n := *rounds
	if testing.Short() {
		n = min(n, 2*roundsOfCase)
	}
	var leagues sync.Map
	for i := range uint64((n + roundsOfCase - 1) / roundsOfCase) {
		seed := *firstSeed + i
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			once, _ := leagues.LoadOrStore(seed/casesOfLeague, sync.OnceValue(func() *clean {
				l := newLeague(seed/casesOfLeague, smallLeague)
				return &clean{l, newLandings(t).build(t, l, l.bucket())}
			}))
			c := once.(func() *clean)()
			if c == nil {
				t.Skip("the clean league failed")
			}
			runCase(t, seed, c)
		})
	}
}

// A clean league and what is computed of it.
type clean struct {
	*league
	out outputs
}

// outputs are all published tables, by key.
type outputs map[string]map[string]row

// A row maps columns to text; what is null is not there.
type row map[string]string

// kindsOf deals the kinds of faults out as from shuffled decks, so that every
// kind has its turn. The schedule has a deck of its own, for every other case:
// it bears one fault at a time, and none beside one of the scoreboard.
func kindsOf(seed uint64) []faultKind {
	var kinds []faultKind
	if seed%2 == 0 {
		kinds = append(kinds, dealt(scheduleFaults, seed/2))
	}
	for i := range uint64(faultsOfCase) {
		kinds = append(kinds, dealt(faultKinds, seed*faultsOfCase+i))
	}
	return kinds
}

// dealt is the nth card of one deck after the other.
func dealt(kinds []faultKind, n uint64) faultKind {
	size := uint64(len(kinds))
	return kinds[rand.New(rand.NewPCG(n/size, 2)).Perm(len(kinds))[n%size]]
}

func runCase(t *testing.T, seed uint64, c *clean) {
	p := newPlan(c.league, seed)
	for _, k := range kindsOf(seed) {
		p.add(k)
	}
	for _, f := range p.faults {
		t.Logf("planted %v", f)
	}
	land := newLandings(t)
	left := slices.Clone(p.faults)
	for {
		got := land.build(t, c.league, p.bucket)
		j := &verdict{t: t, plan: p, left: left, clean: c.out, got: got}
		j.all()
		if t.Failed() {
			t.Logf("seed %d, league of seed %d, as of %s", seed, c.seed, c.asOf.Format("2006-01-02T15:04:05Z"))
			for i, f := range p.faults {
				t.Logf("fault %d %s: %v", i+1, map[bool]string{true: "is there",
					false: "is repaired"}[slices.Contains(left, f)], f)
			}
			return
		}
		if len(left) == 0 {
			return
		}
		for _, f := range left[:min(repairedAtOnce, len(left))] {
			p.repair(f)
			left = left[1:]
		}
	}
}

// landings are what was pulled of one bucket, state after state.
type landings struct {
	landing *mirror.Landing
	dir     string
}

func newLandings(t *testing.T) *landings {
	dir := t.TempDir()
	landing, err := mirror.OpenLanding(filepath.Join(dir, "landing"))
	if err != nil {
		t.Fatal(err)
	}
	return &landings{landing, dir}
}

// catalog is the SQL, read once.
var catalog = sync.OnceValues(func() (*sql.Catalog, error) { return sql.Load(sql.Embedded()) })

// build pulls what is new in the bucket, computes everything in memory, runs
// every check, and reads what would be published.
func (l *landings) build(t *testing.T, of *league, b feed.Bucket) outputs {
	t.Helper()
	ctx := context.Background()
	cat, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	prefixes := []string{"ball-dont-lie/", "espn/", "failures/", "manual/", "nba-com/"}
	if _, err := mirror.Pull(ctx, mirrored(t, b), prefixes, l.landing, mirror.Options{Parallel: 2}); err != nil {
		t.Fatal(err)
	}
	db, err := duckdb.Open(ctx, duckdb.Options{Threads: 1, Allowed: []string{l.dir}}, cat)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.OverLanding(ctx, l.landing.Segments(), l.landing.Listing()); err != nil {
		t.Fatal(err)
	}
	params := buildAll(t, db, cat, l.dir, of.asOf)
	l.check(t, db, cat, params)
	out := outputs{}
	for _, f := range cat.Kind(sql.Publish) {
		table, err := db.All(ctx, f.Relation())
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = byKey(table, f.Key)
	}
	return out
}

// check runs all checks: none may block, and none may be blind.
func (l *landings) check(t *testing.T, db *duckdb.DB, cat *sql.Catalog, params duckdb.Params) {
	t.Helper()
	var findings []duckdb.Finding
	for _, f := range cat.Kind(sql.Check) {
		finding, err := db.Check(context.Background(), f, params)
		if err != nil {
			t.Fatal(err)
		}
		findings = append(findings, finding)
	}
	for _, f := range cat.Kind(sql.Publish) {
		if cat.DependsOn(f, "state.runs") {
			continue
		}
		finding, err := db.CheckKey(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		findings = append(findings, finding)
	}
	for _, f := range findings {
		if f.Failed() {
			t.Errorf("check %s: blind %v, %d rows", f.Check, f.Blind, len(f.Rows.Rows))
			for _, r := range f.Rows.Rows[:min(5, len(f.Rows.Rows))] {
				t.Errorf("check %s: %v", f.Check, texts(f.Rows.Columns, r))
			}
		}
	}
}

func byKey(table duckdb.Table, key []string) map[string]row {
	out := map[string]row{}
	for _, r := range table.Rows {
		row := texts(table.Columns, r)
		name := make([]string, len(key))
		for i, k := range key {
			name[i] = row[k]
		}
		out[strings.Join(name, " ")] = row
	}
	return out
}

func texts(columns []string, values []any) row {
	r := row{}
	for i, v := range values {
		if v != nil {
			r[columns[i]] = duckdb.Text(v)
		}
	}
	return r
}

// differences are the columns in which two rows differ, sorted.
func differences(a, b row) []string {
	var out []string
	for column := range maps.Keys(a) {
		if other, ok := b[column]; !ok || other != a[column] {
			out = append(out, column)
		}
	}
	for column := range maps.Keys(b) {
		if _, ok := a[column]; !ok {
			out = append(out, column)
		}
	}
	slices.Sort(out)
	return out
}
