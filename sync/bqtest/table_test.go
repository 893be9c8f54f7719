package bqtest_test

import (
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/bqtest"
)

func TestDatasets(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	ds := w.client.Dataset("more")
	w.must(ds.Create(t.Context(), &bigquery.DatasetMetadata{Description: "d", Labels: map[string]string{"a": "b"}, DefaultPartitionExpiration: time.Hour, DefaultTableExpiration: 2 * time.Hour}))
	isHTTPError(t, ds.Create(t.Context(), nil), 409, "Already Exists: Dataset test:more")
	md, err := ds.Metadata(t.Context())
	w.must(err)
	if md.Location != "EU" || md.Description != "d" || md.Labels["a"] != "b" || md.DefaultPartitionExpiration != time.Hour || md.DefaultTableExpiration != 2*time.Hour {
		t.Errorf("the dataset is %+v", md)
	}
	next, err := ds.Update(t.Context(), bigquery.DatasetMetadataToUpdate{Description: "e", DefaultPartitionExpiration: time.Duration(0)}, md.ETag)
	w.must(err)
	if next.Description != "e" || next.DefaultPartitionExpiration != 0 || next.Labels["a"] != "b" || next.ETag == md.ETag {
		t.Errorf("patched to %+v", next)
	}
	_, err = ds.Update(t.Context(), bigquery.DatasetMetadataToUpdate{Description: "f"}, md.ETag)
	isHTTPError(t, err, 412, "conditionNotMet")
	_, err = w.client.Dataset("none").Metadata(t.Context())
	isHTTPError(t, err, 404, "Not found: Dataset test:none, notFound")
	w.must(ds.Table("t").Create(t.Context(), &bigquery.TableMetadata{Schema: games}))
	isHTTPError(t, ds.Delete(t.Context()), 400, "still in use")
	var ids []string
	for _, d := range all(t, w.client.Datasets(t.Context()).Next) {
		ids = append(ids, d.DatasetID)
	}
	if !slices.Equal(ids, []string{"ds", "more"}) {
		t.Errorf("datasets %v", ids)
	}
	w.must(ds.DeleteWithContents(t.Context()))
	isHTTPError(t, ds.Delete(t.Context()), 404, "Not found")
	isHTTPError(t, w.client.Dataset("a-b").Create(t.Context(), nil), 400, "Invalid dataset ID")
}

func TestTables(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	md := partitioned(games)
	md.Description, md.Labels, md.RequirePartitionFilter = "the games", map[string]string{"by": "test"}, true
	table := w.ds.Table("t")
	w.must(table.Create(t.Context(), md))
	isHTTPError(t, table.Create(t.Context(), md), 409, "Already Exists: Table test:ds.t")
	was, err := table.Metadata(t.Context())
	w.must(err)
	if was.Description != "the games" || was.Labels["by"] != "test" || !was.RequirePartitionFilter || was.Type != bigquery.RegularTable || was.NumRows != 0 || was.FullID != "test:ds.t" {
		t.Errorf("created as %+v", was)
	}
	// A column and other descriptions may be added, with the etag that was seen.
	wider := append(append(bigquery.Schema{}, games...), &bigquery.FieldSchema{Name: "extra", Type: bigquery.StringFieldType, Repeated: true})
	is, err := table.Update(t.Context(), bigquery.TableMetadataToUpdate{Schema: wider, Description: "more"}, was.ETag)
	w.must(err)
	if len(is.Schema) != 4 || is.Description != "more" || is.Schema[0].Description != "day of the game" || is.ETag == was.ETag || is.Labels["by"] != "test" {
		t.Errorf("patched to %+v", is)
	}
	_, err = table.Update(t.Context(), bigquery.TableMetadataToUpdate{Description: "again"}, was.ETag)
	isHTTPError(t, err, 412, "conditionNotMet")
	for text, change := range map[string]bigquery.TableMetadataToUpdate{
		"Field game is missing in new schema": {Schema: bigquery.Schema{games[0], games[2], wider[3]}},
		"Field n has changed type": {
			Schema: bigquery.Schema{games[0], games[1], {Name: "n", Type: bigquery.StringFieldType}, wider[3]},
		},
		"Cannot add required fields": {
			Schema: append(
				append(bigquery.Schema{}, wider...),
				&bigquery.FieldSchema{Name: "r", Type: bigquery.StringFieldType, Required: true}),
		},
		"cannot be found in the schema": {Clustering: &bigquery.Clustering{Fields: []string{"none"}}},
		"Cannot change partitioning/clustering spec": {
			TimePartitioning: &bigquery.TimePartitioning{Type: bigquery.MonthPartitioningType, Field: "game_date"},
		},
	} {
		_, err := table.Update(t.Context(), change, "")
		isHTTPError(t, err, 400, text)
	}
	w.loads(3, parquet(t, "SELECT *, ['x'] AS extra FROM ("+day("2024-01-02", 3, 0)+")"), as(wider))
	for name, bad := range map[string]*bigquery.TableMetadata{
		"t1": {Schema: games, TimePartitioning: &bigquery.TimePartitioning{Field: "none"}},
		"t2": {Schema: games, TimePartitioning: &bigquery.TimePartitioning{Field: "game"}},
		"t3": {Schema: games, Clustering: &bigquery.Clustering{Fields: []string{"n", "game", "n", "game", "n"}}},
		"t4": {
			Schema: append(
				append(bigquery.Schema{}, games...),
				&bigquery.FieldSchema{Name: "GAME", Type: bigquery.StringFieldType}),
		},
		"t5": {Schema: bigquery.Schema{{Name: "_PARTITIONTIME", Type: bigquery.DateFieldType}}},
		"t6": {Schema: bigquery.Schema{{Name: "a.b", Type: bigquery.DateFieldType}}},
		"t7": {Schema: games, RequirePartitionFilter: true},
		"t8": {Schema: games, Labels: map[string]string{"Upper": "x"}},
		"t$": {Schema: games},
	} {
		isHTTPError(t, w.ds.Table(name).Create(t.Context(), bad), 400, "")
	}
	isHTTPError(t, w.client.Dataset("none").Table("t").Create(t.Context(), md), 404, "Not found: Dataset test:none")
	var ids []string
	for _, table := range all(t, w.ds.Tables(t.Context()).Next) {
		ids = append(ids, table.TableID)
	}
	if !slices.Equal(ids, []string{"t"}) {
		t.Errorf("tables %v", ids)
	}
	w.must(table.Delete(t.Context()))
	_, err = table.Metadata(t.Context())
	isHTTPError(t, err, 404, "Not found: Table test:ds.t")
}

