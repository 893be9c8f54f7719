package bq_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/bigquery"
	"github.com/apache/arrow-go/v18/arrow"

	"sourcecov/sync/bq"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/warehouse"
	"sourcecov/sync/warehouse/warehousetest"
)

// parquet writes rows, an array of JSON objects, to a file of such columns.
func parquet(t *testing.T, columns []warehouse.Column, rows string) string {
	t.Helper()
	return warehousetest.File(t, fields(columns), "", strings.TrimSuffix(strings.TrimPrefix(rows, "["), "]"))
}

func fields(columns []warehouse.Column) (out []arrow.Field) {
	for _, c := range columns {
		kind := map[string]arrow.DataType{
			"VARCHAR": arrow.BinaryTypes.String, "BIGINT": arrow.PrimitiveTypes.Int64,
			"DOUBLE":  arrow.PrimitiveTypes.Float64,
			"BOOLEAN": arrow.FixedWidthTypes.Boolean, "DATE": arrow.FixedWidthTypes.Date32,
			"TIMESTAMPTZ": arrow.FixedWidthTypes.Timestamp_us,
			"DECIMAL":     &arrow.Decimal128Type{Precision: int32(c.Type.Precision), Scale: int32(c.Type.Scale)},
			"STRUCT":      arrow.StructOf(fields(c.Type.Fields)...),
		}[c.Type.Name]
		if c.Type.List {
			kind = arrow.ListOf(kind)
		}
		out = append(out, arrow.Field{Name: c.Name, Type: kind, Nullable: true})
	}
	return out
}

// types are the fields of a schema: path, mode, type and description.
func types(path string, s bigquery.Schema) (out []string) {
	for _, f := range s {
		text := path + f.Name + " " + string(f.Type) + ": " + f.Description
		if f.Repeated {
			text = "REPEATED " + text
		}
		if f.Required {
			text = "REQUIRED " + text
		}
		out = append(append(out, text), types(path+f.Name+".", f.Schema)...)
	}
	return out
}

// TestApply: of an empty project everything is missing, and is made.
func TestApply(t *testing.T) {
	for wanted, location := range map[string]string{"": "US", "EU": "EU", "europe-west1": "europe-west1"} {
		t.Run("in "+location, func(t *testing.T) {
			t.Parallel()
			p := empty(t, false, func(o *bq.Options) { o.Location = wanted })
			differences, err := p.Compare(t.Context(), both, view)
			if n := len(p.server.Requests()); n != 1 {
				t.Errorf("%d requests about what is in a dataset that is not there", n-1)
			}
			var got []string
			for _, d := range differences {
				if got = append(got, d.String()); !d.Additive || d.Cosmetic != (d.Object == "recent") {
					t.Errorf("%+v", d)
				}
			}
			want := []string{
				"dataset d: wanted a dataset in " + strings.ToUpper(location) + ", there is nothing",
				"every: wanted a table of 10 columns, partitions by DAY of day, clustering by name, n, there is nothing",
				"plain: wanted a table of 2 columns, no partitions, no clustering, there is nothing",
				"recent: wanted a view, there is nothing",
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("Compare = %q, %v", got, err)
			}
			var setup *warehouse.SetupError
			if err := p.Preflight(t.Context(), both); !errors.As(err, &setup) || len(setup.Differences) != 1 || !strings.Contains(setup.Next, "sourcecov migrate") {
				t.Errorf("Preflight = %v", err)
			}
			if done, err := p.Apply(t.Context(), both, view); err != nil || !reflect.DeepEqual(done, differences) {
				t.Errorf("Apply = %v, %v", done, err)
			}
			p.isMade(t, location)
			p.isApplied(t)
		})
	}
}

