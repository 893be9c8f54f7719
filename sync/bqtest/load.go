package bqtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// acceptLoad judges a load job before it is taken.
func (s *Server) acceptLoad(j *job) error {
	load := j.config.object("load")
	if format := load.string("sourceFormat"); format != "PARQUET" {
		if format == "" {
			format = "CSV"
		}
		return notImplemented("the source format " + format)
	}
	for _, key := range []string{"rangePartitioning", "hivePartitioningOptions", "referenceFileSchemaUri", "destinationEncryptionConfiguration", "connectionProperties", "projectionFields"} {
		if load.has(key) {
			return notImplemented(key + " of a load job")
		}
	}
	uris := load.strings("sourceUris")
	switch {
	case len(uris) == 0 && !j.hasMedia:
		return invalid("Load configuration must specify at least one source URI")
	case len(uris) > 0 && j.hasMedia:
		return invalid("Load configuration must not specify source URIs together with media")
	case len(uris) > 10_000:
		return invalid("Too many source URIs: %d, at most 10000 are allowed", len(uris))
	}
	for _, uri := range uris {
		bucket, name, hasName := strings.Cut(strings.TrimPrefix(uri, "gs://"), "/")
		switch {
		case !strings.HasPrefix(uri, "gs://") || bucket == "" || !hasName || name == "":
			return invalid("Source URI must be a Google Cloud Storage location: %s", uri)
		case strings.Contains(uri, "*"):
			return notImplemented("wildcards in a source URI")
		case strings.Contains(strings.TrimPrefix(uri, "gs://"), "//") || strings.Contains(uri, "#"):
			return invalid("Source URI has a double slash or a generation: %s", uri)
		}
	}
	if _, err := parseFields(load.objects("schema", "fields"), 1); err != nil {
		return err
	}
	write, create := load.string("writeDisposition"), load.string("createDisposition")
	if !slices.Contains([]string{"", "WRITE_APPEND", "WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA", "WRITE_EMPTY"}, write) {
		return invalid("Invalid value for writeDisposition: %s is not a valid value", write)
	}
	if !slices.Contains([]string{"", "CREATE_IF_NEEDED", "CREATE_NEVER"}, create) {
		return invalid("Invalid value for createDisposition: %s is not a valid value", create)
	}
	if p := load.string("destinationTable", "projectId"); p != s.opt.Project {
		return notFound("Not found: Project %s", p)
	}
	id, _, isDecorated := split(load.string("destinationTable", "tableId"))
	if !tableID.MatchString(id) || len(id) > 1024 {
		return invalid("Invalid table ID \"%s\".", id)
	}
	isPart := isDecorated && write == "WRITE_TRUNCATE"
	if len(load.strings("schemaUpdateOptions")) > 0 && write != "WRITE_APPEND" && write != "WRITE_TRUNCATE_DATA" && write != "" && !isPart {
		return invalid("Schema update options should only be specified with WRITE_APPEND disposition, or with WRITE_TRUNCATE disposition on a table partition.")
	}
	return nil
}

// A loading is a load job while it runs.
type loading struct {
	s         *Server
	j         *job
	load      object
	ds        *dataset
	id        string // of the table
	decorator string
	write     string
	given     []field // schema of the job, nil if there is none
	t         *table  // nil if it is to be made
	files     []*source
	bytes     int64
}

const incoming = "incoming"

// runLoad reads the files, judges them, and changes the table at once.
func (s *Server) runLoad(j *job) (err error) {
	l := &loading{s: s, j: j, load: j.config.object("load")}
	if l.ds, err = s.datasetNamed(l.load.string("destinationTable", "datasetId")); err != nil {
		return err
	}
	l.id, l.decorator, _ = split(l.load.string("destinationTable", "tableId"))
	if l.write = l.load.string("writeDisposition"); l.write == "" {
		l.write = "WRITE_APPEND"
	}
	if l.given, err = parseFields(l.load.objects("schema", "fields"), 1); err != nil {
		return err
	}
	l.t = l.ds.tables[l.id]
	if l.t == nil && l.load.string("createDisposition") == "CREATE_NEVER" {
		return notFound("Not found: Table %s:%s.%s", s.opt.Project, l.ds.id, l.id)
	}
	defer func() {
		for _, f := range l.files {
			err = errors.Join(err, os.Remove(f.path))
		}
	}()
	if err := l.open(); err != nil {
		return err
	}
	next, err := l.target()
	if err != nil {
		return err
	}
	if err := l.fill(next); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.exec("DROP TABLE IF EXISTS "+incoming)) }()
	rows, err := s.store.number("SELECT count(*) FROM " + incoming)
	if err != nil {
		return err
	}
	if err := l.checkPartitions(next); err != nil {
		return err
	}
	if err := l.commit(next); err != nil {
		return err
	}
	j.stats = object{
		"inputFiles": itoa(len(l.files)), "inputFileBytes": itoa(l.bytes), "badRecords": "0",
		"outputRows": itoa(rows), "outputBytes": itoa(rows * int64(8*len(next.fields))),
	}
	return nil
}

