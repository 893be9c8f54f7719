// Package warehousetest tests implementations of [warehouse.Loader].
package warehousetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"

	"sourcecov/sync/warehouse"
)

// A Place is a warehouse under test and a way to look into it that is not its own.
type Place struct {
	warehouse.Loader
	// Rows returns what a table holds, each row as a JSON object in the form of
	// FileRows; nothing of a table that is not there.
	Rows func(t *testing.T, table string) []string
}

// An Option states what a kind of warehouse can or cannot do.
type Option func(*suite)

// NeverLoads says that the warehouse takes no loads, and why. The tests then
// hold it to changing nothing.
func NeverLoads(why string) Option { return func(s *suite) { s.never = why } }

// PartitionsOnly says that a partitioned table cannot be replaced as a whole, and why.
func PartitionsOnly(why string) Option { return func(s *suite) { s.partitionsOnly = why } }

// Games and Whole are the tables that the suite loads into: one partitioned by
// game_date, one in one piece. A warehouse from open has both, without rows.
var (
	Games = warehouse.Table{
		Name: "games", Doc: "The suite's games.", Columns: columns(),
		Key: []string{"id"}, Partition: "game_date", Cluster: []string{"id"},
	}
	Whole = warehouse.Table{Name: "whole", Doc: "The suite's table in one piece.", Columns: columns(), Key: []string{"id"}}
)

// Run runs the tests that every warehouse passes, as subtests of t. Open makes a
// new warehouse with the two tables.
func Run(t *testing.T, open func(t *testing.T) Place, options ...Option) {
	s := &suite{open: open}
	for _, o := range options {
		o(s)
	}
	t.Run("Identity", s.identity)
	t.Run("Cancelled", s.cancelled)
	t.Run("NeverHeardOf", s.neverHeardOf)
	t.Run("MissingAll", s.missingAll)
	if s.never != "" {
		t.Log("no tests of loading: " + s.never)
		t.Run("LoadsNothing", s.loadsNothing)
		return
	}
	t.Run("NoFile", s.noFile)
	t.Run("Load", s.loadRows)
	t.Run("OnePartition", s.onePartition)
	t.Run("Again", s.loadedTwice)
	t.Run("ThereAndBack", s.thereAndBack)
	t.Run("Emptied", s.emptied)
	t.Run("OtherPartitionsRows", s.otherPartitionsRows)
	t.Run("Unpartitioned", s.unpartitioned)
	t.Run("Find", s.find)
	t.Run("Missing", s.missing)
	t.Run("SameTime", s.sameTime)
	t.Run("Execute", s.execute)
	if s.partitionsOnly != "" {
		t.Log("no test of replacing a whole table: " + s.partitionsOnly)
		return
	}
	t.Run("WholeTable", s.wholeTable)
}

type suite struct {
	open                  func(t *testing.T) Place
	never, partitionsOnly string
}

// Row is a row of both tables with every kind of value in it.
func Row(date, id string, n int) string {
	return fmt.Sprintf(`{"game_date":%q,"id":%q,"n":%d,"score":"94.9","at":"2025-01-02T05:30:00.123456Z","ok":true,"tags":["a","b,\"c"],"tried":[{"source":"x","score":"12.5"},{"source":null,"score":null}]}`, date, id, n)
}

// sparse is a row in which everything is NULL that may be, and lists are empty.
func sparse(date, id string) string {
	return fmt.Sprintf(`{"game_date":%q,"id":%q,"n":null,"score":null,"at":null,"ok":null,"tags":[],"tried":[]}`, date, id)
}

// Load is a load of such rows into a partition of a table.
func Load(t *testing.T, table warehouse.Table, partition, id string, rows ...string) warehouse.Load {
	t.Helper()
	return warehouse.Load{ID: id, Table: table, Partition: partition, File: File(t, arrowSchema, id, rows...), Rows: int64(len(rows)), Run: "20250101T000000Z-0a1b2c3d", Mark: "one"}
}

// must makes a load that has to succeed.
func must(t *testing.T, p Place, l warehouse.Load) {
	t.Helper()
	if rows, err := p.Load(t.Context(), l); err != nil || rows != l.Rows {
		t.Fatalf("Load %s = %d rows, %v; want %d", l.ID, rows, err, l.Rows)
	}
}

