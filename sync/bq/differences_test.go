package bq_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/bq"
	"sourcecov/sync/gcs"
	"sourcecov/sync/warehouse"
)

// A kind of difference is what becomes of it.
type kind int

const (
	refused  kind = iota // Preflight and Apply refuse it
	added                // Preflight refuses it, Apply brings it about
	cosmetic             // Preflight allows it, Apply brings it about
)

// TestDifferences: each thing that can be other than it must is told by itself,
// and refused, added or mended for its looks. What is refused changes nothing.
func TestDifferences(t *testing.T) {
	table := func(name string, change func(*bigquery.TableMetadata)) func(*testing.T, place, *bigquery.Dataset) {
		return func(t *testing.T, _ place, d *bigquery.Dataset) { remake(t, d, name, change) }
	}
	with := func(path string, change func(*bigquery.FieldSchema)) func(*testing.T, place, *bigquery.Dataset) {
		return table("every", func(md *bigquery.TableMetadata) { change(field(md.Schema, path)) })
	}
	lacking := func(path string) func(*testing.T, place, *bigquery.Dataset) {
		return table("every", func(md *bigquery.TableMetadata) {
			md.Clustering.Fields = []string{"name"} // of n there may be none
			md.Schema = without(md.Schema, path)
		})
	}
	dataset := func(change bigquery.DatasetMetadataToUpdate) func(*testing.T, place, *bigquery.Dataset) {
		return func(t *testing.T, _ place, d *bigquery.Dataset) {
			if _, err := d.Update(t.Context(), change, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	extra := &bigquery.FieldSchema{Name: "added_by_hand", Type: bigquery.IntegerFieldType}
	clusters := "every: wanted clustering by name, n, there is clustering by name"
	for name, c := range map[string]struct {
		change func(*testing.T, place, *bigquery.Dataset)
		kind   kind
		want   []string // the last one is of the kind, others are cosmetic
	}{
		"table missing": {func(t *testing.T, _ place, d *bigquery.Dataset) {
			if err := d.Table("plain").Delete(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, added, []string{"plain: wanted a table of 2 columns, no partitions, no clustering, there is nothing"}},
		"column missing": {lacking("n"), added, []string{clusters, "every.n: wanted INTEGER, there is no such column"}},
		"nested column missing": {
			lacking("deep.inside.b"), added,
			[]string{clusters, "every.deep.inside.b: wanted INTEGER, there is no such column"},
		},
		"field of a list missing": {
			lacking("tries.score"), added,
			[]string{clusters, "every.tries.score: wanted NUMERIC, there is no such column"},
		},
		"record missing": {
			lacking("deep"), added, []string{clusters, "every.deep: wanted RECORD, there is no such column"},
		},
		"column too many": {
			table("every", func(md *bigquery.TableMetadata) { md.Schema = append(md.Schema, extra) }), refused,
			[]string{"every.added_by_hand: wanted no such column, there is INTEGER"},
		},
		"nested column too many": {
			with("deep.inside", func(f *bigquery.FieldSchema) { f.Schema = append(f.Schema, extra) }), refused,
			[]string{"every.deep.inside.added_by_hand: wanted no such column, there is INTEGER"},
		},
		"other type": {
			with("n", func(f *bigquery.FieldSchema) { f.Type = bigquery.StringFieldType }), refused,
			[]string{"every.n: wanted INTEGER, there is STRING"},
		},
		"other type nested": {
			with("tries.score", func(f *bigquery.FieldSchema) { f.Type = bigquery.FloatFieldType }), refused,
			[]string{"every.tries.score: wanted NUMERIC, there is FLOAT"},
		},
		"a wider decimal": {
			with("score", func(f *bigquery.FieldSchema) { f.Type = bigquery.BigNumericFieldType }), refused,
			[]string{"every.score: wanted NUMERIC, there is BIGNUMERIC"},
		},
		"a wall clock for an instant": {
			with("at", func(f *bigquery.FieldSchema) { f.Type = bigquery.DateTimeFieldType }), refused,
			[]string{"every.at: wanted TIMESTAMP, there is DATETIME"},
		},
		"a list where none is wanted": {
			with("x", func(f *bigquery.FieldSchema) { f.Repeated = true }), refused,
			[]string{"every.x: wanted FLOAT, there is REPEATED FLOAT"},
		},
		"no list where one is wanted": {
			with("tags", func(f *bigquery.FieldSchema) { f.Repeated = false }), refused,
			[]string{"every.tags: wanted REPEATED STRING, there is STRING"},
		},
		"required": {
			with("x", func(f *bigquery.FieldSchema) { f.Required = true }), added,
			[]string{"every.x: wanted FLOAT, there is REQUIRED FLOAT"},
		},
		"required nested": {
			with("deep.d", func(f *bigquery.FieldSchema) { f.Required = true }), added,
			[]string{"every.deep.d: wanted DATE, there is REQUIRED DATE"},
		},
		"required, of the partition": {
			with("day", func(f *bigquery.FieldSchema) { f.Required = true }), added,
			[]string{"every.day: wanted DATE, there is REQUIRED DATE"},
		},
		"required and of another type": {
			with("x", func(f *bigquery.FieldSchema) { f.Required, f.Type = true, bigquery.StringFieldType }), refused,
			[]string{"every.x: wanted FLOAT, there is REQUIRED STRING"},
		},
		"description": {
			table("plain", func(md *bigquery.TableMetadata) { md.Description = "old" }), cosmetic,
			[]string{`plain: wanted description "A table in one piece.", there is "old"`},
		},
		"description of a column": {
			with("n", func(f *bigquery.FieldSchema) { f.Description = "old" }), cosmetic,
			[]string{`every.n: wanted description "meaning of n", there is "old"`},
		},
		"description of a field": {
			with("tries.source", func(f *bigquery.FieldSchema) { f.Description = "" }), cosmetic,
			[]string{`every.tries.source: wanted description "meaning of tries.source", there is ""`},
		},
		"label": {
			table("plain", func(md *bigquery.TableMetadata) { md.Labels = map[string]string{"team": "x"} }), cosmetic,
			[]string{"plain: wanted label managed-by:sourcecov, there is none"},
		},
		"other clustering": {
			table("every", func(md *bigquery.TableMetadata) { md.Clustering.Fields = []string{"n", "name"} }), cosmetic,
			[]string{"every: wanted clustering by name, n, there is clustering by n, name"},
		},
		"no clustering": {
			table("every", func(md *bigquery.TableMetadata) { md.Clustering = nil }), cosmetic,
			[]string{"every: wanted clustering by name, n, there is no clustering"},
		},
		"clustering that is not wanted": {table("plain", func(md *bigquery.TableMetadata) {
			md.Clustering = &bigquery.Clustering{Fields: []string{"name"}}
		}), cosmetic, []string{"plain: wanted no clustering, there is clustering by name"}},
		"partitions by another column": {
			table("every", func(md *bigquery.TableMetadata) { md.TimePartitioning.Field = "at" }), refused,
			[]string{"every: wanted partitions by DAY of day, there is partitions by DAY of at"},
		},
		"partitions by month": {
			table("every", func(md *bigquery.TableMetadata) {
				md.TimePartitioning.Type = bigquery.MonthPartitioningType
			}),
			refused, []string{"every: wanted partitions by DAY of day, there is partitions by MONTH of day"},
		},
		"no partitions": {
			table("every", func(md *bigquery.TableMetadata) {
				md.TimePartitioning, md.RequirePartitionFilter = nil, false
			}),
			refused,
			[]string{
				"every: wanted a partition filter is required, there is no partition filter is required",
				"every: wanted partitions by DAY of day, there is no partitions",
			},
		},
		"partitions that are not wanted": {
			table("plain", func(md *bigquery.TableMetadata) {
				md.TimePartitioning = &bigquery.TimePartitioning{Field: "day"}
			}),
			refused, []string{"plain: wanted no partitions, there is partitions by DAY of day"},
		},
		"partitions that vanish": {
			table("every", func(md *bigquery.TableMetadata) { md.TimePartitioning.Expiration = 24 * time.Hour }),
			refused,
			[]string{
				"every: wanted no partition expiration: dates older than that would vanish, " +
					"and the load would say that it succeeded, there is one of 24h0m0s",
			},
		},
		"a table that vanishes": {table("plain", func(md *bigquery.TableMetadata) {
			md.ExpirationTime = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
		}), refused, []string{"plain: wanted no expiration, there is one at 2100-01-01T00:00:00Z"}},
		"no partition filter": {
			table("every", func(md *bigquery.TableMetadata) { md.RequirePartitionFilter = false }), cosmetic,
			[]string{"every: wanted a partition filter is required, there is no partition filter is required"},
		},
		"new partitions that would vanish": {
			dataset(bigquery.DatasetMetadataToUpdate{DefaultPartitionExpiration: 60 * 24 * time.Hour}), refused,
			[]string{
				"dataset d: wanted no default partition expiration: games older than that would vanish, " +
					"and the loads would say that they succeeded, there is one of 1440h0m0s",
			},
		},
		"new tables that would vanish": {
			dataset(bigquery.DatasetMetadataToUpdate{DefaultTableExpiration: 60 * 24 * time.Hour}), refused,
			[]string{"dataset d: wanted no default table expiration, there is one of 1440h0m0s"},
		},
		"a view where a table is wanted": {
			table("plain", func(md *bigquery.TableMetadata) { *md = bigquery.TableMetadata{ViewQuery: "SELECT 1"} }),
			refused, []string{"plain: wanted a table, there is view"},
		},
		"columns in another order are none": {
			table("plain", func(md *bigquery.TableMetadata) {
				md.Schema[0], md.Schema[1] = md.Schema[1], md.Schema[0]
			}),
			cosmetic, nil,
		},
		"column names in capitals are none": {
			table("plain", func(md *bigquery.TableMetadata) { md.Schema[0].Name = "NAME" }), cosmetic, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := applied(t)
			c.change(t, p, p.client(t))
			p.server.ClearRequests()
			p.differs(t, c.kind, c.want)
		})
	}
}

// differs holds Compare, Preflight and Apply to a list of differences, the last
// of which is of the kind.
func (p place) differs(t *testing.T, k kind, want []string) {
	t.Helper()
	got, err := p.Compare(t.Context(), both, view)
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]kind{}
	for i, w := range want {
		if left[w] = cosmetic; i == len(want)-1 {
			left[w] = k
		}
	}
	for _, d := range got {
		is := refused
		if d.Additive {
			is = added
		}
		if d.Cosmetic {
			is = cosmetic
		}
		if k, isWanted := left[d.String()]; !isWanted || k != is || d.Cosmetic && k == cosmetic && !d.Additive {
			t.Errorf("told as %+v", d)
		}
		delete(left, d.String())
	}
	if len(left) > 0 {
		t.Errorf("not told: %v; told is %v", left, got)
	}
	var setup *warehouse.SetupError
	switch err := p.Preflight(t.Context(), both); {
	case k == cosmetic:
		if err != nil {
			t.Errorf("Preflight = %v", err)
		}
	case !errors.As(err, &setup) || len(setup.Differences) != 1 || setup.Differences[0].String() != want[len(want)-1] || setup.Warehouse != "bq:test.d":
		t.Errorf("Preflight = %v", err)
	case strings.Contains(setup.Next, "--apply") != (k == added) || strings.Contains(setup.Next, "by hand") != (k == refused):
		t.Errorf("Preflight advises %q", setup.Next)
	}
	if got := changes(p.server); len(got) > 0 {
		t.Errorf("to look, it asked for %v", got)
	}
	p.applies(t, k, got)
}

// applies brings differences about, or sees that nothing is changed if one of them is refused.
func (p place) applies(t *testing.T, k kind, differences []warehouse.Difference) {
	t.Helper()
	done, err := p.Apply(t.Context(), both, view)
	if k == refused {
		var setup *warehouse.SetupError
		if !errors.As(err, &setup) || !strings.Contains(setup.Next, "by hand") || done != nil {
			t.Errorf("Apply = %v, %v", done, err)
		}
		if got := changes(p.server); len(got) > 0 {
			t.Errorf("what is refused has changed %v", got)
		}
		return
	}
	if err != nil || !reflect.DeepEqual(done, differences) {
		t.Errorf("Apply = %v, %v; want %v", done, err, differences)
	}
	if len(differences) > 0 == (len(changes(p.server)) == 0) {
		t.Errorf("for %v it asked for %v", differences, changes(p.server))
	}
	p.isApplied(t)
}

// isApplied is that there is no difference any more, and nothing to do.
func (p place) isApplied(t *testing.T) {
	t.Helper()
	p.server.ClearRequests()
	if got, err := p.Compare(t.Context(), both, view); err != nil || len(got) > 0 {
		t.Errorf("afterwards it differs in %v, %v", got, err)
	}
	if got, err := p.Apply(t.Context(), both, view); err != nil || len(got) > 0 {
		t.Errorf("Apply again = %v, %v", got, err)
	}
	if got := changes(p.server); len(got) > 0 {
		t.Errorf("the second Apply asked for %v", got)
	}
}

// TestViewDifferences: the same of views, without which loads are right in any case.
func TestViewDifferences(t *testing.T) {
	query := "recent: wanted the query of sql/view/recent.sql, there is another"
	for name, c := range map[string]struct {
		change func(*testing.T, *bigquery.Dataset)
		kind   kind
		want   string
	}{
		"missing": {func(t *testing.T, d *bigquery.Dataset) {
			if err := d.Table("recent").Delete(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, cosmetic, "recent: wanted a view, there is nothing"},
		"another query": {func(t *testing.T, d *bigquery.Dataset) {
			remake(t, d, "recent", func(md *bigquery.TableMetadata) { md.ViewQuery = "SELECT 1" })
		}, cosmetic, query},
		"the query of another dialect": {func(t *testing.T, d *bigquery.Dataset) {
			remake(t, d, "recent", func(md *bigquery.TableMetadata) { md.UseLegacySQL = true })
		}, cosmetic, query},
		"description": {func(t *testing.T, d *bigquery.Dataset) {
			remake(t, d, "recent", func(md *bigquery.TableMetadata) { md.Description = "" })
		}, cosmetic, `recent: wanted description "A question.", there is ""`},
		"a table where a view is wanted": {func(t *testing.T, d *bigquery.Dataset) {
			remake(t, d, "recent", func(md *bigquery.TableMetadata) {
				*md = bigquery.TableMetadata{Schema: bigquery.Schema{{Name: "x", Type: bigquery.StringFieldType}}}
			})
		}, refused, "recent: wanted a view, there is table"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := applied(t)
			c.change(t, p.client(t))
			p.server.ClearRequests()
			got, err := p.Compare(t.Context(), both, view)
			if err != nil || len(got) != 1 || got[0].String() != c.want || !got[0].Cosmetic || got[0].Additive != (c.kind == cosmetic) {
				t.Errorf("Compare = %+v, %v", got, err)
			}
			p.applies(t, c.kind, got)
		})
	}
}

// TestLocations: a dataset elsewhere than wanted, and a staging bucket too far
// from it, are refused, be the dataset there or yet to be made.
func TestLocations(t *testing.T) {
	for name, c := range map[string]struct {
		has, wanted, bucket string
		want                string
	}{
		"where it is wanted": {"EU", "eu", "", ""},
		"wherever it is":     {"EU", "", "", ""},
		"elsewhere":          {"US", "EU", "", "dataset d: wanted location EU, there is US"},
		"bucket beside it":   {"EU", "", "EUROPE-WEST1", ""},
		"bucket elsewhere": {
			"EU", "", "US", "staging bucket: wanted a location that loads into EU, there is US",
		},
		"bucket where the dataset is to be": {"", "EU", "EU", ""},
		"bucket where it is not to be": {
			"", "", "EU", "staging bucket: wanted a location that loads into US, there is EU",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := empty(t, true, func(o *bq.Options) { o.Stage = nil })
			if c.has != "" {
				if err := p.client(t).Create(t.Context(), &bigquery.DatasetMetadata{Location: c.has}); err != nil {
					t.Fatal(err)
				}
			}
			p.server.ClearRequests()
			w := p.open(t, func(o *bq.Options) {
				if o.Location, o.Stage = c.wanted, nil; c.bucket == "" {
					return
				}
				p.cloud.CreateBucket("far", c.bucket)
				client, err := gcs.Open(t.Context(), gcs.Options{Endpoint: p.cloud.Endpoint()})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { client.Close() })
				o.Stage = client.Stage("far", "in")
			})
			_, err := w.Apply(t.Context(), both, view)
			var setup *warehouse.SetupError
			switch {
			case c.want == "":
				if err != nil || w.Preflight(t.Context(), both) != nil {
					t.Error(err)
				}
			case !errors.As(err, &setup) || len(setup.Differences) != 1 || setup.Differences[0].String() != c.want || len(changes(p.server)) > 0:
				t.Errorf("%v after %v", err, changes(p.server))
			}
		})
	}
}