// open brings the source files into the server's directory and reads their footers.
func (l *loading) open() error {
	if l.j.hasMedia {
		return l.add("media", l.j.media)
	}
	for _, uri := range l.load.strings("sourceUris") {
		if l.s.opt.Objects == nil {
			return notImplemented("gs:// URIs without Options.Objects")
		}
		bucket, name, _ := strings.Cut(strings.TrimPrefix(uri, "gs://"), "/")
		body, err := l.s.opt.Objects(context.Background(), bucket, name)
		if errors.Is(err, fs.ErrNotExist) {
			return notFound("Not found: URI %s", uri)
		}
		if err != nil {
			return fail(503, "backendError", "Error while reading %s: %v", uri, err)
		}
		if err := l.add(uri, body); err != nil {
			return err
		}
	}
	return nil
}

func (l *loading) add(name string, body []byte) error {
	path := filepath.Join(l.s.dir, "load-"+itoa(l.s.next())+".parquet")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	f := &source{name: name, path: path}
	l.files = append(l.files, f)
	l.bytes += int64(len(body))
	return f.open()
}

// isWhole reports that all of the table is replaced, its schema included.
func (l *loading) isWhole() bool { return l.write == "WRITE_TRUNCATE" && l.decorator == "" }

// target is the table as it will be after the load: a copy of the live one, or a new one.
func (l *loading) target() (*table, error) {
	if l.decorator != "" && l.write == "WRITE_TRUNCATE_DATA" {
		return nil, notImplemented("WRITE_TRUNCATE_DATA of a partition, which nobody has tried")
	}
	if l.decorator == nullPartition || l.decorator == unpartitioned {
		return nil, notImplemented("a load into the partition " + l.decorator + ", which nobody has tried")
	}
	if l.t == nil {
		return l.fresh()
	}
	if l.t.isView() {
		return nil, invalid("%s is not allowed for this operation because it is currently a VIEW.", l.t.name())
	}
	if _, err := l.t.where(l.decorator); err != nil {
		return nil, err
	}
	if err := l.samePartitioning(); err != nil {
		return nil, err
	}
	next := *l.t
	next.res = l.t.res.clone()
	fields := l.t.fields
	switch {
	case l.given == nil && (l.isWhole() || len(fields) == 0):
		inferred, err := l.infer()
		if err != nil {
			return nil, err
		}
		fields = inferred
	case l.given == nil:
		if err := l.sameModes(fields); err != nil {
			return nil, err
		}
	case l.isWhole() || len(fields) == 0:
		fields = l.given
	default:
		options := l.load.strings("schemaUpdateOptions")
		e := evolution{add: slices.Contains(options, "ALLOW_FIELD_ADDITION"), relax: slices.Contains(options, "ALLOW_FIELD_RELAXATION")}
		merged, difference := e.evolve(fields, l.given, "")
		if difference != "" {
			return nil, invalid("Provided Schema does not match Table %s. %s", l.t.name(), difference)
		}
		fields = merged
	}
	if err := next.setFields(fields); err != nil {
		return nil, err
	}
	if err := l.mustBeEmpty(); err != nil {
		return nil, err
	}
	return &next, nil
}

// mustBeEmpty is what WRITE_EMPTY demands.
func (l *loading) mustBeEmpty() error {
	if l.write != "WRITE_EMPTY" {
		return nil
	}
	where, err := l.t.where(l.decorator)
	if err != nil {
		return err
	}
	n, err := l.s.store.number("SELECT count(*) FROM " + l.t.relation + where)
	if err == nil && n > 0 {
		err = fail(409, "duplicate", "Already Exists: Table %s", l.t.name())
	}
	return err
}

