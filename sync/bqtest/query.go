package bqtest

import (
	"fmt"
	"strings"
)

// A result is what a query gave.
type result struct {
	fields []field
	rows   [][]any
}

// readQuery reads the configuration of a query job.
func (s *Server) readQuery(q object) (*query, error) {
	for _, key := range []string{"destinationTable", "queryParameters", "tableDefinitions", "userDefinedFunctionResources",
		"createSession", "connectionProperties", "continuous", "timePartitioning", "clustering"} {
		if q.has(key) {
			return nil, notImplemented(key + " of a query job")
		}
	}
	if legacy := q.at("useLegacySql"); legacy == nil || q.bool("useLegacySql") { // the API's own default is true
		return nil, notImplemented("legacy SQL (useLegacySql is " + fmt.Sprint(legacy) + ")")
	}
	sel, err := parseSelect(q.string("query"))
	if err != nil {
		return nil, err
	}
	return s.prepare(sel, q.string("defaultDataset", "datasetId"))
}

// acceptQuery judges a query before it is taken, estimates what it reads, and
// finds the dataset.
func (s *Server) acceptQuery(j *job) (*dataset, error) {
	p, err := s.readQuery(j.config.object("query"))
	if err != nil {
		return nil, err
	}
	bytes, err := p.bytes(s)
	if err != nil {
		return nil, err
	}
	j.stats = object{"statementType": "SELECT", "totalBytesProcessed": itoa(bytes), "totalBytesBilled": "0", "cacheHit": false}
	return p.table.ds, nil
}

// billed is what a query that reads so many bytes is billed for: whole
// mebibytes, ten at the least.
func billed(bytes int64) int64 {
	const unit = 1 << 20
	if bytes == 0 {
		return 0
	}
	return max((bytes+unit-1)/unit, 10) * unit
}

// runQuery reads the rows of a SELECT. It sees what every job before it did.
func (s *Server) runQuery(j *job) error {
	s.runBefore(j)
	q := j.config.object("query")
	p, err := s.readQuery(q)
	if err != nil {
		return err
	}
	bytes, err := p.bytes(s)
	if err != nil {
		return err
	}
	most, err := q.int("maximumBytesBilled")
	if err != nil {
		return err
	}
	if most > 0 && billed(bytes) > most {
		return fail(400, "bytesBilledLimitExceeded", "Query exceeded limit for bytes billed: %d. %d or higher required.", most, billed(bytes))
	}
	j.stats["totalBytesProcessed"], j.stats["totalBytesBilled"] = itoa(bytes), itoa(billed(bytes))
	j.result = &result{fields: p.fields}
	return s.store.each(p.sql(), func(values []any) error {
		j.result.rows = append(j.result.rows, values)
		return nil
	})
}

// runBefore runs the jobs that were inserted before j.
func (s *Server) runBefore(j *job) {
	for _, other := range s.order {
		if other == j {
			return
		}
		if !other.endless {
			s.run(other)
		}
	}
}

// queryNow is jobs.query: a job that is inserted and waited for in one request.
func (s *Server) queryNow(c *call) (answer, error) {
	if err := s.catchUp(); err != nil {
		return answer{}, err
	}
	q := c.json.clone()
	for _, key := range []string{"kind", "location", "requestId", "formatOptions", "labels", "dryRun", "timeoutMs", "maxResults", "jobCreationMode", "preserveNulls"} {
		delete(q, key)
	}
	j := &job{id: "job_" + itoa(s.next()), kind: "query", config: object{"query": map[string]any(q)}, state: pending, created: s.opt.Now(), stats: object{}}
	if err := s.accept(j, c.json.string("location")); err != nil {
		return answer{}, err
	}
	if c.json.bool("dryRun") {
		return ok(object{
			"kind": "bigquery#queryResponse", "jobComplete": true, "totalBytesProcessed": j.stats["totalBytesProcessed"],
			"jobReference": object{"projectId": s.opt.Project, "location": j.location},
		})
	}
	s.jobs[j.id], s.order = j, append(s.order, j)
	s.run(j)
	a, err := s.resultPage(c, j, c.json.bool("formatOptions", "useInt64Timestamp"))
	if err == nil {
		a["kind"] = "bigquery#queryResponse"
	}
	return answer{status: 200, body: a}, err
}

// queryResults is jobs.getQueryResults. It waits for the job, unless that never ends.
func (s *Server) queryResults(c *call) (answer, error) {
	j, err := s.findJob(c)
	if err != nil {
		return answer{}, err
	}
	if j.kind != "query" {
		return answer{}, invalid("Cannot get the query results of a %s job", j.kind)
	}
	if j.endless {
		return ok(object{"kind": "bigquery#getQueryResultsResponse", "jobComplete": false, "jobReference": s.reference(j)})
	}
	s.run(j)
	a, err := s.resultPage(c, j, c.query.Get("formatOptions.useInt64Timestamp") == "true")
	return answer{status: 200, body: a}, err
}

