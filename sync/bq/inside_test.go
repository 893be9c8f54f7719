package bq

import (
	"reflect"
	"testing"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/warehouse"
)

// TestTogether: which buckets a dataset can be loaded from.
func TestTogether(t *testing.T) {
	for _, c := range []struct {
		dataset, bucket string
		want            bool
	}{
		{"US", "US", true}, {"us", "Us", true}, {"US", "US-CENTRAL1", true}, {"US", "us-east4", true},
		{"US", "NAM4", true},
		{"US", "EU", false}, {"US", "EUROPE-WEST1", false}, {"US", "NORTHAMERICA-NORTHEAST1", false},
		{"US", "AUSTRALIA-SOUTHEAST1", false},
		{"EU", "EU", true}, {"EU", "europe-west4", true}, {"EU", "EUROPE-NORTH1", true}, {"EU", "EUR4", true},
		{"EU", "US", false}, {"EU", "ASIA", false},
		{"EUROPE-WEST1", "EUROPE-WEST1", true}, {"europe-west1", "EUROPE-WEST1", true},
		{"EUROPE-WEST1", "EUROPE-WEST4", false}, {"EUROPE-WEST1", "EU", false},
		{"US-CENTRAL1", "US", false}, {"US-CENTRAL1", "US-EAST1", false}, {"US-CENTRAL1", "US-CENTRAL1", true},
	} {
		if got := Together(c.dataset, c.bucket); got != c.want {
			t.Errorf("a dataset in %s and a bucket in %s: %t", c.dataset, c.bucket, got)
		}
	}
}

// TestDestination: only a load of all has a target without a partition, which it empties.
func TestDestination(t *testing.T) {
	w := &Warehouse{opt: Options{Project: "p", Dataset: "d"}}
	for partition, want := range map[string]string{"20250101": "p.d.t$20250101", warehouse.All: "p.d.t", "": "p.d.t$"} {
		if got := w.Target("t", partition); got != want {
			t.Errorf("%q is %s", partition, got)
		}
	}
}

// TestParameters: a column that holds fewer characters or digits than its type is another.
func TestParameters(t *testing.T) {
	want := schemaOf([]warehouse.Column{{Name: "s", Type: warehouse.Type{Name: "VARCHAR"}}, {Name: "n", Type: warehouse.Type{Name: "DECIMAL", Precision: 9, Scale: 3}}})
	live := bigquery.Schema{{Name: "s", Type: bigquery.StringFieldType, MaxLength: 3}, {Name: "n", Type: bigquery.NumericFieldType, Precision: 4, Scale: 1, Required: true}}
	got := compareSchema("t", want, live)
	if len(got) != 2 || got[0].Live != "STRING(3)" || got[1].Live != "REQUIRED NUMERIC(4,1)" || got[0].Additive || got[1].Additive {
		t.Errorf("%+v", got)
	}
}

// TestMergeKeeps: what others have set of a live table is no loss of theirs.
func TestMergeKeeps(t *testing.T) {
	policy := &bigquery.PolicyTagList{Names: []string{"secret"}}
	live := &bigquery.TableMetadata{Labels: map[string]string{"team": "x"}, Schema: bigquery.Schema{
		{
			Name: "Name", Type: bigquery.StringFieldType, PolicyTags: policy, Collation: "und:ci",
			DefaultValueExpression: "'x'",
		},
		{Name: "theirs", Type: bigquery.StringFieldType, Required: true},
		{
			Name: "r", Type: bigquery.RecordFieldType,
			Schema: bigquery.Schema{{Name: "b", Type: bigquery.StringFieldType, Required: true, PolicyTags: policy}},
		},
	}}
	before := live.Schema[2].Schema[0]
	want := &bigquery.TableMetadata{Schema: bigquery.Schema{
		{
			Name: "r", Type: bigquery.RecordFieldType,
			Schema: bigquery.Schema{
				{Name: "a", Type: bigquery.DateFieldType}, {Name: "b", Type: bigquery.StringFieldType},
			},
		},
		{Name: "new", Type: bigquery.DateFieldType},
		{Name: "name", Type: bigquery.StringFieldType, Description: "meaning"},
	}}
	wanted := bigquery.Schema{
		{
			Name: "Name", Type: bigquery.StringFieldType, PolicyTags: policy, Collation: "und:ci",
			DefaultValueExpression: "'x'", Description: "meaning",
		},
		{Name: "theirs", Type: bigquery.StringFieldType, Required: true},
		{
			Name: "r", Type: bigquery.RecordFieldType,
			Schema: bigquery.Schema{
				{Name: "b", Type: bigquery.StringFieldType, PolicyTags: policy},
				{Name: "a", Type: bigquery.DateFieldType},
			},
		},
		{Name: "new", Type: bigquery.DateFieldType},
	}
	if got := update(want, live); !reflect.DeepEqual(got.Schema, wanted) {
		t.Errorf("%+v", got.Schema)
	}
	if !before.Required || live.Schema[0].Description != "" {
		t.Error("the live schema itself was changed")
	}
}

// TestErrorsOfSuccess: a job that is done and lists errors has failed only if one of them is its result.
func TestErrorsOfSuccess(t *testing.T) {
	if err := jobError("j", &bigquery.JobStatus{State: bigquery.Done, Errors: []*bigquery.Error{{Reason: "invalid", Message: "a bad row was left out"}}}); err != nil {
		t.Error(err)
	}
}

// TestLabelValue: whatever a run or table is called becomes a label that is taken.
func TestLabelValue(t *testing.T) {
	long := "0123456789012345678901234567890123456789012345678901234567890123456789"
	for text, want := range map[string]string{"20250101T000000Z-0a1b2c3d": "20250101t000000z-0a1b2c3d", "Größe 1": "gr--e-1", "": "", long: long[:63]} {
		if got := labelValue(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestViewQuery: a view reads the dataset's own tables, and its header stays behind.
func TestViewQuery(t *testing.T) {
	w := &Warehouse{opt: Options{Project: "my-project", Dataset: "d"}}
	got := w.viewQuery(warehouse.View{SQL: "-- header: publish.a\n--\n\nSELECT unpublish.x, publish.a.y -- publish.b\nFROM publish.a, mypublish.c\n"})
	want := "SELECT unpublish.x, `my-project.d.a`.y -- `my-project.d.b`\nFROM `my-project.d.a`, mypublish.c"
	if got != want {
		t.Errorf("%s", got)
	}
}

// TestSuits: only a plain table is counted.
func TestSuits(t *testing.T) {
	for kind, says := range map[bigquery.TableType]string{
		bigquery.RegularTable: "", bigquery.ExternalTable: "it is an external table, whose rows are not in BigQuery: name a table in sql/reference/audited_tables.sql",
		bigquery.MaterializedView: "it is no table but materialized_view: name a table in sql/reference/audited_tables.sql",
	} {
		md := &bigquery.TableMetadata{Type: kind, Schema: bigquery.Schema{{Name: "ID", Type: bigquery.StringFieldType}, {Name: "day", Type: bigquery.DateFieldType}}}
		err := suits(md, Counting{Game: "id", Date: "day"})
		if err == nil && says != "" || err != nil && err.Error() != says {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