func TestViews(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.create("t")
	w.must(w.ds.Table("v").Create(t.Context(), &bigquery.TableMetadata{ViewQuery: "SELECT game FROM ds.t"}))
	md, err := w.ds.Table("v").Metadata(t.Context())
	w.must(err)
	if md.Type != bigquery.ViewTable || md.ViewQuery != "SELECT game FROM ds.t" {
		t.Errorf("the view is %+v", md)
	}
	_, err = w.client.Query("SELECT game FROM ds.v").Read(t.Context())
	isHTTPError(t, err, 501, "querying a view")
	var row []bigquery.Value
	isHTTPError(t, w.ds.Table("v").Read(t.Context()).Next(&row), 400, "Cannot list a table of type VIEW")
	w.refuses("invalid", "currently a VIEW", parquet(t, day("2024-01-02", 1, 0)), into("v"), as(games))
}

func TestExpirations(t *testing.T) {
	c := &clock{at: time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)}
	w := newWorld(t, bqtest.Options{Now: c.now, Polls: bqtest.AtOnce})
	day30 := 30 * 24 * time.Hour
	md := partitioned(games)
	md.TimePartitioning.Expiration = day30
	w.must(w.ds.Table("t").Create(t.Context(), md))
	both := parquet(t, day("2024-01-02", 3, 0)+" UNION ALL "+day("2024-02-20", 2, 0))
	w.loads(5, both, as(games)) // it says 5, and 3 of them are gone
	w.holds("t", map[string]int64{"20240220": 2})
	c.advance(day30)
	w.holds("t", map[string]int64{})

	// A dataset's defaults are what new tables get that have none of their own.
	ds := w.client.Dataset("short")
	w.must(ds.Create(t.Context(), &bigquery.DatasetMetadata{DefaultPartitionExpiration: time.Hour * 24, DefaultTableExpiration: time.Hour}))
	w.must(ds.Table("parts").Create(t.Context(), partitioned(games)))
	w.must(ds.Table("flat").Create(t.Context(), &bigquery.TableMetadata{Schema: games}))
	got, err := ds.Table("parts").Metadata(t.Context())
	w.must(err)
	if got.TimePartitioning.Expiration != time.Hour*24 || !got.ExpirationTime.IsZero() {
		t.Errorf("inherited %+v", got)
	}
	w.loads(5, both, as(games), func(l *bigquery.Loader, _ *bigquery.FileConfig) { l.Dst = ds.Table("parts") })
	if rows, err := w.Rows("short", "parts"); err != nil || len(rows) != 0 {
		t.Errorf("old rows stay: %v, %v", rows, err)
	}
	c.advance(2 * time.Hour)
	_, err = ds.Table("flat").Metadata(t.Context())
	isHTTPError(t, err, 404, "Not found")
}

func TestStreamingBuffer(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.create("t")
	oldest := time.UnixMilli(1_700_000_000_000)
	w.must(w.Stream("ds", "t", 5, oldest))
	md, err := w.ds.Table("t").Metadata(t.Context())
	w.must(err)
	if b := md.StreamingBuffer; b == nil || b.EstimatedRows != 5 || !b.OldestEntryTime.Equal(oldest) {
		t.Errorf("the buffer is %+v", md.StreamingBuffer)
	}
	w.must(w.Stream("ds", "t", 0, oldest))
	if md, err = w.ds.Table("t").Metadata(t.Context()); err != nil || md.StreamingBuffer != nil {
		t.Errorf("the buffer is %+v, %v", md.StreamingBuffer, err)
	}
}

func TestPermissions(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.create("t")
	asked := []string{"bigquery.tables.get", "bigquery.tables.updateData"}
	got, err := w.ds.Table("t").IAM().TestPermissions(t.Context(), asked)
	w.must(err)
	if !slices.Equal(got, asked) {
		t.Errorf("granted %v", got)
	}
	w.Deny("bigquery.tables.updateData", "bigquery.jobs.get")
	if got, err = w.ds.Table("t").IAM().TestPermissions(t.Context(), asked); err != nil || !slices.Equal(got, asked[:1]) {
		t.Errorf("granted %v, %v", got, err)
	}
	_, err = w.load(parquet(t, day("2024-01-02", 1, 0)), as(games))
	isHTTPError(t, err, 403, "bigquery.tables.updateData")
	_, err = w.ds.Table("none").IAM().TestPermissions(t.Context(), asked)
	isHTTPError(t, err, 404, "Not found")
}