func (s *Server) reference(j *job) object {
	return object{"projectId": s.opt.Project, "jobId": j.id, "location": j.location}
}

func (s *Server) resultPage(c *call, j *job, micros bool) (object, error) {
	if j.failed != nil {
		return nil, j.failed
	}
	from, n, err := c.span()
	if err != nil {
		return nil, err
	}
	total := int64(len(j.result.rows))
	rows := []object{}
	for _, values := range j.result.rows[min(from, total):min(from+n, total)] {
		rows = append(rows, cells(j.result.fields, values, micros))
	}
	a := object{
		"kind": "bigquery#getQueryResultsResponse", "etag": "results", "jobComplete": true, "cacheHit": false, "totalRows": itoa(total),
		"totalBytesProcessed": j.stats["totalBytesProcessed"], "jobReference": s.reference(j), "schema": object{"fields": resources(j.result.fields)},
	}
	if len(rows) > 0 {
		a["rows"] = rows
	}
	if n > 0 && from+n < total {
		a["pageToken"] = itoa(from + n)
	}
	return a, nil
}

func invalidQuery(format string, args ...any) *failure {
	f := fail(400, "invalidQuery", format, args...)
	f.location = "query"
	return f
}

// A query is a SELECT whose names are found.
type query struct {
	*selection
	table  *table
	fields []field
}

// prepare finds the table and the columns of a SELECT and proves its conditions.
func (s *Server) prepare(sel *selection, defaultDataset string) (*query, error) {
	if len(sel.from) == 1 {
		sel.from = append([]string{defaultDataset}, sel.from...)
	}
	if len(sel.from) == 3 && sel.from[0] != s.opt.Project || len(sel.from) > 3 || sel.from[0] == "" {
		return nil, invalidQuery("Table \"%s\" must be qualified with a dataset (e.g. dataset.table).", strings.Join(sel.from, "."))
	}
	n := len(sel.from)
	t, decorator, err := s.table(sel.from[n-2], sel.from[n-1])
	if err != nil {
		return nil, err
	}
	if decorator != "" {
		return nil, invalidQuery("Partition decorators are not part of GoogleSQL: %s", sel.from[n-1])
	}
	if t.isView() {
		return nil, notImplemented("querying a view (" + t.name() + ")")
	}
	for _, name := range sel.columns() {
		if _, found := named(t.fields, name); !found {
			return nil, invalidQuery("Unrecognized name: %s", name)
		}
	}
	p := &query{selection: sel, table: t}
	for _, it := range sel.items {
		f := field{name: it.as, kind: "INTEGER", mode: "NULLABLE", res: object{}}
		if !it.isCount {
			f, _ = named(t.fields, it.column)
			if sel.isGrouped() && !sel.groups(it.column) {
				return nil, invalidQuery("SELECT list expression references column %s which is neither grouped nor aggregated", it.column)
			}
			if f.mode == "REQUIRED" {
				f.mode = "NULLABLE"
			}
			f.name = it.as
		}
		p.fields = append(p.fields, f)
	}
	isFiltered := false
	for _, c := range sel.where {
		f, _ := named(t.fields, c.column)
		if !c.fits(f) {
			return nil, invalidQuery("No matching signature for operator %s for argument types: %s, %s", c.op, f.kind, strings.Join(c.literals, ", "))
		}
		isFiltered = isFiltered || strings.EqualFold(c.column, t.part.field)
	}
	if t.needsFilter() && !isFiltered {
		return nil, invalidQuery("Cannot query over table '%s.%s.%s' without a filter over column(s) '%s' that can be used for partition elimination", s.opt.Project, t.ds.id, t.id, t.part.field)
	}
	return p, nil
}

// bytes is what the query reads: the columns that it names, of the partitions
// that its filter leaves. Each value counts as much as in a table's numBytes.
func (q *query) bytes(s *Server) (int64, error) {
	var onPartition []condition
	for _, c := range q.where {
		if strings.EqualFold(c.column, q.table.part.field) {
			onPartition = append(onPartition, c)
		}
	}
	rows, err := s.store.number("SELECT count(*) FROM " + q.table.relation + where(onPartition))
	return rows * int64(8*len(q.columns())), err
}

// sql is the query as DuckDB runs it over the table's relation.
func (q *query) sql() string {
	var items []string
	for _, it := range q.items {
		items = append(items, it.sql())
	}
	text := "SELECT " + join(items) + " FROM " + q.table.relation + where(q.where)
	if len(q.groupBy) > 0 {
		text += " GROUP BY " + idents(q.groupBy)
	}
	return text
}