// holds compares what a table holds with rows.
func holds(t *testing.T, p Place, table string, want ...string) {
	t.Helper()
	got := p.Rows(t, table)
	if !reflect.DeepEqual(normal(t, got), normal(t, want)) {
		t.Errorf("%s holds\n%q\nwant\n%q", table, normal(t, got), normal(t, want))
	}
}

func normal(t *testing.T, rows []string) []string {
	t.Helper()
	out := []string{}
	for _, r := range rows {
		var fields map[string]any
		if err := json.Unmarshal([]byte(r), &fields); err != nil {
			t.Fatalf("%v: %s", err, r)
		}
		out = append(out, object(t, fields))
	}
	slices.Sort(out)
	return out
}

func (s *suite) identity(t *testing.T) {
	p := s.open(t)
	if first, second := p.Name(), p.Name(); first == "" || first != second {
		t.Errorf("Name = %q, then %q", first, second)
	}
	seen := map[string]bool{}
	for _, table := range []string{"games", "whole"} {
		for _, partition := range []string{"20250101", "20250102", warehouse.All} {
			seen[p.Target(table, partition)] = true
		}
	}
	if len(seen) != 6 {
		t.Errorf("six targets have the names %v", seen)
	}
	if err := p.Preflight(t.Context(), []warehouse.Table{Games, Whole}); err != nil {
		t.Errorf("Preflight = %v", err)
	}
}

func (s *suite) cancelled(t *testing.T) {
	p := s.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := Load(t, Games, "20250101", "sourcecov-c", Row("2025-01-01", "a", 1))
	if _, err := p.Load(ctx, l); !errors.Is(err, context.Canceled) {
		t.Errorf("Load = %v", err)
	}
	if _, err := p.Find(ctx, l); !errors.Is(err, context.Canceled) {
		t.Errorf("Find = %v", err)
	}
	if _, err := p.Missing(ctx, Games, map[string]int64{"20250101": 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("Missing = %v", err)
	}
	if err := p.Preflight(ctx, []warehouse.Table{Games}); !errors.Is(err, context.Canceled) {
		t.Errorf("Preflight = %v", err)
	}
	holds(t, p, "games")
}

func (s *suite) noFile(t *testing.T) {
	p := s.open(t)
	must(t, p, Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1)))
	l := Load(t, Games, "20250101", "sourcecov-2", Row("2025-01-01", "b", 2))
	l.File = filepath.Join(t.TempDir(), "gone.parquet")
	if _, err := p.Load(t.Context(), l); err == nil {
		t.Error("a file that is not there was loaded")
	}
	holds(t, p, "games", Row("2025-01-01", "a", 1))
}

func (s *suite) neverHeardOf(t *testing.T) {
	p := s.open(t)
	for _, l := range []warehouse.Load{{ID: "sourcecov-x", Table: Games, Partition: "20250101"}, {ID: "sourcecov-y", Table: Whole, Partition: warehouse.All}} {
		if o, err := p.Find(t.Context(), l); err != nil || o.Status != warehouse.NeverRan {
			t.Errorf("Find %s = %+v, %v", l.ID, o, err)
		}
	}
}

func (s *suite) missingAll(t *testing.T) {
	p := s.open(t)
	got, err := p.Missing(t.Context(), Games, map[string]int64{"20250101": 1, "20250102": 3})
	slices.Sort(got)
	if err != nil || !slices.Equal(got, []string{"20250101", "20250102"}) {
		t.Errorf("Missing = %v, %v", got, err)
	}
	if got, err := p.Missing(t.Context(), Games, nil); err != nil || len(got) > 0 {
		t.Errorf("of nothing there is missing %v, %v", got, err)
	}
}

func (s *suite) loadsNothing(t *testing.T) {
	p := s.open(t)
	must(t, p, Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1)))
	holds(t, p, "games")
	if o, err := p.Find(t.Context(), warehouse.Load{ID: "sourcecov-1", Table: Games, Partition: "20250101"}); err != nil || o.Status != warehouse.NeverRan {
		t.Errorf("what was never loaded is found: %+v, %v", o, err)
	}
}

