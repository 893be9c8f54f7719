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

// acceptQuery judges a query before it is taken and finds the dataset that it reads.
func (s *Server) acceptQuery(j *job) (*dataset, error) {
	q := j.config.object("query")
	for _, key := range []string{"destinationTable", "queryParameters", "tableDefinitions", "userDefinedFunctionResources", "createSession", "connectionProperties", "continuous", "timePartitioning", "clustering"} {
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
	t, _, err := s.plan(q, sel)
	if err != nil {
		return nil, err
	}
	j.stats = object{"statementType": "SELECT", "totalBytesProcessed": "0", "totalBytesBilled": "0", "cacheHit": false}
	return t.ds, nil
}

// plan finds the table and the columns of a SELECT and proves its conditions.
func (s *Server) plan(q object, sel *selection) (*table, []field, error) {
	if len(sel.from) == 1 {
		sel.from = append([]string{q.string("defaultDataset", "datasetId")}, sel.from...)
	}
	if len(sel.from) == 3 && sel.from[0] != s.opt.Project || len(sel.from) > 3 || sel.from[0] == "" {
		return nil, nil, invalidQuery("Table \"%s\" must be qualified with a dataset (e.g. dataset.table).", strings.Join(sel.from, "."))
	}
	n := len(sel.from)
	t, decorator, err := s.table(sel.from[n-2], sel.from[n-1])
	if err != nil {
		return nil, nil, err
	}
	if decorator != "" {
		return nil, nil, invalidQuery("Partition decorators are not part of GoogleSQL: %s", sel.from[n-1])
	}
	if t.isView() {
		return nil, nil, notImplemented("querying a view (" + t.name() + ")")
	}
	var fields []field
	for _, item := range sel.items {
		switch {
		case item.name == "*":
			fields = append(fields, t.fields...)
		case item.isCount:
			fields = append(fields, field{name: item.as, kind: "INTEGER", mode: "NULLABLE", res: object{}})
		default:
			f, found := named(t.fields, item.name)
			if !found {
				return nil, nil, invalidQuery("Unrecognized name: %s", item.name)
			}
			if f.mode == "REQUIRED" {
				f.mode = "NULLABLE"
			}
			if item.as != "" {
				f.name = item.as
			}
			fields = append(fields, f)
		}
	}
	filtered := false
	for _, c := range sel.where {
		f, found := named(t.fields, c.column)
		if !found {
			return nil, nil, invalidQuery("Unrecognized name: %s", c.column)
		}
		if !c.fits(f) {
			return nil, nil, invalidQuery("No matching signature for operator %s for argument types: %s, %s", c.op, f.kind, strings.Join(c.literals, ", "))
		}
		filtered = filtered || strings.EqualFold(c.column, t.part.field)
	}
	if t.needsFilter() && !filtered {
		return nil, nil, invalidQuery("Cannot query over table '%s.%s.%s' without a filter over column(s) '%s' that can be used for partition elimination", s.opt.Project, t.ds.id, t.id, t.part.field)
	}
	return t, fields, nil
}

func invalidQuery(format string, args ...any) *failure {
	f := fail(400, "invalidQuery", format, args...)
	f.location = "query"
	return f
}

// runQuery reads the rows of a SELECT. It sees what every job before it did.
func (s *Server) runQuery(j *job) error {
	s.runBefore(j)
	q := j.config.object("query")
	sel, err := parseSelect(q.string("query"))
	if err != nil {
		return err
	}
	t, fields, err := s.plan(q, sel)
	if err != nil {
		return err
	}
	j.result = &result{fields: fields}
	return s.store.each(sel.sql(t), func(values []any) error {
		j.result.rows = append(j.result.rows, values)
		return nil
	})
}

// queryNow is jobs.query: a job that is inserted and waited for in one request.
func (s *Server) queryNow(c *call) (answer, error) {
	if err := s.settle(); err != nil {
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
		return ok(object{"kind": "bigquery#queryResponse", "jobComplete": true, "jobReference": object{"projectId": s.opt.Project, "location": j.location}, "totalBytesProcessed": "0"})
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
		return ok(object{"kind": "bigquery#getQueryResultsResponse", "jobComplete": false, "jobReference": object{"projectId": s.opt.Project, "jobId": j.id, "location": j.location}})
	}
	s.run(j)
	a, err := s.resultPage(c, j, c.query.Get("formatOptions.useInt64Timestamp") == "true")
	return answer{status: 200, body: a}, err
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
		"kind": "bigquery#getQueryResultsResponse", "etag": "results", "jobComplete": true, "cacheHit": false, "totalRows": itoa(total), "totalBytesProcessed": "0",
		"jobReference": object{"projectId": s.opt.Project, "jobId": j.id, "location": j.location},
		"schema":       object{"fields": resources(j.result.fields)},
	}
	if len(rows) > 0 {
		a["rows"] = rows
	}
	if n > 0 && from+n < total {
		a["pageToken"] = itoa(from + n)
	}
	return a, nil
}
