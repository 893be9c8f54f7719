package jobs_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sourcecov/fixtures/feed"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/record"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

var takenNights = flag.Int("nights", 12, "how many nights TestTakenOver computes, each twice; a sixth under -short")

// A sequel is one night after the other over a bucket of two seasons, each computed
// out of the night before and once more from scratch.
type sequel struct {
	t       *testing.T
	r       *rand.Rand
	dir     string
	landing *mirror.Landing
	plan    *plan
	other   feed.Bucket // a whole season before
	moved   map[string][]byte
	cat     *sql.Catalog
	rules   map[string]*sql.Catalog
	asOf    time.Time
	before  *compute.Former
	older   string // the database of the night before that one
	carried int    // relations that were taken over
	parts   int    // relations of which some parts were computed
}

// TestTakenOver: whatever happens between two nights (objects come late, are corrected,
// vanish, lie in another season's folder, are damaged; rules change; as-of goes forth
// and back; a night is killed, its database damaged or stale), a night that takes over
// gives every relation and every partition as one does that computes everything.
func TestTakenOver(t *testing.T) {
	long(t)
	t.Parallel()
	n := *takenNights
	s := newSequel(t, 7)
	for night := range n {
		s.happen(night)
		s.compare(night)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d nights: %d relations taken over, %d computed in parts", n, s.carried, s.parts)
	if s.carried < 20*n || s.parts == 0 {
		t.Error("hardly anything was taken over: the test shows nothing")
	}
}

func newSequel(t *testing.T, seed uint64) *sequel {
	t.Helper()
	cat, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	s := &sequel{t: t, r: rand.New(rand.NewPCG(seed, 3)), dir: t.TempDir(), cat: cat, moved: map[string][]byte{}}
	if s.landing, err = mirror.OpenLanding(filepath.Join(s.dir, "landing")); err != nil {
		t.Fatal(err)
	}
	first, second := newLeague(2*seed, smallLeague), newLeague(2*seed+1, smallLeague)
	s.other, s.plan, s.asOf = first.bucket(), newPlan(second, seed), second.asOf
	s.rules = map[string]*sql.Catalog{"as ever": cat, "stricter": s.load(stricter(t))}
	return s
}

func (s *sequel) load(dir string) *sql.Catalog {
	cat, err := sql.Load(os.DirFS(dir))
	if err != nil {
		s.t.Fatal(err)
	}
	return cat
}

// happen is what befalls the bucket, the rules and the disk before a night.
func (s *sequel) happen(night int) {
	switch night {
	case 0:
		return
	case 1: // one thing new, a day later
		s.plan.add(faultKinds[0])
		s.asOf = s.asOf.Add(24 * time.Hour)
		return
	}
	switch s.r.IntN(3) {
	case 0:
		s.plan.add(faultKinds[s.r.IntN(len(faultKinds))])
	case 1:
		if n := len(s.plan.faults); n > 0 {
			s.plan.repair(s.plan.faults[s.r.IntN(n)])
		}
	}
	if s.r.IntN(3) == 0 { // an object of one season in a folder of the other
		names := slices.Sorted(maps.Keys(s.other))
		from := names[s.r.IntN(len(names))]
		into := slices.Sorted(maps.Keys(s.plan.bucket))
		to := into[s.r.IntN(len(into))]
		s.moved[filepath.ToSlash(filepath.Join(filepath.Dir(to), filepath.Base(from)))] = s.other.Bytes(from)
	}
	s.asOf = s.asOf.Add([]time.Duration{0, 24 * time.Hour, 24 * time.Hour, -24 * time.Hour, time.Hour}[s.r.IntN(5)])
	switch what := []string{"", "", "", "rules", "damaged", "stale", "gone"}[s.r.IntN(7)]; what {
	case "rules":
		if s.cat == s.rules["as ever"] {
			s.cat = s.rules["stricter"]
		} else {
			s.cat = s.rules["as ever"]
		}
	case "damaged":
		s.damage()
	case "stale":
		s.stale()
	case "gone":
		s.before = nil
	}
}

// damage overwrites part of the database that the last night left.
func (s *sequel) damage() {
	if s.before == nil {
		return
	}
	f, err := os.OpenFile(s.before.Database, os.O_RDWR, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.WriteAt(slices.Repeat([]byte{0xa5}, 64<<10), info.Size()/2&^4095)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		s.t.Fatal(err)
	}
}

// stale puts the database of an older night in the place of the last one's, whose
// record tells of other rows.
func (s *sequel) stale() {
	if s.before != nil && s.older != "" {
		s.before.Database = s.older
	}
}

// compare computes a night both ways.
func (s *sequel) compare(night int) {
	s.t.Helper()
	bucket := maps.Clone(s.other)
	maps.Copy(bucket, s.plan.bucket)
	for name, body := range s.moved {
		bucket[name] = body
	}
	prefixes := []string{"ball-dont-lie/", "espn/", "failures/", "manual/", "nba-com/"}
	if _, err := mirror.Pull(context.Background(), mirrored(s.t, bucket), prefixes, s.landing, mirror.Options{Parallel: 2}); err != nil {
		s.t.Fatal(err)
	}
	over, scratch := s.compute(night, s.before), s.compute(night, nil)
	for i, r := range scratch.rec.Relations {
		o := over.rec.Relations[i]
		if o.Name != r.Name || o.Rows != r.Rows || o.Hash != r.Hash {
			s.t.Errorf("night %d: %s is %d rows %s and should be %d rows %s; computed because %q, parts %v",
				night, r.Name, o.Rows, o.Hash, r.Rows, r.Hash, o.Why, o.Parts)
		}
		switch {
		case o.Why == "":
			s.carried++
		case o.Parts != nil:
			s.parts++
		}
	}
	for i, o := range scratch.rec.Outputs {
		if fmt.Sprint(over.rec.Outputs[i]) != fmt.Sprint(o) {
			s.t.Errorf("night %d: the partitions of %s differ", night, o.Table)
		}
	}
	if night < 2 || s.r.IntN(4) > 0 { // else it was killed before it was recorded
		if s.before != nil {
			s.older = s.before.Database
		}
		s.before = &compute.Former{Record: over.rec, Database: over.database}
	}
}

type computed struct {
	rec      *record.Record
	database string
}

// compute computes one night in a folder of its own.
func (s *sequel) compute(night int, former *compute.Former) computed {
	s.t.Helper()
	ctx := context.Background()
	dir := filepath.Join(s.dir, fmt.Sprintf("night-%d-%v", night, former == nil))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	params := paramsAt(s.cat, s.asOf)
	rec := &record.Record{Run: state.Run{}, Params: maps.Clone(params)}
	for _, f := range s.cat.Files {
		rec.SQL = append(rec.SQL, record.SQLFile{Path: f.Path, Hash: f.Hash})
	}
	segments, listing := s.landing.Files()
	for _, f := range segments {
		rec.Inputs.Segments = append(rec.Inputs.Segments, record.File(f))
	}
	rec.Inputs.Listing = record.File(listing)
	run, err := compute.Start(ctx, compute.Options{Catalog: s.cat, Segments: s.landing.Segments(), Listing: s.landing.Listing(), State: &compute.State{},
		Params: params, Dir: dir, Threads: 2, Memory: "512MB", Former: former, Landing: rec.Inputs.Segments, Listed: rec.Inputs.Listing})
	if err != nil {
		s.t.Fatal(err)
	}
	defer run.Close()
	if _, err := run.Build(ctx, func(f *sql.File) bool { return !compute.TellsOfRuns(s.cat, f) }); err != nil {
		s.t.Fatal(err)
	}
	for _, f := range s.cat.Kind(sql.Publish) {
		if compute.TellsOfRuns(s.cat, f) {
			continue
		}
		parts, err := run.Partitions(ctx, f)
		if err != nil {
			s.t.Fatal(err)
		}
		rec.Outputs = append(rec.Outputs, record.Output{Table: f.Name, Partitions: parts})
	}
	rec.Run.EngineVersion = run.DB.Version()
	if err := run.Finish(ctx); err != nil {
		s.t.Fatal(err)
	}
	rec.Relations = run.Relations
	return computed{rec, filepath.Join(dir, "run.duckdb")}
}
