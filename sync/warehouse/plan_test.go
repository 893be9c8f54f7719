package warehouse_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"sourcecov/sync/warehouse"
)

const noRows = "hash of no rows"

// planner is one with small limits.
func planner(change ...func(*warehouse.Planner)) warehouse.Planner {
	p := warehouse.Planner{
		Limits: warehouse.Limits{WholeAbove: 3, WholeMost: 6, RunJobs: 5, TableDayJobs: 10},
		Target: func(table, partition string) string { return "p.d." + table + "/" + partition },
		Empty:  noRows,
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

type (
	hashes   = map[string]string // partition to content
	receipts = map[string]warehouse.Receipt
)

// content is a table, partitioned by days, with a part of ten rows for each hash.
func content(table string, parts hashes) warehouse.Content {
	c := warehouse.Content{Table: warehouse.Table{Name: table, Partition: "game_date"}}
	for _, value := range slices.Sorted(maps.Keys(parts)) {
		c.Parts = append(c.Parts, warehouse.Part{Value: value, Rows: 10, Hash: parts[value], Games: []string{"0022400001"}})
	}
	return c
}

// onePiece is a table that is not partitioned.
func onePiece(table, hash string) warehouse.Content {
	return warehouse.Content{Table: warehouse.Table{Name: table}, Parts: []warehouse.Part{{Value: warehouse.All, Rows: 10, Hash: hash}}}
}

// days are the first n days of 2025, each with the hash and its own date in it.
func days(n int, hash string) hashes {
	out := hashes{}
	for i := range n {
		out[fmt.Sprintf("202501%02d", i+1)] = fmt.Sprint(hash, i+1)
	}
	return out
}

// loaded are the receipts of parts that were loaded one by one.
func loaded(parts hashes) receipts {
	out := receipts{}
	for value, hash := range parts {
		out[value] = warehouse.Receipt{LoadID: "load-of-" + value, Hash: hash, Rows: 10}
	}
	return out
}

// without is parts without some of them, with is parts with others in place of their own.
func without(parts hashes, values ...string) hashes {
	out := maps.Clone(parts)
	for _, v := range values {
		delete(out, v)
	}
	return out
}

func with(parts hashes, others hashes) hashes {
	out := maps.Clone(parts)
	maps.Copy(out, others)
	return out
}

// plan makes a plan that has to succeed.
func plan(t *testing.T, p warehouse.Planner, past receipts, c warehouse.Content) []warehouse.Job {
	t.Helper()
	jobs, err := p.Plan([]warehouse.Content{c}, map[string]map[string]warehouse.Receipt{c.Table.Name: past})
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

// TestPlan: which jobs there are, each as its partition and what it brings.
func TestPlan(t *testing.T) {
	four, six, seven := days(4, "a"), days(6, "a"), days(7, "a")
	emptied := loaded(four)
	emptied["20250103"] = warehouse.Receipt{LoadID: "x", Hash: noRows}
	gone := loaded(four)
	gone["20250103"] = warehouse.Receipt{LoadID: "x"}
	forced := func(p *warehouse.Planner) {
		p.Forced = func(table, partition string) bool { return table == "t" && partition == "20250102" }
	}
	for name, c := range map[string]struct {
		past    receipts
		content warehouse.Content
		planner warehouse.Planner
		want    []string
	}{
		"what is unchanged has no job": {loaded(four), content("t", four), planner(), nil},
		"one touched partition is one job": {
			loaded(four), content("t", with(four, hashes{"20250102": "b"})), planner(),
			[]string{"20250102: 20250102=b"},
		},
		"a new partition is a job": {
			loaded(days(3, "a")), content("t", four), planner(), []string{"20250104: 20250104=a4"},
		},
		"as many as WholeAbove are still jobs of their own": {
			loaded(four), content("t", with(four, days(3, "b"))), planner(),
			[]string{"20250101: 20250101=b1", "20250102: 20250102=b2", "20250103: 20250103=b3"},
		},
		"one more than WholeAbove is one job of all": {
			loaded(four), content("t", days(4, "b")), planner(),
			[]string{"all: 20250101=b1 20250102=b2 20250103=b3 20250104=b4"},
		},
		"one job of all brings the untouched, too": {
			loaded(six), content("t", with(six, days(4, "b"))), planner(),
			[]string{"all: 20250101=b1 20250102=b2 20250103=b3 20250104=b4 20250105=a5 20250106=a6"},
		},
		"as many as WholeMost fit into one job": {
			nil, content("t", six), planner(),
			[]string{"all: 20250101=a1 20250102=a2 20250103=a3 20250104=a4 20250105=a5 20250106=a6"},
		},
		"more than WholeMost do not": {
			loaded(seven), content("t", with(seven, days(4, "b"))), planner(),
			[]string{
				"20250101: 20250101=b1", "20250102: 20250102=b2", "20250103: 20250103=b3", "20250104: 20250104=b4",
			},
		},
		"WholeMost 0 is no limit": {
			nil, content("t", seven), planner(func(p *warehouse.Planner) { p.Limits.WholeMost = 0 }),
			[]string{"all: 20250101=a1 20250102=a2 20250103=a3 20250104=a4 20250105=a5 20250106=a6 20250107=a7"},
		},
		"WholeAbove 0 is never": {
			nil, content("t", four), planner(func(p *warehouse.Planner) { p.Limits.WholeAbove = 0 }),
			[]string{
				"20250101: 20250101=a1", "20250102: 20250102=a2", "20250103: 20250103=a3", "20250104: 20250104=a4",
			},
		},
		"a table in one piece is one job": {
			receipts{"all": {LoadID: "x", Hash: "a", Rows: 10}}, onePiece("t", "b"), planner(), []string{"all: all=b"},
		},
		"a table in one piece that is unchanged has none": {
			receipts{"all": {LoadID: "x", Hash: "a", Rows: 10}}, onePiece("t", "a"), planner(), nil,
		},
		"a vanished partition is emptied": {
			loaded(four), content("t", without(four, "20250103")), planner(), []string{"20250103: 20250103=" + noRows},
		},
		"one that was emptied is left alone": {emptied, content("t", without(four, "20250103")), planner(), nil},
		"one of which nothing is known to be left is so": {
			gone, content("t", without(four, "20250103")), planner(), nil,
		},
		"one that was emptied and is back is loaded": {
			emptied, content("t", four), planner(), []string{"20250103: 20250103=a3"},
		},
		"a job of all names the vanished": {
			loaded(four), content("t", without(days(4, "b"), "20250103")), planner(),
			[]string{"all: 20250101=b1 20250102=b2 20250103=" + noRows + " 20250104=b4"},
		},
		"what is forced is loaded whatever its receipt says": {
			loaded(four), content("t", four), planner(forced), []string{"20250102: 20250102=a2"},
		},
		"what is forced in another table is not": {loaded(four), content("u", four), planner(forced), nil},
		"a receipt without a content hash counts for nothing": {
			receipts{"20250101": {LoadID: "x", Rows: 10}}, content("t", days(1, "a")), planner(),
			[]string{"20250101: 20250101=a1"},
		},
		// A table that was in one piece and is partitioned now: emptying its piece would empty it all.
		"a receipt of all of a partitioned table empties nothing": {
			and(loaded(four), "all"), content("t", four), planner(), nil,
		},
		"a receipt of a day of a table in one piece empties nothing": {
			and(receipts{"all": {LoadID: "x", Hash: "a", Rows: 10}}, "20250101"), onePiece("t", "a"), planner(), nil,
		},
		"no content and no past is no job": {nil, content("t", nil), planner(), nil},
		"a table in one piece that vanished is emptied": {
			receipts{"all": {LoadID: "x", Hash: "a", Rows: 10}}, warehouse.Content{Table: warehouse.Table{Name: "t"}},
			planner(), []string{"all: all=" + noRows},
		},
		"more than WholeAbove vanished partitions are emptied in one job": {
			loaded(four), content("t", nil), planner(),
			[]string{"all: 20250101=" + noRows + " 20250102=" + noRows + " 20250103=" + noRows + " 20250104=" + noRows},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, j := range plan(t, c.planner, c.past, c.content) {
				text := j.Partition + ":"
				var rows int64
				for _, p := range j.Parts {
					text += " " + p.Value + "=" + p.Hash
					rows += p.Rows
					if isEmpty := p.Hash == noRows; isEmpty != (p.Rows == 0) || isEmpty != (len(p.Games) == 0) && c.content.Table.Partition != "" {
						t.Errorf("%s brings %d rows of %v", text, p.Rows, p.Games)
					}
				}
				if got = append(got, text); j.Rows() != rows || j.Table.Name != c.content.Table.Name {
					t.Errorf("%s: %d rows for %s", text, j.Rows(), j.Table.Name)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("jobs\n%q\nwant\n%q", got, c.want)
			}
		})
	}
}

// and is receipts with one more, of ten rows.
func and(r receipts, value string) receipts {
	out := maps.Clone(r)
	out[value] = warehouse.Receipt{LoadID: "older", Hash: "older", Rows: 10}
	return out
}

// TestPlanBudget: more jobs than allowed are none, and as many as allowed are.
func TestPlanBudget(t *testing.T) {
	three, unchanged := content("t", days(3, "a")), content("idle", days(1, "a"))
	past := map[string]map[string]warehouse.Receipt{"idle": loaded(days(1, "a"))}
	for name, c := range map[string]struct {
		contents []warehouse.Content
		limits   warehouse.Limits
		spent    map[string]int64
		want     *warehouse.BudgetError
		text     string
	}{
		"as many as a run may": {
			[]warehouse.Content{three, onePiece("w", "a")}, warehouse.Limits{RunJobs: 4}, nil, nil, "",
		},
		"one more than a run may": {
			[]warehouse.Content{three, onePiece("w", "a")}, warehouse.Limits{RunJobs: 3}, nil,
			&warehouse.BudgetError{Jobs: 4, Most: 3},
			"the plan has 4 load jobs, more than the 3 that a run may start; nothing was loaded",
		},
		"as many as a table's day has": {
			[]warehouse.Content{three}, warehouse.Limits{TableDayJobs: 10}, map[string]int64{"t": 7}, nil, "",
		},
		"one more than that": {
			[]warehouse.Content{three}, warehouse.Limits{TableDayJobs: 10}, map[string]int64{"t": 8},
			&warehouse.BudgetError{Table: "t", Jobs: 11, Most: 10},
			"t would come to 11 load jobs within 24 hours, more than the 10 that are allowed; nothing was loaded",
		},
		"of another table": {
			[]warehouse.Content{three}, warehouse.Limits{TableDayJobs: 10}, map[string]int64{"w": 1000}, nil, "",
		},
		"without jobs nothing trips": {
			[]warehouse.Content{unchanged}, warehouse.Limits{TableDayJobs: 10, RunJobs: 1},
			map[string]int64{"idle": 11}, nil, "",
		},
		"0 is no limit": {[]warehouse.Content{three}, warehouse.Limits{}, map[string]int64{"t": 1 << 40}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := planner(func(p *warehouse.Planner) { p.Limits, p.Spent = c.limits, c.spent })
			jobs, err := p.Plan(c.contents, past)
			if c.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var budget *warehouse.BudgetError
			if !errors.As(err, &budget) || *budget != *c.want || err.Error() != c.text || jobs != nil {
				t.Errorf("%d jobs, %v; want %s", len(jobs), err, c.text)
			}
		})
	}
}

// TestPlanIDs: an id names target, content and past, and nothing else.
func TestPlanIDs(t *testing.T) {
	base := func() (warehouse.Planner, receipts, warehouse.Content) {
		return planner(), loaded(days(5, "a")), content("t", with(days(5, "a"), hashes{"20250101": "b"}))
	}
	whole := func() (warehouse.Planner, receipts, warehouse.Content) {
		return planner(), loaded(days(5, "a")), content("t", with(days(4, "b"), hashes{"20250105": "a5"}))
	}
	first := func() (warehouse.Planner, receipts, warehouse.Content) {
		return planner(), receipts{}, content("t", days(4, "a"))
	}
	elsewhere := func(p *warehouse.Planner, _ receipts, _ *warehouse.Content) {
		p.Target = func(table, partition string) string { return "p.other." + table + "/" + partition }
	}
	parent := func(value string) func(*warehouse.Planner, receipts, *warehouse.Content) {
		return func(_ *warehouse.Planner, past receipts, _ *warehouse.Content) {
			r := past[value]
			r.LoadID = "another"
			past[value] = r
		}
	}
	for name, c := range map[string]struct {
		from   func() (warehouse.Planner, receipts, warehouse.Content)
		change func(*warehouse.Planner, receipts, *warehouse.Content)
		same   bool
	}{
		"the same again": {base, func(*warehouse.Planner, receipts, *warehouse.Content) {}, true},
		"other target":   {base, elsewhere, false},
		"other content": {base, func(_ *warehouse.Planner, _ receipts, c *warehouse.Content) {
			c.Parts[0].Hash = "c"
		}, false},
		"other parent":                    {base, parent("20250101"), false},
		"other load of another partition": {base, parent("20250102"), true},
		"no parent": {
			base, func(_ *warehouse.Planner, past receipts, _ *warehouse.Content) { delete(past, "20250101") }, false,
		},
		"content and parent run together": {base, func(_ *warehouse.Planner, past receipts, c *warehouse.Content) {
			c.Parts[0].Hash, past["20250101"] = "bl", warehouse.Receipt{LoadID: "oad-of-20250101", Hash: "a1", Rows: 10}
		}, false},
		"whole, the same rows on another day": {first, func(_ *warehouse.Planner, _ receipts, c *warehouse.Content) {
			c.Parts[3].Value = "20250105"
		}, false},
		"other table": {
			base, func(_ *warehouse.Planner, _ receipts, c *warehouse.Content) { c.Table.Name = "t2" }, false,
		},
		"other columns": {
			base, func(_ *warehouse.Planner, _ receipts, c *warehouse.Content) { c.Table.Doc = "x" }, true,
		},
		"whole, the same again":            {whole, func(*warehouse.Planner, receipts, *warehouse.Content) {}, true},
		"whole, other target":              {whole, elsewhere, false},
		"whole, other parent of one":       {whole, parent("20250102"), false},
		"whole, other parent of untouched": {whole, parent("20250105"), false},
		"whole, other content of one": {whole, func(_ *warehouse.Planner, _ receipts, c *warehouse.Content) {
			c.Parts[3].Hash = "c"
		}, false},
		"whole, one has vanished before": {whole, func(_ *warehouse.Planner, past receipts, _ *warehouse.Content) {
			past["20241231"] = warehouse.Receipt{LoadID: "emptied", Hash: noRows}
		}, false},
		"whole, contents of two exchanged": {whole, func(_ *warehouse.Planner, _ receipts, c *warehouse.Content) {
			c.Parts[0].Hash, c.Parts[1].Hash = c.Parts[1].Hash, c.Parts[0].Hash
		}, false},
		"whole, loads of two exchanged": {whole, func(_ *warehouse.Planner, past receipts, _ *warehouse.Content) {
			past["20250101"], past["20250102"] = past["20250102"], past["20250101"]
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, past, content := c.from()
			first := plan(t, p, past, content)
			p, past, content = c.from()
			c.change(&p, past, &content)
			past = maps.Clone(past)
			second, err := p.Plan([]warehouse.Content{content}, map[string]map[string]warehouse.Receipt{"t": past, "t2": past})
			if err != nil || len(first) != 1 || len(second) != 1 {
				t.Fatalf("%d and %d jobs, %v", len(first), len(second), err)
			}
			if same := first[0].ID == second[0].ID; same != c.same {
				t.Errorf("%s, then %s", first[0].ID, second[0].ID)
			}
		})
	}
}

// TestPlanThereAndBack: content that comes back after another is a load of its own.
func TestPlanThereAndBack(t *testing.T) {
	past, seen := receipts{}, map[string]bool{}
	for _, hash := range []string{"a", "b", "a"} {
		jobs := plan(t, planner(), past, content("t", hashes{"20250101": hash}))
		if len(jobs) != 1 || jobs[0].Parent != past["20250101"].LoadID {
			t.Fatalf("%s: %+v", hash, jobs)
		}
		seen[jobs[0].ID] = true
		past["20250101"] = warehouse.Receipt{LoadID: jobs[0].ID, Hash: hash, Rows: 10}
	}
	if len(seen) != 3 {
		t.Errorf("three loads have the ids %v", seen)
	}
}

// TestPlanOrder: jobs come in order of tables and partitions, the same whatever
// order the parts and the receipts have.
func TestPlanOrder(t *testing.T) {
	contents := []warehouse.Content{content("z", days(2, "a")), content("b", days(6, "b")), onePiece("a", "a")}
	past := map[string]map[string]warehouse.Receipt{"z": {"20241230": {LoadID: "old", Hash: "x", Rows: 1}}, "b": loaded(days(5, "a"))}
	var first []warehouse.Job
	for range 50 {
		for i := range contents {
			c := &contents[i]
			c.Parts = slices.Clone(c.Parts)
			rand.Shuffle(len(c.Parts), func(i, j int) { c.Parts[i], c.Parts[j] = c.Parts[j], c.Parts[i] })
		}
		jobs, err := planner().Plan(contents, map[string]map[string]warehouse.Receipt{"z": maps.Clone(past["z"]), "b": maps.Clone(past["b"])})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = jobs
		}
		if !reflect.DeepEqual(jobs, first) {
			t.Fatalf("now\n%v\nbefore\n%v", jobs, first)
		}
	}
	var got []string
	for _, j := range first {
		got = append(got, j.Table.Name+"/"+j.Partition)
	}
	if want := []string{"z/20241230", "z/20250101", "z/20250102", "b/all", "a/all"}; !slices.Equal(got, want) {
		t.Errorf("in the order %v", got)
	}
}

// A pretended warehouse holds contents and truncates as its loads say; it has
// the receipts of its own loads.
type pretended struct {
	holds    hashes
	receipts receipts
}

func (w *pretended) load(j warehouse.Job) {
	if j.Partition == warehouse.All {
		w.holds = hashes{}
	}
	for _, p := range j.Parts {
		if w.receipts[p.Value] = (warehouse.Receipt{LoadID: j.ID, Hash: p.Hash, Rows: p.Rows}); p.Rows > 0 {
			w.holds[p.Value] = p.Hash
		} else {
			delete(w.holds, p.Value)
		}
	}
}

var jobForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,200}$`)

// TestPlanAnySequence: whatever contents come one after the other, and wherever
// runs break off, the warehouse holds the last content after a plan is carried
// out, with no job to do, and no id names two different loads.
func TestPlanAnySequence(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		p := planner(func(p *warehouse.Planner) {
			p.Limits = warehouse.Limits{WholeAbove: random.IntN(4), WholeMost: 4 + random.IntN(6), RunJobs: 8}
		})
		w := &pretended{hashes{}, receipts{}}
		named := map[string]string{} // id to what its load does
		for range 12 {
			want := hashes{}
			for _, value := range slices.Sorted(maps.Keys(days(8, ""))) {
				if n := random.IntN(4); n > 0 {
					want[value] = fmt.Sprint("content ", n)
				}
			}
			jobs := plan(t, p, w.receipts, content("table_of_days", want))
			if len(jobs) > p.Limits.RunJobs {
				t.Fatalf("seed %d: %d jobs", seed, len(jobs))
			}
			if random.IntN(4) == 0 { // killed before the end; what is not loaded is planned again
				jobs = jobs[:random.IntN(len(jobs)+1)]
			}
			for _, j := range jobs {
				does := fmt.Sprint(j.Partition, j.Parts, "after", past(w, j))
				if before, used := named[j.ID]; used && before != does || !jobForm.MatchString(j.ID) {
					t.Fatalf("seed %d: %s names %s and %s", seed, j.ID, before, does)
				}
				named[j.ID] = does
				w.load(j)
			}
			rest := plan(t, p, w.receipts, content("table_of_days", want))
			for _, j := range rest {
				w.load(j)
			}
			if !maps.Equal(w.holds, want) {
				t.Fatalf("seed %d: it holds %v, want %v", seed, w.holds, want)
			}
			if again := plan(t, p, w.receipts, content("table_of_days", want)); len(again) > 0 {
				t.Fatalf("seed %d: %d jobs for what is there", seed, len(again))
			}
		}
	}
}

// past are the loads whose rows a job replaces.
func past(w *pretended, j warehouse.Job) string {
	if j.Partition == warehouse.All {
		return fmt.Sprint(w.receipts)
	}
	return w.receipts[j.Partition].LoadID
}
