package bqtest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A dataset is a named place for tables.
type dataset struct {
	id       string
	location string
	res      object // what the client may set
	etag     string
	created  time.Time
	modified time.Time
	tables   map[string]*table
}

var (
	datasetID  = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	labelKey   = regexp.MustCompile(`^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$`)
	labelValue = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$`)
)

// checkLabels refuses labels that BigQuery refuses.
func checkLabels(o object) error {
	labels := o.object("labels")
	if len(labels) > 64 {
		return invalid("%d labels, at most 64 are allowed", len(labels))
	}
	for k := range labels {
		if v := labels.string(k); !labelKey.MatchString(k) || !labelValue.MatchString(v) {
			return invalid("Label %q: %q has invalid characters: lower case, digits, _ and -, at most 63 of them", k, v)
		}
	}
	return nil
}

func millis(t time.Time) string { return itoa(t.UnixMilli()) }

// location writes a location as BigQuery does: multi-regions in capitals.
func location(s string) string {
	switch upper := strings.ToUpper(s); upper {
	case "":
		return "US"
	case "US", "EU":
		return upper
	}
	return strings.ToLower(s)
}

func (s *Server) datasetNamed(id string) (*dataset, error) {
	if ds := s.datasets[id]; ds != nil {
		return ds, nil
	}
	return nil, notFound("Not found: Dataset %s:%s", s.opt.Project, id)
}

func (s *Server) etag() string { return "etag/" + itoa(s.next()) + "==" }

// matches is the precondition of a change: the etag that the client has seen.
func matches(c *call, etag string) error {
	if want := c.r.Header.Get("If-Match"); want != "" && want != "*" && want != etag {
		return fail(412, "conditionNotMet", "Precondition check failed.")
	}
	return nil
}

func (s *Server) insertDataset(c *call) (answer, error) {
	id := c.json.string("datasetReference", "datasetId")
	if !datasetID.MatchString(id) || len(id) > 1024 {
		return answer{}, invalid("Invalid dataset ID \"%s\". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.", id)
	}
	if p := c.json.string("datasetReference", "projectId"); p != "" && p != s.opt.Project {
		return answer{}, invalid("the dataset reference names the project %s", p)
	}
	if s.datasets[id] != nil {
		return answer{}, fail(409, "duplicate", "Already Exists: Dataset %s:%s", s.opt.Project, id)
	}
	now := s.opt.Now()
	ds := &dataset{id: id, location: location(c.json.string("location")), res: c.json.clone().plain(), etag: s.etag(), created: now, modified: now, tables: map[string]*table{}}
	if err := ds.check(); err != nil {
		return answer{}, err
	}
	s.datasets[id] = ds
	return ok(s.datasetResource(ds))
}

// check judges what a client has set.
func (ds *dataset) check() error {
	for key, least := range map[string]int64{"defaultTableExpirationMs": 3_600_000, "defaultPartitionExpirationMs": 1} {
		ms, err := ds.res.int(key)
		if err != nil {
			return err
		}
		if ms != 0 && ms < least {
			return invalid("%s is %d, it must be at least %d", key, ms, least)
		}
		if delete(ds.res, key); ms != 0 {
			ds.res[key] = itoa(ms)
		}
	}
	return checkLabels(ds.res)
}

func (s *Server) datasetResource(ds *dataset) object {
	o := ds.res.clone()
	maps.Copy(o, object{
		"kind": "bigquery#dataset", "id": s.opt.Project + ":" + ds.id, "etag": ds.etag, "location": ds.location, "type": "DEFAULT",
		"datasetReference": object{"projectId": s.opt.Project, "datasetId": ds.id},
		"creationTime":     millis(ds.created), "lastModifiedTime": millis(ds.modified),
		"selfLink": s.URL + "/bigquery/v2/projects/" + s.opt.Project + "/datasets/" + ds.id,
	})
	if o.at("access") == nil {
		o["access"] = []object{{"role": "OWNER", "specialGroup": "projectOwners"}}
	}
	return o
}

func (s *Server) listDatasets(*call) (answer, error) {
	list := []object{}
	for _, id := range slices.Sorted(maps.Keys(s.datasets)) {
		ds := s.datasets[id]
		o := object{
			"kind": "bigquery#dataset", "id": s.opt.Project + ":" + id, "location": ds.location,
			"datasetReference": object{"projectId": s.opt.Project, "datasetId": id},
		}
		if labels := ds.res.object("labels"); labels != nil {
			o["labels"] = labels
		}
		list = append(list, o)
	}
	a := object{"kind": "bigquery#datasetList", "etag": "list"}
	if len(list) > 0 {
		a["datasets"] = list
	}
	return ok(a)
}

func (s *Server) getDataset(c *call) (answer, error) {
	ds, err := s.datasetNamed(c.dataset)
	if err != nil {
		return answer{}, err
	}
	return ok(s.datasetResource(ds))
}

func (s *Server) patchDataset(c *call) (answer, error) {
	ds, err := s.datasetNamed(c.dataset)
	if err != nil {
		return answer{}, err
	}
	if err := matches(c, ds.etag); err != nil {
		return answer{}, err
	}
	if to := c.json.string("location"); to != "" && location(to) != ds.location {
		return answer{}, invalid("Cannot change the location of dataset %s:%s", s.opt.Project, ds.id)
	}
	next := *ds
	next.res = ds.res.clone()
	if c.r.Method == "PUT" {
		next.res = object{}
	}
	next.res.patch(c.json)
	if err := next.check(); err != nil {
		return answer{}, err
	}
	next.etag, next.modified = s.etag(), s.opt.Now()
	*ds = next
	return ok(s.datasetResource(ds))
}

func (s *Server) deleteDataset(c *call) (answer, error) {
	ds, err := s.datasetNamed(c.dataset)
	if err != nil {
		return answer{}, err
	}
	if len(ds.tables) > 0 && c.query.Get("deleteContents") != "true" {
		return answer{}, fail(400, "resourceInUse", "Dataset %s:%s is still in use", s.opt.Project, ds.id)
	}
	for _, t := range ds.tables {
		if err := s.drop(t); err != nil {
			return answer{}, err
		}
	}
	delete(s.datasets, ds.id)
	return answer{status: 204}, nil
}
