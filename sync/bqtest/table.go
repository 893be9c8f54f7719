package bqtest

import (
	"maps"
	"regexp"
	"slices"
	"time"
)

// A table is a table or a view.
type table struct {
	ds       *dataset
	id       string
	project  string
	res      object // what the client may set, without the schema
	fields   []field
	part     partitioning
	relation string // DuckDB's, quoted; "" for a view
	etag     string
	created  time.Time
	modified time.Time
	stream   object // streamingBuffer, nil if there is none
}

// name is how messages call a table.
func (t *table) name() string { return t.project + ":" + t.ds.id + "." + t.id }

func (t *table) isView() bool { return t.res.object("view") != nil }

func (t *table) needsFilter() bool {
	return t.res.bool("requirePartitionFilter") || t.res.bool("timePartitioning", "requirePartitionFilter")
}

var tableID = regexp.MustCompile(`^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} ]+$`)

// catchUp brings everything up to date before somebody looks: jobs that are due
// have run, what is too old is gone.
func (s *Server) catchUp() error {
	for _, j := range s.order {
		if j.state != done && !j.endless {
			s.run(j)
		}
	}
	for _, ds := range s.datasets {
		for id, t := range ds.tables {
			ends, err := t.res.int("expirationTime")
			if err != nil {
				return err
			}
			if ends != 0 && ends < s.opt.Now().UnixMilli() {
				if err := s.drop(t); err != nil {
					return err
				}
				delete(ds.tables, id)
			} else if err := s.expire(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// table finds a table by its id, which may carry a decorator.
func (s *Server) table(dataset, id string) (t *table, decorator string, err error) {
	ds, err := s.datasetNamed(dataset)
	if err != nil {
		return nil, "", err
	}
	id, decorator, _ = split(id)
	if t = ds.tables[id]; t == nil {
		return nil, "", notFound("Not found: Table %s:%s.%s", s.opt.Project, dataset, id)
	}
	return t, decorator, nil
}

// current is table after catchUp.
func (s *Server) current(dataset, id string) (*table, string, error) {
	if err := s.catchUp(); err != nil {
		return nil, "", err
	}
	return s.table(dataset, id)
}

// currentDataset is a dataset after all that was to happen by now.
func (s *Server) currentDataset(id string) (*dataset, error) {
	if err := s.catchUp(); err != nil {
		return nil, err
	}
	return s.datasetNamed(id)
}

func (s *Server) drop(t *table) error {
	if t.relation == "" {
		return nil
	}
	return s.store.exec("DROP TABLE " + t.relation)
}

func (s *Server) insertTable(c *call) (answer, error) {
	ds, err := s.currentDataset(c.dataset)
	if err != nil {
		return answer{}, err
	}
	if d := c.json.string("tableReference", "datasetId"); d != c.dataset {
		return answer{}, invalid("the table reference names the dataset %q, the path %q", d, c.dataset)
	}
	t, err := s.create(ds, c.json.string("tableReference", "tableId"), c.json)
	if err != nil {
		return answer{}, err
	}
	return s.tableAnswer(t, "")
}

// create makes a table or a view from its resource.
func (s *Server) create(ds *dataset, id string, res object) (*table, error) {
	if !tableID.MatchString(id) || len(id) > 1024 {
		return nil, invalid("Invalid table ID \"%s\".", id)
	}
	now := s.opt.Now()
	t := &table{ds: ds, id: id, project: s.opt.Project, res: res.clone().plain(), etag: s.etag(), created: now, modified: now}
	if ds.tables[id] != nil {
		return nil, fail(409, "duplicate", "Already Exists: Table %s", t.name())
	}
	for _, key := range []string{"materializedView", "externalDataConfiguration", "rangePartitioning", "snapshotDefinition", "cloneDefinition", "tableConstraints"} {
		if t.res.has(key) {
			return nil, notImplemented(key + " of a table")
		}
	}
	if err := t.inherit(); err != nil {
		return nil, err
	}
	if err := t.setSchema(t.res.objects("schema", "fields")); err != nil {
		return nil, err
	}
	if !t.isView() {
		t.relation = ident("t" + itoa(s.next()))
		text := "CREATE TABLE " + t.relation + " (" + columns(t.fields) + ")"
		if len(t.fields) == 0 { // a table may exist before its schema
			text = "CREATE TABLE " + t.relation + ` (" " BOOLEAN)`
		}
		if err := s.store.exec(text); err != nil {
			return nil, err
		}
	}
	ds.tables[id] = t
	return t, nil
}

// inherit takes over the expirations of the dataset where the table has none of its own.
func (t *table) inherit() error {
	ofPartitions := t.ds.res.string("defaultPartitionExpirationMs")
	part := t.res.object("timePartitioning")
	if part != nil && part.string("expirationMs") == "" && ofPartitions != "" {
		part["expirationMs"] = ofPartitions
	}
	ofTables, err := t.ds.res.int("defaultTableExpirationMs")
	if err != nil {
		return err
	}
	isPartitioned := part != nil && ofPartitions != ""
	if ofTables != 0 && t.res.string("expirationTime") == "" && !isPartitioned && !t.isView() {
		t.res["expirationTime"] = millis(t.created.Add(time.Duration(ofTables) * time.Millisecond))
	}
	return nil
}

// setSchema parses the schema and judges all that depends on it.
func (t *table) setSchema(list []object) error {
	fields, err := parseFields(list, 1)
	if err != nil {
		return err
	}
	return t.setFields(fields)
}

func (t *table) setFields(fields []field) (err error) {
	delete(t.res, "schema")
	t.fields = fields
	if t.part, err = parsePartitioning(t.res.object("timePartitioning"), fields); err != nil {
		return err
	}
	if t.part.kind != "" {
		o := t.res.object("timePartitioning")
		if o["type"] = t.part.kind; t.part.expiration == 0 {
			delete(o, "expirationMs")
		} else {
			o["expirationMs"] = itoa(t.part.expiration.Milliseconds())
		}
	} else if t.needsFilter() {
		return invalid("requirePartitionFilter needs a partitioned table")
	}
	clustering := t.res.strings("clustering", "fields")
	if len(clustering) > 4 {
		return invalid("%d clustering fields, at most 4 are allowed", len(clustering))
	}
	for _, name := range clustering {
		f, found := named(fields, name)
		if !found || f.mode == "REPEATED" || slices.Contains([]string{"RECORD", "FLOAT", "BYTES", "TIME", "JSON"}, f.kind) {
			return invalid("The field specified for clustering cannot be found in the schema, or has a type that cannot be clustered by: %s", name)
		}
	}
	if ms, err := t.res.int("expirationTime"); err != nil {
		return err
	} else if ms != 0 {
		t.res["expirationTime"] = itoa(ms)
	}
	return checkLabels(t.res)
}

func (s *Server) getTable(c *call) (answer, error) {
	t, decorator, err := s.current(c.dataset, c.table)
	if err != nil {
		return answer{}, err
	}
	return s.tableAnswer(t, decorator)
}

func (s *Server) tableAnswer(t *table, decorator string) (answer, error) {
	o, err := s.tableResource(t, decorator)
	if err != nil {
		return answer{}, err
	}
	return ok(o)
}

func (s *Server) tableResource(t *table, decorator string) (object, error) {
	o := t.res.clone()
	id := t.id
	if decorator != "" {
		id += "$" + decorator
	}
	maps.Copy(o, object{
		"kind": "bigquery#table", "id": t.project + ":" + t.ds.id + "." + id, "etag": t.etag, "location": t.ds.location, "type": "TABLE",
		"tableReference": object{"projectId": t.project, "datasetId": t.ds.id, "tableId": id},
		"creationTime":   millis(t.created), "lastModifiedTime": millis(t.modified),
		"selfLink": s.URL + "/bigquery/v2/projects/" + t.project + "/datasets/" + t.ds.id + "/tables/" + id,
	})
	if len(t.fields) > 0 {
		o["schema"] = object{"fields": resources(t.fields)}
	}
	if t.isView() {
		o["type"] = "VIEW"
		return o, nil
	}
	where, err := t.where(decorator)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.number("SELECT count(*) FROM " + t.relation + where)
	if err != nil {
		return nil, err
	}
	// The bytes are those of the column types, near enough for a test.
	bytes := itoa(rows * int64(8*len(t.fields)))
	o["numRows"], o["numBytes"], o["numLongTermBytes"], o["numTotalLogicalBytes"] = itoa(rows), bytes, "0", bytes
	if t.stream != nil && decorator == "" {
		o["streamingBuffer"] = t.stream
	}
	return o, nil
}

func (s *Server) listTables(c *call) (answer, error) {
	ds, err := s.currentDataset(c.dataset)
	if err != nil {
		return answer{}, err
	}
	list := []object{}
	for _, id := range slices.Sorted(maps.Keys(ds.tables)) {
		full, err := s.tableResource(ds.tables[id], "")
		if err != nil {
			return answer{}, err
		}
		o := object{}
		for _, key := range []string{"id", "tableReference", "type", "labels", "creationTime", "expirationTime", "timePartitioning", "clustering", "requirePartitionFilter"} {
			if v := full.at(key); v != nil {
				o[key] = v
			}
		}
		o["kind"] = "bigquery#table"
		list = append(list, o)
	}
	a := object{"kind": "bigquery#tableList", "etag": "list", "totalItems": len(list)}
	if len(list) > 0 {
		a["tables"] = list
	}
	return ok(a)
}

func (s *Server) patchTable(c *call) (answer, error) {
	t, decorator, err := s.current(c.dataset, c.table)
	if err != nil {
		return answer{}, err
	}
	if decorator != "" {
		return answer{}, invalid("Cannot change a partition: %s", c.table)
	}
	if err := matches(c, t.etag); err != nil {
		return answer{}, err
	}
	next := *t
	next.res = t.res.clone()
	if c.r.Method == "PUT" {
		next.res = object{}
	}
	next.res.patch(c.json)
	fields := t.fields
	if c.json.object("schema") != nil {
		given, err := parseFields(c.json.objects("schema", "fields"), 1)
		if err != nil {
			return answer{}, err
		}
		var difference string
		if fields, difference = (evolution{add: true, relax: true, describe: true}).evolve(t.fields, given, ""); difference != "" {
			return answer{}, invalid("Provided Schema does not match Table %s. %s", t.name(), difference)
		}
	}
	if err := next.setFields(fields); err != nil {
		return answer{}, err
	}
	if next.part.kind != t.part.kind || next.part.field != t.part.field {
		return answer{}, invalid("Cannot change partitioning/clustering spec for a partitioned/clustered table.")
	}
	if err := s.reshape(&next, t.fields); err != nil {
		return answer{}, err
	}
	next.etag, next.modified = s.etag(), s.opt.Now()
	*t = next
	return s.tableAnswer(t, "")
}

// reshape brings the relation of a table whose fields have changed into line.
func (s *Server) reshape(t *table, was []field) error {
	if t.relation == "" || columns(t.fields) == columns(was) {
		return nil
	}
	var names, exprs []string
	for _, f := range t.fields {
		if old, found := named(was, f.name); found {
			names, exprs = append(names, f.name), append(exprs, ident(old.name)+"::"+f.duckType())
		}
	}
	old := t.relation
	t.relation = ident("t" + itoa(s.next()))
	texts := []string{"CREATE TABLE " + t.relation + " (" + columns(t.fields) + ")"}
	if len(names) > 0 {
		texts = append(texts, "INSERT INTO "+t.relation+" ("+idents(names)+") SELECT "+join(exprs)+" FROM "+old)
	}
	return s.store.atomic(append(texts, "DROP TABLE "+old)...)
}

func (s *Server) deleteTable(c *call) (answer, error) {
	t, decorator, err := s.current(c.dataset, c.table)
	if err != nil {
		return answer{}, err
	}
	if err := matches(c, t.etag); err != nil {
		return answer{}, err
	}
	if decorator == "" {
		delete(t.ds.tables, t.id)
		return answer{status: 204}, s.drop(t)
	}
	where, err := t.where(decorator)
	if err != nil {
		return answer{}, err
	}
	if decorator == nullPartition || decorator == unpartitioned {
		return answer{}, invalid("Cannot delete the partition %s", decorator)
	}
	t.etag, t.modified = s.etag(), s.opt.Now()
	return answer{status: 204}, s.store.exec("DELETE FROM " + t.relation + where)
}

// Stream puts rows into the streaming buffer of a table, as far as its
// resource tells of it; no rows take the buffer away.
func (s *Server) Stream(dataset, table string, rows int64, oldest time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, _, err := s.table(dataset, table)
	if err != nil {
		return err
	}
	if t.stream = nil; rows > 0 {
		t.stream = object{"estimatedRows": itoa(rows), "estimatedBytes": itoa(rows * 8), "oldestEntryTime": millis(oldest)}
	}
	return nil
}
