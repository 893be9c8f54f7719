package bqtest

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A call is a request on its way through the server.
type call struct {
	r       *http.Request
	entry   Request // what Requests will tell of it
	query   url.Values
	project string
	dataset string
	table   string // with the decorator, if any
	jobID   string
	do      func(*Server, *call) (answer, error)

	upload   string // how media comes: "", multipart, start, resumable
	chunk    bool   // it carries a chunk of a resumable upload
	body     []byte // of a chunk, the media
	json     object // of all others
	media    []byte // of multipart
	hasMedia bool   // be it empty

	outcome Kind // of the job that it inserts
}

type route struct {
	call string
	do   func(*Server, *call) (answer, error)
}

// routes are the calls by HTTP method and shape of the path below projects/P:
// D, T and J stand for the ids of a dataset, a table and a job.
func routes() map[string]route {
	return map[string]route{
		"POST jobs":                  {"jobs.insert", (*Server).insertJob},
		"GET jobs":                   {"jobs.list", (*Server).listJobs},
		"GET jobs/J":                 {"jobs.get", (*Server).getJob},
		"POST jobs/J/cancel":         {"jobs.cancel", (*Server).cancelJob},
		"POST queries":               {"jobs.query", (*Server).queryNow},
		"GET queries/J":              {"jobs.getQueryResults", (*Server).queryResults},
		"POST datasets":              {"datasets.insert", (*Server).insertDataset},
		"GET datasets":               {"datasets.list", (*Server).listDatasets},
		"GET datasets/D":             {"datasets.get", (*Server).getDataset},
		"PATCH datasets/D":           {"datasets.patch", (*Server).patchDataset},
		"PUT datasets/D":             {"datasets.update", (*Server).patchDataset},
		"DELETE datasets/D":          {"datasets.delete", (*Server).deleteDataset},
		"POST datasets/D/tables":     {"tables.insert", (*Server).insertTable},
		"GET datasets/D/tables":      {"tables.list", (*Server).listTables},
		"GET datasets/D/tables/T":    {"tables.get", (*Server).getTable},
		"PATCH datasets/D/tables/T":  {"tables.patch", (*Server).patchTable},
		"PUT datasets/D/tables/T":    {"tables.update", (*Server).patchTable},
		"DELETE datasets/D/tables/T": {"tables.delete", (*Server).deleteTable},
		"POST datasets/D/tables/T:testIamPermissions": {"tables.testIamPermissions", (*Server).testPermissions},
		"GET datasets/D/tables/T/data":                {"tabledata.list", (*Server).listRows},
		"POST datasets/D/tables/T/insertAll":          {"tabledata.insertAll", refuse("tabledata.insertAll: rows come by load jobs")},
		"GET projects":                                {"projects.list", (*Server).listProjects},
	}
}

func refuse(what string) func(*Server, *call) (answer, error) {
	return func(*Server, *call) (answer, error) { return answer{}, notImplemented(what) }
}

// route finds out which call a request is, from its method, path and headers alone.
func (s *Server) route(r *http.Request) *call {
	c := &call{r: r, query: r.URL.Query()}
	c.entry = Request{Method: r.Method, Path: r.URL.Path, Call: "unknown"}
	c.do = refuse(r.Method + " " + r.URL.Path)
	path := r.URL.Path
	if path == "/$discovery/rest" || path == "/discovery/v1/apis/bigquery/v2/rest" {
		c.entry.Call, c.do = "discovery", (*Server).discover
		return c
	}
	rest, isUpload := strings.CutPrefix(strings.TrimPrefix(path, "/resumable"), "/upload")
	rest, found := strings.CutPrefix(rest, "/bigquery/v2/projects")
	if !found {
		return c
	}
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	c.project = parts[0]
	shape := c.shape(parts[1:])
	if c.project == "" {
		shape = "projects"
	}
	if known, found := routes()[r.Method+" "+shape]; found {
		c.entry.Call, c.do = known.call, known.do
	}
	if isUpload && shape == "jobs" {
		c.routeUpload()
	}
	return c
}

// shape replaces the variable parts of a path by D, T and J and keeps them.
func (c *call) shape(parts []string) string {
	parts = slices.Clone(parts)
	for i := range parts {
		if i == 0 {
			continue
		}
		switch parts[i-1] {
		case "datasets":
			c.dataset, parts[i] = parts[i], "D"
		case "jobs", "queries":
			c.jobID, parts[i] = parts[i], "J"
		case "tables":
			name, verb, isVerb := strings.Cut(parts[i], ":")
			if c.table, parts[i] = name, "T"; isVerb {
				parts[i] += ":" + verb
			}
		}
	}
	return strings.Join(parts, "/")
}