func (s *suite) loadRows(t *testing.T) {
	p := s.open(t)
	rows := []string{Row("2025-01-01", "a", 1), sparse("2025-01-01", "b"), Row("2025-01-01", "Dončić", -7)}
	must(t, p, Load(t, Games, "20250101", "sourcecov-1", rows...))
	holds(t, p, "games", rows...)
}

func (s *suite) onePartition(t *testing.T) {
	p := s.open(t)
	must(t, p, Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1), Row("2025-01-01", "b", 2)))
	must(t, p, Load(t, Games, "20250102", "sourcecov-2", Row("2025-01-02", "c", 3)))
	must(t, p, Load(t, Games, "20250101", "sourcecov-3", Row("2025-01-01", "d", 4)))
	holds(t, p, "games", Row("2025-01-01", "d", 4), Row("2025-01-02", "c", 3))
}

func (s *suite) loadedTwice(t *testing.T) {
	p := s.open(t)
	l := Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1))
	must(t, p, l)
	must(t, p, l)
	holds(t, p, "games", Row("2025-01-01", "a", 1))
}

func (s *suite) thereAndBack(t *testing.T) {
	p := s.open(t)
	must(t, p, Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1)))
	must(t, p, Load(t, Games, "20250101", "sourcecov-2", Row("2025-01-01", "b", 2)))
	must(t, p, Load(t, Games, "20250101", "sourcecov-3", Row("2025-01-01", "a", 1)))
	holds(t, p, "games", Row("2025-01-01", "a", 1))
}

func (s *suite) emptied(t *testing.T) {
	p := s.open(t)
	must(t, p, Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1)))
	must(t, p, Load(t, Games, "20250102", "sourcecov-2", Row("2025-01-02", "b", 2)))
	must(t, p, Load(t, Games, "20250101", "sourcecov-3"))
	holds(t, p, "games", Row("2025-01-02", "b", 2))
}

func (s *suite) otherPartitionsRows(t *testing.T) {
	p := s.open(t)
	must(t, p, Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1)))
	if rows, err := p.Load(t.Context(), Load(t, Games, "20250101", "sourcecov-2", Row("2025-01-01", "b", 2), Row("2025-01-02", "c", 3))); err == nil {
		t.Errorf("rows of two dates were loaded into one: %d", rows)
	}
	holds(t, p, "games", Row("2025-01-01", "a", 1))
}

func (s *suite) unpartitioned(t *testing.T) {
	p := s.open(t)
	must(t, p, Load(t, Whole, warehouse.All, "sourcecov-1", Row("2025-01-01", "a", 1), Row("2025-02-01", "b", 2)))
	must(t, p, Load(t, Whole, warehouse.All, "sourcecov-2", sparse("2025-03-01", "c")))
	holds(t, p, "whole", sparse("2025-03-01", "c"))
	must(t, p, Load(t, Whole, warehouse.All, "sourcecov-3"))
	holds(t, p, "whole")
}

func (s *suite) find(t *testing.T) {
	p := s.open(t)
	l := Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1), Row("2025-01-01", "b", 2))
	must(t, p, l)
	if o, err := p.Find(t.Context(), warehouse.Load{ID: l.ID, Table: warehouse.Table{Name: "games"}, Partition: "20250101", Rows: 2, Run: l.Run, Mark: l.Mark}); err != nil || o.Status != warehouse.Loaded || o.Rows != 2 {
		t.Errorf("Find = %+v, %v", o, err)
	}
}

