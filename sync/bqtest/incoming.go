package bqtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// lists says that LIST columns are to become REPEATED. bq writes the option's
// name in another way.
func (l *loading) lists() bool {
	return l.load.bool("parquetOptions", "enableListInference") || l.load.bool("parquetOptions", "enable_list_inference")
}

// fill reads all files into the relation incoming, in the shape of the table.
func (l *loading) fill(next *table) error {
	for _, f := range next.fields {
		if f.kind == "JSON" {
			return invalid("Unsupported field type: JSON")
		}
	}
	var selects []string
	var want int64
	for _, f := range l.files {
		m := &mapping{file: f, lists: l.lists(), targets: l.load.strings("decimalTargetTypes"), unknown: l.load.bool("ignoreUnknownValues")}
		get := func(n schema.Node) string { return ident(n.Name()) }
		exprs, checks, err := m.row(f.columns, next.fields, "", get)
		if err != nil {
			return err
		}
		if err := l.s.check(m, checks); err != nil {
			return err
		}
		for i, field := range next.fields {
			exprs[i] += " AS " + ident(field.name)
		}
		selects = append(selects, "SELECT "+join(exprs)+" FROM "+f.sql())
		want += f.rows
	}
	if err := l.s.store.exec("DROP TABLE IF EXISTS " + incoming); err != nil {
		return err
	}
	if err := l.s.store.exec("CREATE TABLE " + incoming + " (" + columns(next.fields) + ")"); err != nil {
		return err
	}
	if err := l.s.store.exec("INSERT INTO " + incoming + " " + strings.Join(selects, " UNION ALL ")); err != nil {
		return invalid("Error while reading data, error message: %v", err)
	}
	got, err := l.s.store.number("SELECT count(*) FROM " + incoming)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("arrow-go counts %d rows, DuckDB %d", want, got)
	}
	return nil
}

// check looks for rows that fulfil a condition which none may.
func (s *Server) check(m *mapping, checks []check) error {
	if len(checks) == 0 {
		return nil
	}
	var counts []string
	for _, c := range checks {
		counts = append(counts, "count(*) FILTER ("+c.sql+")")
	}
	var broken error
	err := s.store.each("SELECT "+join(counts)+" FROM "+m.file.sql(), func(values []any) error {
		for i, v := range values {
			if n := v.(int64); n > 0 && broken == nil {
				broken = m.fault("%s (%d rows)", checks[i].message, n)
			}
		}
		return nil
	})
	if err != nil { // the footer was good, the pages are not
		return m.fault("%v", err)
	}
	return broken
}

// sameModes refuses files with OPTIONAL columns for REQUIRED fields when the
// job has no schema: BigQuery takes the file's own then, and finds it changed.
func (l *loading) sameModes(fields []field) error {
	for _, f := range l.files {
		for _, want := range fields {
			n := child(f.columns, want.name)
			if n != nil && want.mode == "REQUIRED" && n.RepetitionType() == parquet.Repetitions.Optional {
				return invalid("Provided Schema does not match Table %s. Field %s has changed mode from REQUIRED to NULLABLE", l.t.name(), want.name)
			}
		}
	}
	return nil
}

// infer makes the schema of the file that is last in the alphabet.
func (l *loading) infer() ([]field, error) {
	last := slices.MaxFunc(l.files, func(a, b *source) int { return strings.Compare(a.name, b.name) })
	m := &mapping{file: last, lists: l.lists(), targets: l.load.strings("decimalTargetTypes")}
	var objects []object
	for _, n := range last.columns {
		o, err := m.infer(n)
		if err != nil {
			return nil, err
		}
		objects = append(objects, o)
	}
	return parseFields(objects, 1)
}

// infer makes the field of a column.
func (m *mapping) infer(n schema.Node) (object, error) {
	mode := "NULLABLE"
	switch n.RepetitionType() {
	case parquet.Repetitions.Required:
		mode = "REQUIRED"
	case parquet.Repetitions.Repeated:
		mode = "REPEATED"
	}
	below := n
	if element, isList := list(n); isList && m.lists {
		below, mode = element, "REPEATED"
	}
	if nodes := children(below); nodes != nil {
		var fields []any
		for _, sub := range nodes {
			o, err := m.infer(sub)
			if err != nil {
				return nil, err
			}
			fields = append(fields, map[string]any(o))
		}
		return object{"name": n.Name(), "type": "RECORD", "mode": mode, "fields": fields}, nil
	}
	kind, why := kindOf(below, m.targets)
	if why != "" {
		return nil, m.fault("Parquet column '%s' has %s, which is not supported", n.Name(), why)
	}
	return object{"name": n.Name(), "type": kind, "mode": mode}, nil
}