// isMade holds what Apply has made to what it should, attribute by attribute.
func (p place) isMade(t *testing.T, location string) {
	t.Helper()
	d := p.client(t)
	own := map[string]string{"managed-by": "sourcecov"}
	ds, err := d.Metadata(t.Context())
	if err != nil || ds.Location != location || !maps.Equal(ds.Labels, own) || ds.Description == "" || ds.DefaultPartitionExpiration != 0 || ds.DefaultTableExpiration != 0 {
		t.Errorf("the dataset is %+v, %v", ds, err)
	}
	md := map[string]*bigquery.TableMetadata{}
	for _, name := range []string{"every", "plain", "recent"} {
		if md[name], err = d.Table(name).Metadata(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(md[name].Labels, own) || !md[name].ExpirationTime.IsZero() {
			t.Errorf("%s has the labels %v and ends at %s", name, md[name].Labels, md[name].ExpirationTime)
		}
	}
	wanted := []string{
		"day DATE: meaning of day", "name STRING: meaning of name", "n INTEGER: meaning of n", "x FLOAT: meaning of x",
		"ok BOOLEAN: meaning of ok",
		"at TIMESTAMP: meaning of at", "score NUMERIC: meaning of score", "REPEATED tags STRING: meaning of tags",
		"REPEATED tries RECORD: meaning of tries",
		"tries.source STRING: meaning of tries.source", "tries.score NUMERIC: meaning of tries.score",
		"deep RECORD: meaning of deep",
		"deep.inside RECORD: meaning of deep.inside", "deep.inside.b INTEGER: meaning of deep.inside.b",
		"REPEATED deep.inside.c STRING: meaning of deep.inside.c", "deep.d DATE: meaning of deep.d",
	}
	e, l, v := md["every"], md["plain"], md["recent"]
	if got := types("", e.Schema); !slices.Equal(got, wanted) {
		t.Errorf("every has the columns\n%q\nwant\n%q", got, wanted)
	}
	if tp := e.TimePartitioning; tp == nil || tp.Type != bigquery.DayPartitioningType || tp.Field != "day" || tp.Expiration != 0 || !e.RequirePartitionFilter {
		t.Errorf("every is partitioned by %+v, with a filter %t", tp, e.RequirePartitionFilter)
	}
	if e.Description != every.Doc || e.Clustering == nil || !slices.Equal(e.Clustering.Fields, []string{"name", "n"}) {
		t.Errorf("every is described as %q and clustered by %+v", e.Description, e.Clustering)
	}
	if l.Description != plain.Doc || l.TimePartitioning != nil || l.Clustering != nil || l.RequirePartitionFilter {
		t.Errorf("plain is %+v", l)
	}
	if v.Description != recent.Doc || v.UseLegacySQL || v.ViewQuery != "SELECT name, x FROM `test.d.every` JOIN `test.d.plain` USING (name) -- both" {
		t.Errorf("recent asks %q", v.ViewQuery)
	}
}

// aDay is the rows of a day of table every, with or without the columns n and tries.score.
func aDay(t *testing.T, table warehouse.Table, date string) warehouse.Load {
	t.Helper()
	n, score := "", ""
	if slices.Contains(table.ColumnNames(), "n") {
		n, score = `"n":7,`, `,"score":"12.5"`
	}
	file := parquet(t, table.Columns, fmt.Sprintf(`[{"day":%q,"name":"x",%s"x":0.5,"ok":true,"at":"2025-01-02T03:04:05.678901Z","score":"1.125",
		"tags":["a","b"],"tries":[{"source":"s"%s}],"deep":{"inside":{"b":1,"c":["c"]},"d":"2025-01-03"}}]`, date, n, score))
	partition := strings.ReplaceAll(date, "-", "")
	return warehouse.Load{ID: "sourcecov-" + partition, Table: table, Partition: partition, File: file, Rows: 1, Run: "run"}
}

// TestApplyKeepsRows: columns are added to a table with rows, which stay, and
// loads with the new columns work. Labels of others stay, too.
func TestApplyKeepsRows(t *testing.T) {
	t.Parallel()
	older := every
	older.Cluster = []string{"name"}
	older.Columns = columns("", "day DATE", "name VARCHAR", "x DOUBLE", "ok BOOLEAN", "at TIMESTAMPTZ", "score DECIMAL(9,3)",
		"tags VARCHAR[]", "tries STRUCT(source VARCHAR)[]", "deep STRUCT(inside STRUCT(b BIGINT, c VARCHAR[]), d DATE)")
	p := empty(t, false)
	if _, err := p.Apply(t.Context(), []warehouse.Table{older, plain}, view); err != nil {
		t.Fatal(err)
	}
	d := p.client(t)
	var labels bigquery.TableMetadataToUpdate
	labels.SetLabel("team", "x")
	if _, err := d.Table("every").Update(t.Context(), labels, ""); err != nil {
		t.Fatal(err)
	}
	for i, table := range []warehouse.Table{older, every} {
		if _, err := p.Apply(t.Context(), []warehouse.Table{table, plain}, view); err != nil {
			t.Fatal(err)
		}
		if rows, err := p.Load(t.Context(), aDay(t, table, fmt.Sprintf("2025-01-0%d", i+1))); err != nil || rows != 1 {
			t.Fatalf("%d rows, %v", rows, err)
		}
	}
	p.isApplied(t)
	had := `{"day":"2025-01-01","name":"x","x":0.5,"ok":true,"at":"2025-01-02T03:04:05.678901Z","score":"1.125","tags":["a","b"],"tries":[{"source":"s","score":null}],"deep":{"inside":{"b":1,"c":["c"]},"d":"2025-01-03"},"n":null}`
	new := strings.NewReplacer("2025-01-01", "2025-01-02", `"score":null`, `"score":"12.5"`, `"n":null`, `"n":7`).Replace(had)
	if got := p.rows(t, "every"); !slices.Equal(got, []string{had, new}) {
		t.Errorf("it holds\n%s\nwant\n%s", strings.Join(got, "\n"), had+"\n"+new)
	}
	md, err := d.Table("every").Metadata(t.Context())
	if err != nil || !maps.Equal(md.Labels, map[string]string{"team": "x", "managed-by": "sourcecov"}) {
		t.Errorf("labels %v, %v", md.Labels, err)
	}
}

// TestAllRefusals: all that is wrong is told at once, and as long as one thing is
// refused not even what is missing is made.
func TestAllRefusals(t *testing.T) {
	t.Parallel()
	p := applied(t)
	d := p.client(t)
	remake(t, d, "every", func(md *bigquery.TableMetadata) {
		field(md.Schema, "n").Type, field(md.Schema, "x").Description = bigquery.StringFieldType, "old"
		md.Schema = without(md.Schema, "ok")
		md.TimePartitioning.Field = "at"
	})
	if err := d.Table("plain").Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.server.ClearRequests()
	objects := func(err error) (out []string) {
		var setup *warehouse.SetupError
		if !errors.As(err, &setup) || !strings.Contains(setup.Next, "by hand") {
			t.Fatal(err)
		}
		for _, d := range setup.Differences {
			if out = append(out, d.Object); !strings.Contains(err.Error(), d.String()) {
				t.Errorf("%v does not tell %s", err, d)
			}
		}
		return out
	}
	if got := objects(p.Preflight(t.Context(), both)); !slices.Equal(got, []string{"every.n", "every.ok", "every", "plain"}) {
		t.Errorf("Preflight refuses %v", got)
	}
	_, err := p.Apply(t.Context(), both, view)
	if got := objects(err); !slices.Equal(got, []string{"every.n", "every"}) {
		t.Errorf("Apply refuses %v", got)
	}
	if got := changes(p.server); len(got) > 0 {
		t.Errorf("it asked for %v", got)
	}
}

// TestRequestsOfLooks: a look is one request for the dataset and one for each table.
func TestRequestsOfLooks(t *testing.T) {
	p := applied(t)
	for name, c := range map[string]struct {
		look   func() error
		tables int
	}{
		"Preflight": {func() error { return p.Preflight(t.Context(), both) }, 2},
		"Compare":   {func() error { _, err := p.Compare(t.Context(), both, view); return err }, 3},
		"Apply":     {func() error { _, err := p.Apply(t.Context(), both, view); return err }, 3},
	} {
		p.server.ClearRequests()
		if err := c.look(); err != nil {
			t.Error(err)
		}
		if all := len(p.server.Requests()); all != c.tables+1 || p.server.Count("datasets.get") != 1 || p.server.Count("tables.get") != c.tables {
			t.Errorf("%s: %v", name, p.server.Requests())
		}
	}
}

// TestMigrateMeanwhile: what somebody else adds between the look and the change
// is not undone, and what is wanted is brought about.
func TestMigrateMeanwhile(t *testing.T) {
	t.Parallel()
	var p place
	var looks atomic.Int64
	var err error
	p.server, err = bqtest.NewServer(bqtest.Options{OnRequest: func(r bqtest.Request, when bqtest.When) {
		if r.Call != "tables.get" || r.Table != "d.plain" || when != bqtest.After || looks.Add(1) != 2 {
			return // the first look is that of Compare, the second one that before the change
		}
		theirs := bigquery.TableMetadataToUpdate{Schema: append(schemaOfPlain(), &bigquery.FieldSchema{Name: "theirs", Type: bigquery.StringFieldType})}
		if _, err := p.client(t).Table("plain").Update(t.Context(), theirs, ""); err != nil {
			t.Error(err)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.server.Close() })
	p.Warehouse = p.open(t)
	looks.Store(-100)
	older := plain
	older.Columns = columns("", "name VARCHAR")
	if _, err := p.Apply(t.Context(), []warehouse.Table{older}, nil); err != nil {
		t.Fatal(err)
	}
	looks.Store(0)
	if _, err := p.Apply(t.Context(), []warehouse.Table{plain}, nil); err != nil {
		t.Error(err)
	}
	md, err := p.client(t).Table("plain").Metadata(t.Context())
	if want := []string{"name STRING: meaning of name", "theirs STRING: ", "day DATE: meaning of day"}; err != nil || !slices.Equal(types("", md.Schema), want) {
		t.Errorf("columns %q, %v; want %q", types("", md.Schema), err, want)
	}
}

func schemaOfPlain() bigquery.Schema {
	return bigquery.Schema{{Name: "name", Type: bigquery.StringFieldType}}
}

// TestMigrateFaults: what goes wrong once, in a look or in a change, is overcome,
// by the same Apply or at the latest by the next one.
func TestMigrateFaults(t *testing.T) {
	for name, c := range map[string]struct {
		fault bqtest.Fault
		next  bool // it is the next one
	}{
		"dataset looked at, 503":     {bqtest.Fault{Call: "datasets.get", Nth: 1, Do: bqtest.Status503Before}, false},
		"dataset made, answer lost":  {bqtest.Fault{Call: "datasets.insert", Nth: 1, Do: bqtest.DropAnswer}, false},
		"dataset made, 503":          {bqtest.Fault{Call: "datasets.insert", Nth: 1, Do: bqtest.Status503After}, false},
		"dataset made by another":    {bqtest.Fault{Call: "datasets.insert", Nth: 1, Do: bqtest.Duplicate409}, true},
		"table looked at, 503":       {bqtest.Fault{Call: "tables.get", Nth: 2, Do: bqtest.Status503Before}, false},
		"table made, answer lost":    {bqtest.Fault{Call: "tables.insert", Nth: 1, Do: bqtest.DropAnswer}, false},
		"table made, 503":            {bqtest.Fault{Call: "tables.insert", Nth: 2, Do: bqtest.Status503After}, false},
		"table not made, 503":        {bqtest.Fault{Call: "tables.insert", Nth: 1, Do: bqtest.Status503Before}, false},
		"table changed, answer lost": {bqtest.Fault{Call: "tables.patch", Nth: 1, Do: bqtest.DropAnswer}, false},
		"table changed, 503":         {bqtest.Fault{Call: "tables.patch", Nth: 1, Do: bqtest.Status503After}, false},
		"table not changed, 503":     {bqtest.Fault{Call: "tables.patch", Nth: 1, Do: bqtest.Status503Before}, false},
		"table changed by another":   {bqtest.Fault{Call: "tables.patch", Nth: 1, Do: bqtest.PreconditionFails}, false},
		"table changed too often":    {bqtest.Fault{Call: "tables.patch", Nth: 1, Do: bqtest.RateLimited429}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := empty(t, false)
			if c.fault.Call == "tables.patch" {
				if _, err := p.Apply(t.Context(), []warehouse.Table{every, plain}, view); err != nil {
					t.Fatal(err)
				}
				remake(t, p.client(t), "every", func(md *bigquery.TableMetadata) { md.Schema = without(md.Schema, "ok") })
			}
			p.server.Inject(c.fault)
			if _, err := p.Apply(t.Context(), both, view); (err != nil) != c.next {
				t.Errorf("Apply = %v", err)
			}
			if left := p.server.Planned(); left > 0 {
				t.Error("the fault did not happen")
			}
			if c.next {
				if _, err := p.Apply(t.Context(), both, view); err != nil {
					t.Errorf("the next Apply = %v", err)
				}
			}
			p.isApplied(t)
		})
	}
}

// TestMigrateRefused: what does not pass is told by its kind, with what to do.
func TestMigrateRefused(t *testing.T) {
	for name, c := range map[string]struct {
		deny  string
		fault bqtest.Fault
		says  string
	}{
		"no look at the dataset":  {deny: "bigquery.datasets.get", says: "look at dataset test.d"},
		"no look at tables":       {deny: "bigquery.tables.get", says: "look at test.d."},
		"no making of tables":     {deny: "bigquery.tables.create", says: "bring test.d."},
		"no change of tables":     {deny: "bigquery.tables.update", says: "bring test.d."},
		"credentials not valid":   {fault: bqtest.Fault{Do: bqtest.Unauthorized401}, says: "look at dataset test.d"},
		"503 of tables for ever":  {fault: bqtest.Fault{Call: "tables.get", Do: bqtest.Status503Before}},
		"changed all the time":    {fault: bqtest.Fault{Call: "tables.patch", Do: bqtest.PreconditionFails}},
		"503 of dataset for ever": {fault: bqtest.Fault{Call: "datasets.get", Do: bqtest.Status503Before}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := empty(t, false, func(o *bq.Options) { o.Attempts, o.Call = 2, o.Call/10 })
			if _, err := p.Apply(t.Context(), both, nil); err != nil {
				t.Fatal(err)
			}
			d := p.client(t)
			remake(t, d, "every", func(md *bigquery.TableMetadata) { md.Schema = without(md.Schema, "ok") })
			if c.deny == "bigquery.tables.create" {
				if err := d.Table("plain").Delete(t.Context()); err != nil {
					t.Fatal(err)
				}
				remake(t, d, "every", func(md *bigquery.TableMetadata) {
					md.Schema = append(md.Schema, &bigquery.FieldSchema{Name: "ok", Type: bigquery.BooleanFieldType})
				})
			}
			p.server.Deny(c.deny)
			if c.fault.Do != "" {
				p.server.Inject(c.fault)
			}
			_, err := p.Apply(t.Context(), both, view)
			var setup *warehouse.SetupError
			switch {
			case c.says == "":
				if !errors.Is(err, warehouse.ErrTemporary) || errors.As(err, &setup) {
					t.Errorf("%v", err)
				}
			case !errors.As(err, &setup) || !strings.Contains(setup.Next, "sourcecov doctor") && !errors.Is(err, warehouse.ErrCredentials) || !strings.Contains(err.Error(), c.says):
				t.Errorf("%v; want %q", err, c.says)
			}
		})
	}
}
