package bqtest

import "strings"

// runCopy copies tables or partitions. It sees what every job before it did.
func (s *Server) runCopy(j *job) error {
	s.runBefore(j)
	config := j.config.object("copy")
	ds, err := s.datasetNamed(config.string("destinationTable", "datasetId"))
	if err != nil {
		return err
	}
	l := &loading{s: s, j: j, load: config, ds: ds, write: config.string("writeDisposition")}
	if l.write == "" {
		l.write = "WRITE_EMPTY"
	}
	if l.write == "WRITE_TRUNCATE_DATA" {
		return invalid("Copy jobs have no WRITE_TRUNCATE_DATA")
	}
	l.id, l.decorator, _ = split(config.string("destinationTable", "tableId"))
	if !tableID.MatchString(l.id) {
		return invalid("Invalid table ID \"%s\".", l.id)
	}
	refs := config.objects("sourceTables")
	if one := config.object("sourceTable"); one != nil {
		refs = append(refs, one)
	}
	if len(refs) == 0 {
		return invalid("a copy job needs a source table")
	}
	var from *table
	var selects []string
	for _, ref := range refs {
		t, decorator, err := s.table(ref.string("datasetId"), ref.string("tableId"))
		if err != nil {
			return err
		}
		if t.isView() {
			return invalid("%s is not allowed for this operation because it is currently a VIEW.", t.name())
		}
		if from == nil {
			from = t
		}
		if _, difference := (evolution{}).evolve(from.fields, t.fields, ""); difference != "" {
			return invalid("The source tables have different schemas. %s", difference)
		}
		where, err := t.where(decorator)
		if err != nil {
			return err
		}
		selects = append(selects, "SELECT "+selected(from.fields)+" FROM "+t.relation+where)
	}
	if l.t = ds.tables[l.id]; l.t == nil && config.string("createDisposition") == "CREATE_NEVER" {
		return notFound("Not found: Table %s:%s.%s", s.opt.Project, ds.id, l.id)
	}
	next, err := l.copied(from)
	if err != nil {
		return err
	}
	if err := s.store.exec("CREATE OR REPLACE TABLE " + incoming + " AS " + strings.Join(selects, " UNION ALL ")); err != nil {
		return err
	}
	if err := l.partitions(next); err != nil {
		return err
	}
	rows, err := s.store.number("SELECT count(*) FROM " + incoming)
	if err != nil {
		return err
	}
	if err := l.store(next); err != nil {
		return err
	}
	j.stats = object{"copiedRows": itoa(rows), "copiedLogicalBytes": itoa(rows * int64(8*len(next.fields)))}
	return nil
}

// copied is the destination as it will be.
func (l *loading) copied(from *table) (*table, error) {
	if l.t == nil {
		next := &table{ds: l.ds, id: l.id, project: from.project, res: from.res.clone(), created: l.s.opt.Now()}
		delete(next.res, "expirationTime")
		if err := next.inherit(); err != nil {
			return nil, err
		}
		if err := next.setFields(from.fields); err != nil {
			return nil, err
		}
		_, err := next.where(l.decorator)
		return next, err
	}
	if l.t.isView() {
		return nil, invalid("%s is not allowed for this operation because it is currently a VIEW.", l.t.name())
	}
	if l.t.part.kind != from.part.kind || !strings.EqualFold(l.t.part.field, from.part.field) {
		return nil, invalid("Incompatible table partitioning specification. Expects partitioning specification %s, but input partitioning specification is %s", l.t.part.spec(), from.part.spec())
	}
	if _, err := l.t.where(l.decorator); err != nil {
		return nil, err
	}
	if err := l.mustBeEmpty(); err != nil {
		return nil, err
	}
	next := *l.t
	next.res = l.t.res.clone()
	fields := from.fields
	if !l.isWhole() && len(l.t.fields) > 0 {
		merged, difference := (evolution{}).evolve(l.t.fields, from.fields, "")
		if difference != "" {
			return nil, invalid("Provided Schema does not match Table %s. %s", l.t.name(), difference)
		}
		fields = merged
	}
	return &next, next.setFields(fields)
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