// fresh is a table that the load creates.
func (l *loading) fresh() (*table, error) {
	fields := l.given
	if fields == nil {
		inferred, err := l.infer()
		if err != nil {
			return nil, err
		}
		fields = inferred
	}
	now := l.s.opt.Now()
	t := &table{ds: l.ds, id: l.id, project: l.s.opt.Project, res: object{}, created: now}
	for _, key := range []string{"timePartitioning", "clustering"} {
		if o := l.load.object(key); o != nil {
			t.res[key] = map[string]any(o.clone().plain())
		}
	}
	if err := t.inherit(); err != nil {
		return nil, err
	}
	if err := t.setFields(fields); err != nil {
		return nil, err
	}
	_, err := t.where(l.decorator)
	return t, err
}

// samePartitioning refuses a job whose partitioning or clustering is not the table's.
func (l *loading) samePartitioning() error {
	if o := l.load.object("timePartitioning"); o != nil {
		p, err := parsePartitioning(o, l.t.fields)
		if err != nil {
			return err
		}
		if p.kind != l.t.part.kind || !strings.EqualFold(p.field, l.t.part.field) {
			return invalid("Incompatible table partitioning specification. Destination table exists with partitioning specification %s, but transfer target partitioning specification is %s.", l.t.part.spec(), p.spec())
		}
	}
	if o := l.load.object("clustering"); o != nil && !slices.EqualFunc(o.strings("fields"), l.t.res.strings("clustering", "fields"), strings.EqualFold) {
		return invalid("Incompatible table partitioning specification. The clustering of %s is %v, that of the job %v.", l.t.name(), l.t.res.strings("clustering", "fields"), o.strings("fields"))
	}
	return nil
}

func (p partitioning) spec() string {
	if p.kind == "" {
		return "none"
	}
	return fmt.Sprintf("interval(type:%s,field:%s)", strings.ToLower(p.kind), p.field)
}

// checkPartitions judges the partitions of the incoming rows.
func (l *loading) checkPartitions(next *table) error {
	if next.part.kind == "" {
		return nil
	}
	in, err := l.s.partitions(incoming, next.part)
	if err != nil {
		return err
	}
	if len(in) > partitionLimit {
		return fail(403, "quotaExceeded", "Too many partitions produced by query/load, allowed %d, load produces at least %d partitions", partitionLimit, len(in))
	}
	if l.decorator != "" {
		for id, n := range in {
			if id != l.decorator {
				return invalid("Some rows belong to different partitions rather than destination partition %s$%s: %d rows of %s", l.id, l.decorator, n, id)
			}
		}
	}
	if l.t != nil && !l.isWhole() && l.write != "WRITE_TRUNCATE_DATA" && l.t.part.kind != "" {
		there, err := l.s.partitions(l.t.relation, l.t.part)
		if err != nil {
			return err
		}
		for id, n := range there {
			in[id] += n
		}
	}
	if len(in) > tableLimit {
		return fail(403, "quotaExceeded", "Quota exceeded: Your table would have %d partitions, at most %d are allowed", len(in), tableLimit)
	}
	return nil
}

// commit makes the change, rows and schema at once.
func (l *loading) commit(next *table) error {
	s := l.s
	var names []string
	for _, f := range next.fields {
		names = append(names, f.name)
	}
	insert := func() string {
		return "INSERT INTO " + next.relation + " (" + idents(names) + ") SELECT " + idents(names) + " FROM " + incoming
	}
	switch {
	case l.t == nil || l.isWhole() || len(l.t.fields) == 0:
		next.relation = ident("t" + itoa(s.next()))
		texts := []string{"CREATE TABLE " + next.relation + " (" + columns(next.fields) + ")", insert()}
		if l.t != nil {
			texts = append(texts, "DROP TABLE "+l.t.relation)
		}
		if err := s.store.atomic(texts...); err != nil {
			return err
		}
	default:
		if err := s.reshape(next, l.t.fields); err != nil {
			return err
		}
		l.t.relation, l.t.fields = next.relation, next.fields
		var texts []string
		if l.write == "WRITE_TRUNCATE" || l.write == "WRITE_TRUNCATE_DATA" {
			where, err := next.where(l.decorator)
			if err != nil {
				return err
			}
			texts = append(texts, "DELETE FROM "+next.relation+where)
		}
		if err := s.store.atomic(append(texts, insert())...); err != nil {
			return err
		}
	}
	next.etag, next.modified = s.etag(), s.opt.Now()
	if l.t == nil {
		l.t = next
		l.ds.tables[l.id] = next
	} else {
		*l.t = *next
	}
	return s.expire(l.t)
}
