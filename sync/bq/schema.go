package bq

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/warehouse"
)

// typeNames are BigQuery's names of the types of `column` lines. Nothing is
// REQUIRED: DuckDB writes every Parquet column optional, and what may not be
// NULL is proved before a file is sent (WAREHOUSE.md, "Modes and names").
var typeNames = map[string]bigquery.FieldType{
	"VARCHAR":     bigquery.StringFieldType,
	"BIGINT":      bigquery.IntegerFieldType,
	"DOUBLE":      bigquery.FloatFieldType,
	"BOOLEAN":     bigquery.BooleanFieldType,
	"DATE":        bigquery.DateFieldType,
	"TIMESTAMPTZ": bigquery.TimestampFieldType,
	"DECIMAL":     bigquery.NumericFieldType,
	"STRUCT":      bigquery.RecordFieldType,
}

// schemaOf is the schema that every load job carries and every table has.
func schemaOf(columns []warehouse.Column) bigquery.Schema {
	var out bigquery.Schema
	for _, c := range columns {
		f := &bigquery.FieldSchema{Name: c.Name, Description: c.Doc, Type: typeNames[c.Type.Name], Repeated: c.Type.List}
		if c.Type.Name == "STRUCT" {
			f.Schema = schemaOf(c.Type.Fields)
		}
		out = append(out, f)
	}
	return out
}

// ownLabel marks what this program makes in a dataset.
const ownLabel, ownValue = "managed-by", "sourcecov"

// metadataOf is a table as it is made. It has no expiration, on purpose: what
// falls out of a table by age would be a hole that nobody sees.
func metadataOf(t warehouse.Table) *bigquery.TableMetadata {
	md := &bigquery.TableMetadata{
		Description: t.Doc,
		Schema:      schemaOf(t.Columns),
		Labels:      map[string]string{ownLabel: ownValue},
	}
	if t.Partition != "" {
		md.TimePartitioning = &bigquery.TimePartitioning{Type: bigquery.DayPartitioningType, Field: t.Partition}
		md.RequirePartitionFilter = true
	}
	if len(t.Cluster) > 0 {
		md.Clustering = &bigquery.Clustering{Fields: t.Cluster}
	}
	return md
}

var publishedName = regexp.MustCompile(`\bpublish\.([a-z0-9_]+)\b`)

// viewQuery is a view's SQL with the dataset's own names, and without its header.
func (w *Warehouse) viewQuery(v warehouse.View) string {
	lines := strings.Split(v.SQL, "\n")
	for len(lines) > 0 && strings.HasPrefix(lines[0], "--") {
		lines = lines[1:]
	}
	return strings.TrimSpace(publishedName.ReplaceAllString(strings.Join(lines, "\n"), "`"+w.opt.Project+"."+w.opt.Dataset+".$1`"))
}

func (w *Warehouse) viewOf(v warehouse.View) *bigquery.TableMetadata {
	return &bigquery.TableMetadata{Description: v.Doc, ViewQuery: w.viewQuery(v), Labels: map[string]string{ownLabel: ownValue}}
}

// compareTable lists what is not as it must be of a table that exists.
func compareTable(t warehouse.Table, live *bigquery.TableMetadata) []warehouse.Difference {
	want := metadataOf(t)
	if live.Type != bigquery.RegularTable {
		return []warehouse.Difference{{Object: t.Name, Wanted: "a table", Live: strings.ToLower(string(live.Type))}}
	}
	out := compareSchema(t.Name, want.Schema, live.Schema)
	if got, wanted := partitioning(live), partitioning(want); got != wanted {
		out = append(out, warehouse.Difference{Object: t.Name, Wanted: wanted, Live: got})
	}
	if live.TimePartitioning != nil && live.TimePartitioning.Expiration > 0 {
		out = append(out, warehouse.Difference{Object: t.Name, Wanted: "no partition expiration: dates older than that would vanish, and the load would say that it succeeded", Live: fmt.Sprintf("one of %s", live.TimePartitioning.Expiration)})
	}
	if !live.ExpirationTime.IsZero() {
		out = append(out, warehouse.Difference{Object: t.Name, Wanted: "no expiration", Live: "one at " + live.ExpirationTime.UTC().Format("2006-01-02T15:04:05Z")})
	}
	cosmetic := func(object, wanted, live string) {
		if wanted != live {
			out = append(out, warehouse.Difference{Object: object, Wanted: wanted, Live: live, Additive: true, Cosmetic: true})
		}
	}
	cosmetic(t.Name, clustering(want), clustering(live))
	cosmetic(t.Name, filter(want), filter(live))
	return append(out, compareLooks(t.Name, want, live)...)
}

