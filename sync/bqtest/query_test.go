package bqtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/bqtest"
)

// filtered makes the table t of five rows of two days, which no query may read whole.
func (w *world) filtered() {
	w.Helper()
	md := partitioned(games)
	md.RequirePartitionFilter = true
	w.must(w.ds.Table("t").Create(w.Context(), md))
	w.loads(5, parquet(w.T, day("2024-01-02", 3, 0)+" UNION ALL "+day("2024-01-03", 2, 10)), as(games))
}

// query reads the rows of a query, sorted.
func (w *world) query(text string) (rows []string, err error) {
	w.Helper()
	it, err := w.client.Query(text).Read(w.Context())
	if err != nil {
		return nil, err
	}
	for _, row := range read(w.T, it) {
		rows = append(rows, fmt.Sprint(row))
	}
	slices.Sort(rows)
	return rows, nil
}

func TestQueries(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.filtered()
	for _, c := range []struct{ text, want string }{
		{"SELECT game, n AS m FROM `test.ds.t` WHERE game_date = '2024-01-03'", "[[g10 10] [g11 11]]"},
		{"SELECT n FROM `test`.ds.t WHERE game_date >= DATE '2024-01-02' AND n < 11 AND n > 0.5", "[[10] [1] [2]]"},
		{"select n from ds.t\nwhere game_date between '2024-01-03' and '2024-02-01' and n<=10 ;", "[[10]]"},
		{"SELECT n FROM ds.t WHERE game_date = '2024-01-03' AND game = 'g11'", "[[11]]"},
		{"SELECT COUNT(*) FROM ds.t WHERE game_date = '2024-01-02'", "[[3]]"},
		{"SELECT COUNT(*) AS c, COUNT(DISTINCT game_date) AS d FROM ds.t WHERE game_date > '1999-01-01'", "[[5 2]]"},
		{
			"SELECT game_date, count(*) FROM ds.t " +
				"WHERE game_date BETWEEN DATE '2024-01-01' AND DATE '2024-01-31' GROUP BY game_date",
			"[[2024-01-02 3] [2024-01-03 2]]",
		},
		{
			"SELECT GAME, COUNT( DISTINCT n ) FROM ds.t WHERE game_date = '2024-01-03' GROUP BY Game, n",
			"[[g10 1] [g11 1]]",
		},
	} {
		if rows, err := w.query(c.text); err != nil || fmt.Sprint(rows) != c.want {
			t.Errorf("%s: %v, %v, want %s", c.text, rows, err, c.want)
		}
	}
	text := "SELECT game AS g, COUNT(*), n FROM ds.t WHERE game_date = '2024-01-03' GROUP BY game, n"
	it, err := w.client.Query(text).Read(t.Context())
	w.must(err)
	read(t, it)
	if s := it.Schema; len(s) != 3 || s[0].Name != "g" || s[1].Name != "f1_" || s[2].Name != "n" || s[1].Type != bigquery.IntegerFieldType {
		t.Errorf("the schema is %+v", s)
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.filtered()
	const where = " FROM ds.t WHERE game_date = '2024-01-02'"
	for _, c := range []struct {
		text string
		code int
		says string
	}{
		{
			"SELECT n FROM ds.t", 400,
			"Cannot query over table 'test.ds.t' without a filter over column(s) 'game_date' " +
				"that can be used for partition elimination",
		},
		{"SELECT n FROM ds.t WHERE n = 1", 400, "without a filter"},
		{"SELECT none" + where, 400, "Unrecognized name: none"},
		{"SELECT n" + where + " GROUP BY none", 400, "Unrecognized name: none"},
		{"SELECT n" + where + " AND none = 1", 400, "Unrecognized name: none"},
		{"SELECT n, COUNT(*)" + where, 400, "column n which is neither grouped nor aggregated"},
		{"SELECT n" + where + " GROUP BY game", 400, "column n which is neither grouped nor aggregated"},
		{"SELECT n FROM ds.t WHERE game_date = 20240102", 400, "No matching signature for operator ="},
		{"SELECT n FROM t WHERE game_date = '2024-01-02'", 400, "must be qualified with a dataset"},
		{"SELECT n FROM other.ds.t", 400, "must be qualified with a dataset"},
		{"SELECT n FROM ds.none", 404, "Not found: Table test:ds.none"},
		{"", 400, "Required parameter is missing: query"},
		{"SELECT *" + where, 501, "this in a query: *"},
		{"SELECT SUM(n)" + where, 501, "this in a query: SUM(n)"},
		{"SELECT DISTINCT n" + where, 501, "this in a query: DISTINCT n"},
		{"SELECT n" + where + " ORDER BY n", 501, "this in a query"},
		{"SELECT n" + where + " OR n = 1", 501, "this in a query"},
		{"SELECT n" + where + " AND", 501, "this in a query"},
		{"SELECT n" + where + " GROUP BY n HAVING COUNT(*) > 1", 501, "this in a query"},
		{"SELECT n FROM ds.t JOIN ds.u USING (n)", 501, "this in a query"},
		{"INSERT INTO ds.t VALUES (DATE '2024-01-02', 'x', 1)", 501, "the statement INSERT"},
		{"DELETE" + where, 501, "the statement DELETE"},
		{"MERGE ds.t USING ds.u ON FALSE WHEN NOT MATCHED THEN INSERT ROW", 501, "the statement MERGE"},
	} {
		_, err := w.query(c.text)
		isHTTPError(t, err, c.code, c.says)
	}
	if !slices.ContainsFunc(w.Requests(), func(r bqtest.Request) bool { return strings.HasPrefix(r.SQL, "MERGE") && r.Status == 501 }) {
		t.Error("the MERGE is not recorded")
	}
	q := w.client.Query("SELECT n FROM ds.t WHERE game_date = @day")
	q.Parameters = []bigquery.QueryParameter{{Name: "day", Value: "2024-01-02"}}
	_, err := q.Read(t.Context())
	isHTTPError(t, err, 501, "queryParameters of a query job")
	row := &bigquery.ValuesSaver{Schema: games, Row: []bigquery.Value{nil, "x", 1}}
	isHTTPError(t, w.ds.Table("t").Inserter().Put(t.Context(), row), 501, "tabledata.insertAll")
	if n := w.Count("tabledata.insertAll"); n != 1 {
		t.Errorf("%d insertAll are recorded", n)
	}
}

// As a job, in pages, and dry: what it reads is what it is billed for.
func TestQueryJobs(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.filtered()
	q := w.client.Query("SELECT n, game FROM ds.t WHERE game_date > '2024-01-01' AND n >= 0")
	q.JobID = "q1"
	job, err := q.Run(t.Context())
	w.must(err)
	_, err = w.wait(job)
	w.must(err)
	if s := job.LastStatus().Statistics.Details.(*bigquery.QueryStatistics); s.TotalBytesBilled != 10<<20 {
		t.Errorf("%d bytes are billed", s.TotalBytesBilled)
	}
	it, err := job.Read(t.Context())
	w.must(err)
	it.PageInfo().MaxSize = 2
	if rows := read(t, it); len(rows) != 5 || rows[4][1] != "g11" {
		t.Errorf("read %v", rows)
	}
	for text, want := range map[string]int64{ // rows of the partitions, columns, 8 bytes
		q.Q: 5 * 3 * 8,
		"SELECT n, N AS m FROM ds.t WHERE game_date = '2024-01-02' AND n > 1": 3 * 2 * 8,
		"SELECT COUNT(*) FROM ds.t WHERE game_date = '1999-01-01'":            0,
	} {
		dry := w.client.Query(text)
		dry.DryRun, dry.JobID = true, "dry"
		job, err := dry.Run(t.Context())
		w.must(err)
		s := job.LastStatus()
		isFree := s.Statistics.Details.(*bigquery.QueryStatistics).TotalBytesBilled == 0
		if !s.Done() || !isFree || s.Statistics.TotalBytesProcessed != want || w.JobState("dry") != "" {
			t.Errorf("the dry run of %s is %+v, want %d bytes", text, s.Statistics, want)
		}
	}
	q.JobID, q.MaxBytesBilled = "", 10<<20
	_, err = q.Read(t.Context())
	w.must(err)
	q.MaxBytesBilled--
	_, err = q.Read(t.Context())
	isHTTPError(t, err, 400, "Query exceeded limit for bytes billed: 10485759. 10485760 or higher required.")
	pages := w.ds.Table("t").Read(t.Context())
	pages.PageInfo().MaxSize = 2
	if rows := read(t, pages); len(rows) != 5 {
		t.Errorf("read %v", rows)
	}
}

// TestQueriesOfWhoMayNotRead: jobs alone are not enough, and a dry run takes as much.
func TestQueriesOfWhoMayNotRead(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.filtered()
	w.Deny("bigquery.tables.getData")
	for _, dry := range []bool{false, true} {
		q := w.client.Query("SELECT n FROM ds.t WHERE game_date = '2024-01-02'")
		q.DryRun = dry
		_, err := q.Run(t.Context())
		isHTTPError(t, err, 403, "does not have bigquery.tables.getData permission")
	}
}