// read reads the body, gunzips it and takes it apart.
func (c *call) read() error {
	var in io.Reader = c.r.Body
	if c.r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return invalid("the body is not gzip: %v", err)
		}
		in = z
	}
	var err error
	if c.body, err = io.ReadAll(in); err != nil {
		return fmt.Errorf("read the body of %s %s: %w", c.r.Method, c.r.URL.Path, err)
	}
	switch {
	case c.chunk:
		return nil
	case c.upload == "multipart":
		return c.readMultipart()
	case len(c.body) > 0:
		c.json, err = parse(c.body)
		return err
	}
	return nil
}

// describe says which job and table a request is about.
func (s *Server) describe(c *call) {
	r := &c.entry
	r.JobID = c.jobID
	if c.table != "" {
		r.Table = c.dataset + "." + c.table
	}
	job := c.json
	if c.chunk {
		s.mu.Lock()
		if u := s.uploads[c.query.Get("upload_id")]; u != nil {
			job = u.job
		}
		s.mu.Unlock()
	}
	switch {
	case r.Call == "tables.insert":
		r.Table = c.dataset + "." + job.string("tableReference", "tableId")
	case r.Call == "jobs.query":
		r.Kind, r.SQL = "query", job.string("query")
	case job.object("configuration") != nil:
		r.JobID = job.string("jobReference", "jobId")
		for _, kind := range []string{"load", "copy", "query", "extract"} {
			if of := job.object("configuration", kind); of != nil {
				r.Kind, r.SQL = kind, of.string("query")
				if to := of.object("destinationTable"); to != nil {
					r.Table = to.string("datasetId") + "." + to.string("tableId")
				}
			}
		}
	}
}

// needs is the permission that a call needs.
func needs() map[string]string {
	return map[string]string{
		"jobs.insert": "bigquery.jobs.create", "jobs.query": "bigquery.jobs.create", "jobs.list": "bigquery.jobs.list", "jobs.get": "bigquery.jobs.get",
		"datasets.insert": "bigquery.datasets.create", "datasets.get": "bigquery.datasets.get",
		"datasets.patch": "bigquery.datasets.update", "datasets.update": "bigquery.datasets.update", "datasets.delete": "bigquery.datasets.delete",
		"tables.insert": "bigquery.tables.create", "tables.get": "bigquery.tables.get", "tables.list": "bigquery.tables.list",
		"tables.patch": "bigquery.tables.update", "tables.update": "bigquery.tables.update", "tables.delete": "bigquery.tables.delete",
		"tabledata.list": "bigquery.tables.getData",
	}
}

// permit refuses a call whose permission was taken away.
func (s *Server) permit(c *call) error {
	need := []string{needs()[c.entry.Call]}
	if c.entry.Call == "jobs.insert" && c.entry.Kind == "load" {
		need = append(need, "bigquery.tables.updateData")
	}
	if c.entry.Kind == "query" {
		need = append(need, "bigquery.tables.getData")
	}
	for _, p := range need {
		if slices.Contains(s.denied, p) {
			return fail(403, "accessDenied", "Access Denied: Project %s: User does not have %s permission in project %s.", s.opt.Project, p, s.opt.Project)
		}
	}
	if c.project != "" && c.project != s.opt.Project {
		return fail(404, "notFound", "Not found: Project %s", c.project)
	}
	return nil
}

func (s *Server) testPermissions(c *call) (answer, error) {
	if _, _, err := s.table(c.dataset, c.table); err != nil {
		return answer{}, err
	}
	granted := []string{}
	for _, p := range c.json.strings("permissions") {
		if !slices.Contains(s.denied, p) {
			granted = append(granted, p)
		}
	}
	if len(granted) == 0 {
		return ok(object{}) // proto JSON leaves out an empty list
	}
	return ok(object{"permissions": granted})
}

func (s *Server) listProjects(*call) (answer, error) {
	p := s.opt.Project
	return ok(object{"kind": "bigquery#projectList", "totalItems": 1, "projects": []object{{
		"kind": "bigquery#project", "id": p, "numericId": "1", "friendlyName": p, "projectReference": object{"projectId": p},
	}}})
}