// compareLooks compares what people read of a table or view.
func compareLooks(name string, want, live *bigquery.TableMetadata) []warehouse.Difference {
	var out []warehouse.Difference
	if want.Description != live.Description {
		out = append(out, warehouse.Difference{Object: name, Wanted: fmt.Sprintf("description %q", want.Description), Live: fmt.Sprintf("%q", live.Description), Additive: true, Cosmetic: true})
	}
	if live.Labels[ownLabel] != ownValue {
		out = append(out, warehouse.Difference{Object: name, Wanted: "label " + ownLabel + ":" + ownValue, Live: "none", Additive: true, Cosmetic: true})
	}
	return out
}

func partitioning(md *bigquery.TableMetadata) string {
	if md.TimePartitioning == nil {
		return "no partitions"
	}
	return fmt.Sprintf("partitions by %s of %s", md.TimePartitioning.Type, md.TimePartitioning.Field)
}

func clustering(md *bigquery.TableMetadata) string {
	if md.Clustering == nil {
		return "no clustering"
	}
	return "clustering by " + strings.Join(md.Clustering.Fields, ", ")
}

func filter(md *bigquery.TableMetadata) string {
	if md.RequirePartitionFilter {
		return "a partition filter is required"
	}
	return "no partition filter is required"
}

// compareSchema compares the fields of a table or record, by name. The order of
// fields that are there does not matter: loads go by name.
func compareSchema(object string, want, live bigquery.Schema) []warehouse.Difference {
	var out []warehouse.Difference
	there := map[string]*bigquery.FieldSchema{}
	for _, f := range live {
		there[strings.ToLower(f.Name)] = f
	}
	for _, f := range want {
		name := object + "." + f.Name
		is := there[strings.ToLower(f.Name)]
		delete(there, strings.ToLower(f.Name))
		switch {
		case is == nil:
			out = append(out, warehouse.Difference{Object: name, Wanted: fieldType(f), Live: "no such column", Additive: true})
			continue
		case fieldType(is) != fieldType(f):
			relaxed := *is
			relaxed.Required = false
			out = append(out, warehouse.Difference{Object: name, Wanted: fieldType(f), Live: fieldType(is), Additive: fieldType(&relaxed) == fieldType(f)})
		case is.Description != f.Description:
			out = append(out, warehouse.Difference{Object: name, Wanted: fmt.Sprintf("description %q", f.Description), Live: fmt.Sprintf("%q", is.Description), Additive: true, Cosmetic: true})
		}
		out = append(out, compareSchema(name, f.Schema, is.Schema)...)
	}
	for _, f := range live { // in their order
		if there[strings.ToLower(f.Name)] != nil {
			out = append(out, warehouse.Difference{Object: object + "." + f.Name, Wanted: "no such column", Live: fieldType(f)})
		}
	}
	return out
}

// fieldType is the mode and type of a field. A parameter, as in STRING(3) or
// NUMERIC(4,1), is part of the type: such a column refuses or rounds values.
func fieldType(f *bigquery.FieldSchema) string {
	text := string(f.Type)
	switch {
	case f.MaxLength > 0:
		text += fmt.Sprintf("(%d)", f.MaxLength)
	case f.Precision > 0:
		text += fmt.Sprintf("(%d,%d)", f.Precision, f.Scale)
	}
	switch {
	case f.Repeated:
		return "REPEATED " + text
	case f.Required:
		return "REQUIRED " + text
	}
	return text
}

// merge is the live schema with what is wanted and can be had without taking
// anything away: new fields at the end, relaxed modes, descriptions.
func merge(want, live bigquery.Schema) bigquery.Schema {
	wanted := map[string]*bigquery.FieldSchema{}
	for _, f := range want {
		wanted[strings.ToLower(f.Name)] = f
	}
	var out bigquery.Schema
	for _, f := range live {
		f := *f
		if w := wanted[strings.ToLower(f.Name)]; w != nil {
			delete(wanted, strings.ToLower(f.Name))
			f.Description, f.Required = w.Description, false
			f.Schema = merge(w.Schema, f.Schema)
		}
		out = append(out, &f)
	}
	for _, f := range want {
		if wanted[strings.ToLower(f.Name)] != nil {
			out = append(out, f)
		}
	}
	return out
}

// update is what Apply changes of a live table or view.
func update(want, live *bigquery.TableMetadata) bigquery.TableMetadataToUpdate {
	u := bigquery.TableMetadataToUpdate{Description: want.Description}
	for k, v := range maps.All(want.Labels) {
		u.SetLabel(k, v)
	}
	if want.ViewQuery != "" {
		u.ViewQuery, u.UseLegacySQL = want.ViewQuery, false
		return u
	}
	u.Schema = merge(want.Schema, live.Schema)
	u.RequirePartitionFilter = want.RequirePartitionFilter
	switch {
	case want.Clustering != nil:
		u.Clustering = want.Clustering
	case live.Clustering != nil:
		u.Clustering = &bigquery.Clustering{} // which takes it away
	}
	return u
}
