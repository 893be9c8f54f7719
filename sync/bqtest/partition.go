package bqtest

import (
	"fmt"
	"strings"
	"time"
)

// A partitioning is a table's timePartitioning; the zero one is none.
type partitioning struct {
	kind       string // DAY, HOUR, MONTH, YEAR
	field      string
	expiration time.Duration // 0: none
}

// layouts are the partition ids: as Go and as DuckDB write them.
var layouts = map[string]struct{ inGo, duck string }{
	"HOUR": {"2006010215", "%Y%m%d%H"}, "DAY": {"20060102", "%Y%m%d"}, "MONTH": {"200601", "%Y%m"}, "YEAR": {"2006", "%Y"},
}

// The partitions of rows without a key and of rows whose key no partition covers.
const (
	nullPartition  = "__NULL__"
	unpartitioned  = "__UNPARTITIONED__"
	partitionLimit = 4_000  // changed by one job
	tableLimit     = 10_000 // partitions of a table
)

// parsePartitioning reads timePartitioning and judges it against the schema.
func parsePartitioning(o object, fields []field) (p partitioning, err error) {
	if o == nil {
		return p, nil
	}
	p.kind, p.field = strings.ToUpper(o.string("type")), o.string("field")
	if p.kind == "" {
		p.kind = "DAY"
	}
	if _, known := layouts[p.kind]; !known {
		return p, invalid("Invalid value for timePartitioning.type: %s", p.kind)
	}
	if p.field == "" {
		return p, notImplemented("partitioning by ingestion time")
	}
	f, found := named(fields, p.field)
	switch {
	case !found:
		return p, invalid("The field specified for partitioning cannot be found in the schema: %s", p.field)
	case f.mode == "REPEATED":
		return p, invalid("The field specified for partitioning can only be NULLABLE or REQUIRED: %s", p.field)
	case f.kind == "DATE" && p.kind == "HOUR", f.kind != "DATE" && f.kind != "TIMESTAMP" && f.kind != "DATETIME":
		return p, invalid("The field specified for partitioning by %s cannot be of type %s: %s", p.kind, f.kind, p.field)
	}
	ms, err := o.int("expirationMs")
	if err != nil {
		return p, err
	}
	p.expiration = time.Duration(ms) * time.Millisecond
	return p, nil
}

// expr is the SQL of the partition id of a row.
func (p partitioning) expr() string {
	col := ident(p.field)
	return fmt.Sprintf("CASE WHEN %[1]s IS NULL THEN '%[2]s' WHEN year(%[1]s) NOT BETWEEN 1960 AND 2159 THEN '%[3]s' ELSE strftime(%[1]s, '%[4]s') END",
		col, nullPartition, unpartitioned, layouts[p.kind].duck)
}

// start is the beginning of a partition.
func (p partitioning) start(id string) (time.Time, error) {
	layout := layouts[p.kind].inGo
	at, err := time.Parse(layout, id)
	if err != nil || at.Format(layout) != id {
		return at, invalid("Invalid partition decorator %q: a %s partition is written %s", id, p.kind, layout)
	}
	return at, nil
}

// split takes the decorator off a table id. An empty decorator, as in t$, comes
// back as one that no table accepts, lest it is taken for none.
func split(id string) (table, decorator string, decorated bool) {
	table, decorator, decorated = strings.Cut(id, "$")
	if decorated && decorator == "" {
		decorator = "$"
	}
	return table, decorator, decorated
}

func undecorated(id string) string {
	table, _, _ := split(id)
	return table
}

// where is the SQL condition that picks the rows of a decorator, empty for none.
func (t *table) where(decorator string) (string, error) {
	if decorator == "" {
		return "", nil
	}
	if t.part.kind == "" {
		return "", invalid("Cannot read partition information from a table that is not partitioned: %s", t.name())
	}
	if decorator != nullPartition && decorator != unpartitioned {
		if _, err := t.part.start(decorator); err != nil {
			return "", err
		}
	}
	return " WHERE " + t.part.expr() + " = " + quote(decorator), nil
}

// partitions counts the rows of every partition of a relation.
func (s *Server) partitions(relation string, p partitioning) (map[string]int64, error) {
	return s.store.counts("SELECT " + p.expr() + ", count(*) FROM " + relation + " GROUP BY ALL")
}

// expire drops the partitions that are older than the table keeps them. No
// answer ever tells of it.
func (s *Server) expire(t *table) error {
	if t.part.expiration == 0 {
		return nil
	}
	there, err := s.partitions(t.relation, t.part)
	if err != nil {
		return err
	}
	for id := range there {
		start, err := t.part.start(id)
		if err != nil || !start.Add(t.part.expiration).Before(s.opt.Now()) {
			continue // __NULL__ has no age
		}
		if err := s.store.exec("DELETE FROM " + t.relation + " WHERE " + t.part.expr() + " = " + quote(id)); err != nil {
			return err
		}
	}
	return nil
}
