package bq_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/bq"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/warehouse"
	"sourcecov/sync/warehouse/warehousetest"
)

// threeDays is a place with the partitions of 1 to 3 January, of 1, 2 and 0 rows,
// and a table in one piece of 1 row.
func threeDays(t *testing.T) place {
	t.Helper()
	p := made(t, false)
	for _, l := range []warehouse.Load{
		warehousetest.Load(t, warehousetest.Games, "20250101", "sourcecov-1", warehousetest.Row("2025-01-01", "a", 1)),
		warehousetest.Load(t, warehousetest.Games, "20250102", "sourcecov-2",
			warehousetest.Row("2025-01-02", "b", 2), warehousetest.Row("2025-01-02", "c", 3)),
		warehousetest.Load(t, warehousetest.Games, "20250103", "sourcecov-3"),
		warehousetest.Load(t, warehousetest.Whole, warehouse.All, "sourcecov-4",
			warehousetest.Row("2025-01-01", "a", 1)),
	} {
		if _, err := p.Load(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	p.server.ClearRequests()
	return p
}

// TestMissing: what is gone is told after one look at the table and, only if its
// rows are not as many as receipts say, one look at each partition.
func TestMissing(t *testing.T) {
	del := func(name string) func(*testing.T, place) {
		return func(t *testing.T, p place) {
			if err := p.client(t).Table(name).Delete(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	stream := func(rows int64) func(*testing.T, place) {
		return func(t *testing.T, p place) {
			if err := p.server.Stream("d", "games", rows, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	load := func(partition string, rows ...string) func(*testing.T, place) {
		return func(t *testing.T, p place) {
			if _, err := p.Load(t.Context(), warehousetest.Load(t, warehousetest.Games, partition, "sourcecov-x", rows...)); err != nil {
				t.Fatal(err)
			}
		}
	}
	receipts, whole := map[string]int64{"20250101": 1, "20250102": 2, "20250103": 0}, map[string]int64{"all": 1}
	none := func(*testing.T, place) {}
	for name, c := range map[string]struct {
		change func(*testing.T, place)
		table  warehouse.Table
		want   map[string]int64
		is     []string
		looks  int
	}{
		"all is there":            {none, warehousetest.Games, receipts, nil, 1},
		"nothing is wanted":       {none, warehousetest.Games, nil, nil, 0},
		"a partition was deleted": {del("games$20250102"), warehousetest.Games, receipts, []string{"20250102"}, 4},
		"the table was deleted": {
			del("games"), warehousetest.Games, receipts, []string{"20250101", "20250102", "20250103"}, 1,
		},
		"rows being streamed are not counted": {stream(5), warehousetest.Games, receipts, nil, 1},
		"rows being streamed make up for none": {
			func(t *testing.T, p place) { del("games$20250101")(t, p); stream(1)(t, p) }, warehousetest.Games, receipts,
			[]string{"20250101"}, 4,
		},
		"rows were added to a partition": {
			load("20250101", warehousetest.Row("2025-01-01", "x", 1), warehousetest.Row("2025-01-01", "y", 1)),
			warehousetest.Games, receipts, []string{"20250101"}, 4,
		},
		"rows were added to an emptied one": {
			load("20250103", warehousetest.Row("2025-01-03", "x", 1)), warehousetest.Games, receipts,
			[]string{"20250103"}, 4,
		},
		"a partition is there without a receipt": {
			load("20250109", warehousetest.Row("2025-01-09", "x", 1)), warehousetest.Games, receipts, nil, 4,
		},
		"the table was emptied": {
			func(t *testing.T, p place) { del("games")(t, p); p.with(t, tables, nil) }, warehousetest.Games, receipts,
			[]string{"20250101", "20250102"}, 1,
		},
		"a table in one piece is there":    {none, warehousetest.Whole, whole, nil, 1},
		"a table in one piece was deleted": {del("whole"), warehousetest.Whole, whole, []string{"all"}, 1},
		"a table in one piece has other rows": {
			none, warehousetest.Whole, map[string]int64{"all": 2}, []string{"all"}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := threeDays(t)
			c.change(t, p)
			p.server.ClearRequests()
			got, err := p.Missing(t.Context(), c.table, c.want)
			if err != nil || !slices.Equal(got, c.is) {
				t.Errorf("Missing = %v, %v; want %v", got, err, c.is)
			}
			if n := p.server.Count("tables.get"); n != c.looks || n != len(p.server.Requests()) {
				t.Errorf("%d looks, want %d, of the requests %v", n, c.looks, p.server.Requests())
			}
		})
	}
}

// TestCounts: however often it is asked about a table that differs, each of its
// partitions is looked at once, until the table is another.
func TestCounts(t *testing.T) {
	p := threeDays(t)
	if err := p.client(t).Table("games$20250102").Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask := func(missing []string, strays int) {
		t.Helper()
		p.server.ClearRequests()
		want := map[string]int64{"20250101": 1, "20250102": 2, "20250103": 0}
		for range 2 {
			got, err := p.Missing(t.Context(), warehousetest.Games, want)
			if err != nil || !slices.Equal(got, missing) {
				t.Errorf("Missing = %v, %v; want %v", got, err, missing)
			}
			if got, err := p.Strays(t.Context(), warehousetest.Games, want); err != nil || len(got) != strays {
				t.Errorf("Strays = %v, %v", got, err)
			}
		}
		for partition := range want {
			looks := 0
			for _, r := range p.server.Requests() {
				if r.Table == "d.games$"+partition {
					looks++
				}
			}
			if looks != 1 {
				t.Errorf("%d looks at %s", looks, partition)
			}
		}
	}
	ask([]string{"20250102"}, 0)
	for i, partition := range []string{"20250102", "20250109"} { // 20250102 has one row of two, the other no receipt
		date := partition[:4] + "-" + partition[4:6] + "-" + partition[6:]
		load := warehousetest.Load(t, warehousetest.Games, partition, fmt.Sprint("sourcecov-x", i), warehousetest.Row(date, "x", 1))
		if _, err := p.Load(t.Context(), load); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.client(t).Table("games$20250101").Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask([]string{"20250101", "20250102"}, 1)
}

// TestMissingUnsure: what cannot be looked at is not told as missing, and not as there.
func TestMissingUnsure(t *testing.T) {
	for name, table := range map[string]string{"table": "d.games", "partition": "d.games$20250102"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := threeDays(t)
			w := p.open(t, func(o *bq.Options) { o.Attempts, o.Call = 2, 300*time.Millisecond })
			p.server.Inject(bqtest.Fault{Call: "tables.get", Table: table, Do: bqtest.Status503Before})
			want := map[string]int64{"20250101": 1, "20250102": 5}
			if got, err := w.Missing(t.Context(), warehousetest.Games, want); !errors.Is(err, warehouse.ErrTemporary) || got != nil {
				t.Errorf("503: %v, %v", got, err)
			}
			for _, answer := range []bqtest.Kind{bqtest.HTMLAfter, bqtest.HTML404, bqtest.Empty404, bqtest.HalfAnswer} {
				p.server.ClearFaults()
				p.server.Inject(bqtest.Fault{Call: "tables.get", Table: table, Do: answer})
				if got, err := w.Missing(t.Context(), warehousetest.Games, want); !errors.Is(err, warehouse.ErrTemporary) || got != nil {
					t.Errorf("%s: %v, %v", answer, got, err)
				}
			}
			p.server.ClearFaults()
			p.server.Inject(bqtest.Fault{Call: "tables.get", Table: table, Do: bqtest.AccessDenied403})
			var setup *warehouse.SetupError
			if got, err := w.Missing(t.Context(), warehousetest.Games, want); !errors.As(err, &setup) || got != nil || !strings.Contains(err.Error(), "look at test."+table) {
				t.Errorf("403: %v, %v", got, err)
			}
		})
	}
}

// TestStreaming: whether somebody streams rows into a table, in whatever dataset.
func TestStreaming(t *testing.T) {
	p := made(t, false)
	if _, err := p.Load(t.Context(), one(t, "sourcecov-1", "a")); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Streaming(t.Context(), "d", "games"); err != nil || got != (bq.Streaming{Exists: true}) {
		t.Errorf("without a buffer: %+v, %v", got, err)
	}
	oldest := time.Date(2025, 1, 1, 3, 4, 5, 0, time.FixedZone("CET", 3600))
	if err := p.server.Stream("d", "games", 12, oldest); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Streaming(t.Context(), "d", "games"); err != nil || got != (bq.Streaming{Exists: true, Rows: 12, Oldest: oldest.UTC()}) {
		t.Errorf("with a buffer: %+v, %v", got, err)
	}
	for _, name := range []string{"d.never_made", "never_made.games"} {
		dataset, table, _ := strings.Cut(name, ".")
		if got, err := p.Streaming(t.Context(), dataset, table); err != nil || got != (bq.Streaming{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	p.server.Deny("bigquery.tables.get")
	var setup *warehouse.SetupError
	if _, err := p.Streaming(t.Context(), "d", "games"); !errors.As(err, &setup) || !strings.Contains(err.Error(), "look at test.d.games") {
		t.Errorf("refused: %v", err)
	}
}

// TestLacking: the permissions that are lacking are told in the order asked for.
func TestLacking(t *testing.T) {
	p := made(t, false)
	ask := []string{"bigquery.tables.updateData", "bigquery.tables.get", "bigquery.tables.update"}
	if got, err := p.Lacking(t.Context(), "games", ask); err != nil || got != nil {
		t.Errorf("nothing is lacking: %v, %v", got, err)
	}
	p.server.Deny("bigquery.tables.update", "bigquery.tables.updateData")
	if got, err := p.Lacking(t.Context(), "games", ask); err != nil || !slices.Equal(got, []string{ask[0], ask[2]}) {
		t.Errorf("two are lacking: %v, %v", got, err)
	}
	p.server.Deny("bigquery.tables.get")
	if got, err := p.Lacking(t.Context(), "games", ask); err != nil || !slices.Equal(got, ask) {
		t.Errorf("all are lacking: %v, %v", got, err)
	}
	var setup *warehouse.SetupError
	if _, err := p.Lacking(t.Context(), "never_made", ask); !errors.As(err, &setup) || !strings.Contains(setup.Next, "sourcecov migrate") {
		t.Errorf("of a table that is not there: %v", err)
	}
}

// TestPreflightLooks: a table that somebody streams into is no matter of Preflight.
func TestPreflightLooks(t *testing.T) {
	p := made(t, false)
	if err := p.server.Stream("d", "games", 12, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := p.Preflight(t.Context(), tables); err != nil {
		t.Error(err)
	}
}

// TestMeanwhile: what others do to a table between the look and the load is told
// as what it is, and takes nothing from what lies beside it.
func TestMeanwhile(t *testing.T) {
	retype := func(md *bigquery.TableMetadata) { field(md.Schema, "n").Type = bigquery.StringFieldType }
	for name, c := range map[string]struct {
		change func(t *testing.T, d *bigquery.Dataset)
		says   []string
	}{
		"table deleted": {func(t *testing.T, d *bigquery.Dataset) {
			if err := d.Table("games").Delete(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, []string{"load games$20250102", "notFound", "test:d.games"}},
		"column of another type": {
			func(t *testing.T, d *bigquery.Dataset) { remake(t, d, "games", retype) },
			[]string{"load games$20250102", "invalid", "Field n has changed type from STRING to INTEGER"},
		},
		"column taken away": {func(t *testing.T, d *bigquery.Dataset) {
			remake(t, d, "games", func(md *bigquery.TableMetadata) { md.Schema = without(md.Schema, "n") })
		}, []string{"load games$20250102", "field: n"}},
		"column added": {func(t *testing.T, d *bigquery.Dataset) {
			remake(t, d, "games", func(md *bigquery.TableMetadata) {
				md.Schema = append(md.Schema, &bigquery.FieldSchema{Name: "theirs", Type: bigquery.StringFieldType})
			})
		}, []string{"load games$20250102", "theirs"}},
		"no partitions any more": {func(t *testing.T, d *bigquery.Dataset) {
			remake(t, d, "games", func(md *bigquery.TableMetadata) { md.TimePartitioning, md.RequirePartitionFilter = nil, false })
		}, []string{"load games$20250102", "not partitioned"}},
		"a view in its place": {func(t *testing.T, d *bigquery.Dataset) {
			remake(t, d, "games", func(md *bigquery.TableMetadata) { *md = bigquery.TableMetadata{ViewQuery: "SELECT 1"} })
		}, []string{"load games$20250102", "VIEW"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := threeDays(t)
			if err := p.Preflight(t.Context(), tables); err != nil {
				t.Fatal(err)
			}
			c.change(t, p.client(t))
			p.server.ClearRequests()
			load := warehousetest.Load(t, warehousetest.Games, "20250102", "sourcecov-5", warehousetest.Row("2025-01-02", "d", 4))
			_, err := p.Load(t.Context(), load)
			var failed *bq.JobError
			if !errors.As(err, &failed) || errors.Is(err, warehouse.ErrTemporary) {
				t.Fatalf("Load = %v", err)
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%v does not say %q", err, text)
				}
			}
			if n := p.server.Count("jobs.insert"); n != 1 {
				t.Errorf("%d jobs for what no job can mend", n)
			}
			if got := p.rows(t, "whole"); len(got) != 1 {
				t.Errorf("the table beside it holds %v", got)
			}
			if o, err := p.Find(t.Context(), load); err != nil || o.Status != warehouse.Failed {
				t.Errorf("Find = %+v, %v", o, err)
			}
			var setup *warehouse.SetupError
			if err := p.Preflight(t.Context(), tables); !errors.As(err, &setup) {
				t.Errorf("the next Preflight = %v", err)
			}
		})
	}
	t.Run("dataset deleted", func(t *testing.T) {
		t.Parallel()
		p := threeDays(t)
		if err := p.client(t).DeleteWithContents(t.Context()); err != nil {
			t.Fatal(err)
		}
		var setup *warehouse.SetupError
		if _, err := p.Load(t.Context(), one(t, "sourcecov-5", "d")); !errors.As(err, &setup) || !strings.Contains(setup.Next, "sourcecov migrate") {
			t.Errorf("Load = %v", err)
		}
	})
}