func (s *suite) missing(t *testing.T) {
	p := s.open(t)
	must(t, p, Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1)))
	must(t, p, Load(t, Games, "20250102", "sourcecov-2"))
	must(t, p, Load(t, Whole, warehouse.All, "sourcecov-3", Row("2025-01-01", "a", 1)))
	if got, err := p.Missing(t.Context(), Games, map[string]int64{"20250101": 1, "20250102": 0}); err != nil || len(got) > 0 {
		t.Errorf("missing is %v, %v", got, err)
	}
	if got, err := p.Missing(t.Context(), Games, map[string]int64{"20250101": 1, "20250103": 5}); err != nil || !slices.Equal(got, []string{"20250103"}) {
		t.Errorf("missing is %v, %v; want 20250103", got, err)
	}
	if got, err := p.Missing(t.Context(), Whole, map[string]int64{warehouse.All: 1}); err != nil || len(got) > 0 {
		t.Errorf("missing is %v, %v", got, err)
	}
	if got, err := p.Missing(t.Context(), warehouse.Table{Name: "never_made", Partition: "game_date"}, map[string]int64{"20250101": 1}); err != nil || !slices.Equal(got, []string{"20250101"}) {
		t.Errorf("of a table that is not there is missing %v, %v", got, err)
	}
}

func (s *suite) sameTime(t *testing.T) {
	p := s.open(t)
	var want []string
	var all sync.WaitGroup
	for i := range 8 {
		date, partition := fmt.Sprintf("2025-01-%02d", i+1), fmt.Sprintf("202501%02d", i+1)
		r := Row(date, "x", i)
		l := Load(t, Games, partition, "sourcecov-"+partition, r)
		want = append(want, r)
		all.Go(func() {
			if rows, err := p.Load(t.Context(), l); err != nil || rows != 1 {
				t.Errorf("%s: %d rows, %v", partition, rows, err)
			}
		})
	}
	all.Wait()
	holds(t, p, "games", want...)
}

func (s *suite) execute(t *testing.T) {
	p := s.open(t)
	good := Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1))
	bad := Load(t, Games, "20250102", "sourcecov-2", Row("2025-01-09", "b", 2))
	free := func(context.Context) error { return nil }
	outcomes, err := warehouse.Execute(t.Context(), p, []warehouse.Load{good}, free)
	if err != nil || outcomes[0].Status != warehouse.Loaded || outcomes[0].Rows != 1 {
		t.Errorf("%+v, %v", outcomes, err)
	}
	outcomes, err = warehouse.Execute(t.Context(), p, []warehouse.Load{bad}, free)
	if err == nil || outcomes[0].Status != warehouse.Failed {
		t.Errorf("a bad load: %+v, %v", outcomes, err)
	}
	stop := errors.New("stop")
	outcomes, err = warehouse.Execute(t.Context(), p, []warehouse.Load{Load(t, Games, "20250103", "sourcecov-3", Row("2025-01-03", "c", 3))}, func(context.Context) error { return stop })
	if err != stop || outcomes[0].Status != warehouse.NeverRan {
		t.Errorf("the guard stops: %+v, %v", outcomes, err)
	}
	short := Load(t, Games, "20250104", "sourcecov-4", Row("2025-01-04", "d", 4))
	short.Rows = 2
	if outcomes, err = warehouse.Execute(t.Context(), p, []warehouse.Load{short}, free); err == nil || (outcomes[0].Status != warehouse.Failed && outcomes[0].Status != warehouse.Miscounted) {
		t.Errorf("fewer rows than exported: %+v, %v", outcomes, err)
	}
}

func (s *suite) wholeTable(t *testing.T) {
	p := s.open(t)
	must(t, p, Load(t, Games, "20250101", "sourcecov-1", Row("2025-01-01", "a", 1)))
	must(t, p, Load(t, Games, "20250102", "sourcecov-2", Row("2025-01-02", "b", 2)))
	must(t, p, Load(t, Games, warehouse.All, "sourcecov-3", Row("2025-01-02", "c", 3), sparse("2025-01-05", "d")))
	holds(t, p, "games", Row("2025-01-02", "c", 3), sparse("2025-01-05", "d"))
	must(t, p, Load(t, Games, "20250105", "sourcecov-4", Row("2025-01-05", "e", 5)))
	holds(t, p, "games", Row("2025-01-02", "c", 3), Row("2025-01-05", "e", 5))
	if got, err := p.Missing(t.Context(), Games, map[string]int64{"20250101": 1, "20250102": 1, "20250105": 1}); err != nil || !slices.Equal(got, []string{"20250101"}) {
		t.Errorf("missing is %v, %v", got, err)
	}
}
