package bq_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/option"

	"sourcecov/sync/bq"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/warehouse"
)

// every is a table with a column of each type, plain one in one piece, and
// recent a view over them.
var (
	every = warehouse.Table{
		Name: "every", Doc: "One column of each type.",
		Key: []string{"name"}, Partition: "day", Cluster: []string{"name", "n"},
		Columns: columns("", "day DATE", "name VARCHAR", "n BIGINT", "x DOUBLE", "ok BOOLEAN", "at TIMESTAMPTZ",
			"score DECIMAL(9,3)", "tags VARCHAR[]", "tries STRUCT(source VARCHAR, score DECIMAL(4,1))[]",
			"deep STRUCT(inside STRUCT(b BIGINT, c VARCHAR[]), d DATE)"),
	}
	plain = warehouse.Table{
		Name: "plain", Doc: "A table in one piece.", Key: []string{"name"},
		Columns: columns("", "name VARCHAR", "day DATE"),
	}
	recent = warehouse.View{
		Name: "recent", Doc: "A question.",
		SQL: "-- recent: a question over publish.every\n-- column name: of both\n" +
			"SELECT name, x FROM publish.every JOIN publish.plain USING (name) -- both\n",
	}

	both = []warehouse.Table{every, plain}
	view = []warehouse.View{recent}
)

// columns are columns as `column` lines declare them, each with a meaning, down to the last field.
func columns(of string, declared ...string) []warehouse.Column {
	var out []warehouse.Column
	for _, c := range declared {
		name, text, _ := strings.Cut(c, " ")
		kind, err := warehouse.ParseType(text)
		if err != nil {
			panic(err)
		}
		out = append(out, warehouse.Column{Name: name, Type: kind})
	}
	explain(of, out)
	return out
}

func explain(of string, columns []warehouse.Column) {
	for i := range columns {
		c := &columns[i]
		c.Doc = "meaning of " + of + c.Name
		explain(of+c.Name+".", c.Type.Fields)
	}
}

// client is the client library as others use it, to bring about what must not be.
func (p place) client(t *testing.T) *bigquery.Dataset {
	t.Helper()
	c, err := bigquery.NewClient(t.Context(), "test", option.WithEndpoint(p.server.URL+"/bigquery/v2/"), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.Dataset("d")
}

// remake makes a table or view anew with a change, and without its rows.
func remake(t *testing.T, d *bigquery.Dataset, name string, change func(*bigquery.TableMetadata)) {
	t.Helper()
	live, err := d.Table(name).Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	md := &bigquery.TableMetadata{Description: live.Description, Schema: live.Schema, Labels: live.Labels, ViewQuery: live.ViewQuery,
		TimePartitioning: live.TimePartitioning, Clustering: live.Clustering, RequirePartitionFilter: live.RequirePartitionFilter}
	if md.ViewQuery != "" {
		md.Schema = nil
	}
	change(md)
	if err := d.Table(name).Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Table(name).Create(t.Context(), md); err != nil {
		t.Fatal(err)
	}
}

// field finds a column or field by its path.
func field(s bigquery.Schema, path string) *bigquery.FieldSchema {
	name, rest, isDeeper := strings.Cut(path, ".")
	for _, f := range s {
		switch {
		case f.Name == name && isDeeper:
			return field(f.Schema, rest)
		case f.Name == name:
			return f
		}
	}
	return nil
}

// without is a schema without one column or field.
func without(s bigquery.Schema, path string) bigquery.Schema {
	name, rest, isDeeper := strings.Cut(path, ".")
	var out bigquery.Schema
	for _, f := range s {
		switch {
		case f.Name == name && isDeeper:
			g := *f
			g.Schema = without(f.Schema, rest)
			out = append(out, &g)
		case f.Name != name:
			out = append(out, f)
		}
	}
	return out
}

// applied is a place with tables and view.
func applied(t *testing.T, change ...func(*bq.Options)) place {
	t.Helper()
	return empty(t, false, change...).with(t, both, view)
}

// changes are the requests that may have changed something.
func changes(s *bqtest.Server) (out []string) {
	for _, r := range s.Requests() {
		if r.Method != "GET" {
			out = append(out, r.Call+" "+r.Table)
		}
	}
	return out
}
