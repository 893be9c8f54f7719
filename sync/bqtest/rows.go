package bqtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"
)

// Rows returns the rows of a table, or of a partition by its decorator, sorted,
// each as a JSON object with the columns in the order of the schema. INTEGER,
// FLOAT and BOOLEAN are JSON's own, all else is text: NUMERIC in plain digits,
// TIMESTAMP as 2006-01-02T15:04:05.000000Z.
func (s *Server) Rows(dataset, table string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, decorator, err := s.current(dataset, table)
	if err != nil {
		return nil, err
	}
	where, err := t.where(decorator)
	if err != nil {
		return nil, err
	}
	all := []string{}
	if len(t.fields) == 0 || t.isView() {
		return all, nil
	}
	err = s.store.each("SELECT "+selected(t.fields)+" FROM "+t.relation+where, func(values []any) error {
		all = append(all, text(t.fields, values))
		return nil
	})
	slices.Sort(all)
	return all, err
}

// PartitionRows returns the number of rows of every partition that has some.
func (s *Server) PartitionRows(dataset, table string) (map[string]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, _, err := s.current(dataset, table)
	if err != nil {
		return nil, err
	}
	if _, err := t.where(nullPartition); err != nil {
		return nil, err
	}
	return s.partitions(t.relation, t.part)
}

func selected(fields []field) string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return idents(names)
}

// text is a row, or a RECORD, as a JSON object.
func text(fields []field, values []any) string {
	var b strings.Builder
	for i, f := range fields {
		fmt.Fprintf(&b, "%s%s:%s", []string{"{", ","}[min(i, 1)], marshal(f.name), f.text(values[i]))
	}
	return b.String() + "}"
}

func marshal(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return marshal(fmt.Sprint(v)) // NaN and the infinities
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (f field) text(v any) string {
	switch {
	case v == nil:
		return "null"
	case f.mode == "REPEATED":
		one := f
		one.mode = "NULLABLE"
		var all []string
		for _, e := range v.([]any) {
			all = append(all, one.text(e))
		}
		return "[" + strings.Join(all, ",") + "]"
	case f.kind == "RECORD":
		return text(f.fields, f.values(v))
	case f.kind == "TIMESTAMP":
		return marshal(v.(time.Time).UTC().Format("2006-01-02T15:04:05.000000Z"))
	case f.kind == "INTEGER", f.kind == "FLOAT", f.kind == "BOOLEAN":
		return marshal(v)
	}
	return marshal(f.wire(v, true))
}

// values are the values of a RECORD in the order of its fields.
func (f field) values(v any) []any {
	m := v.(map[string]any)
	all := make([]any, len(f.fields))
	for i, sub := range f.fields {
		all[i] = m[sub.name]
	}
	return all
}

// cells is a row, or a RECORD, as the wire has it.
func cells(fields []field, values []any, micros bool) object {
	all := []object{}
	for i, f := range fields {
		all = append(all, object{"v": f.wire(values[i], micros)})
	}
	return object{"f": all}
}

// wire is a value as the wire has it; micros says how a TIMESTAMP is written.
func (f field) wire(v any, micros bool) any {
	if f.mode == "REPEATED" {
		one := f
		one.mode = "NULLABLE"
		all := []object{}
		list, _ := v.([]any)
		for _, e := range list {
			all = append(all, object{"v": one.wire(e, micros)})
		}
		return all
	}
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		return cells(f.fields, f.values(v), micros)
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strings.ReplaceAll(strconv.FormatFloat(v, 'G', -1, 64), "+Inf", "Infinity")
	case driver.Decimal:
		return plain(v.Value, int(v.Scale))
	case time.Time:
		return f.wireTime(v.UTC(), micros)
	}
	return fmt.Sprint(v)
}

func (f field) wireTime(t time.Time, micros bool) string {
	switch {
	case f.kind == "DATE":
		return t.Format("2006-01-02")
	case f.kind == "DATETIME":
		return t.Format("2006-01-02T15:04:05.999999")
	case f.kind == "TIME":
		return t.Format("15:04:05.999999")
	case micros:
		return itoa(t.UnixMicro())
	}
	return strings.ReplaceAll(strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'E', -1, 64), "E+0", "E") // seconds, such as 1.7E9
}

// plain writes a decimal without an exponent and without zeros at the end.
func plain(unscaled *big.Int, scale int) string {
	digits := new(big.Int).Abs(unscaled).String()
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	whole, part := digits[:len(digits)-scale], strings.TrimRight(digits[len(digits)-scale:], "0")
	if part != "" {
		whole += "." + part
	}
	if unscaled.Sign() < 0 {
		whole = "-" + whole
	}
	return whole
}

// page is how many rows an answer has if the client does not say.
const page = 10_000

// span reads the place in the rows that a client asks for.
func (c *call) span() (from, n int64, err error) {
	n = page
	for _, p := range []struct {
		name string
		to   *int64
	}{{"startIndex", &from}, {"pageToken", &from}, {"maxResults", &n}} {
		given := c.query.Get(p.name)
		if given == "" {
			continue
		}
		if *p.to, err = strconv.ParseInt(given, 10, 64); err != nil || *p.to < 0 {
			return 0, 0, invalid("Invalid value for %s: %s", p.name, given)
		}
	}
	return from, min(n, page), nil
}

func (s *Server) listRows(c *call) (answer, error) {
	t, decorator, err := s.current(c.dataset, c.table)
	if err != nil {
		return answer{}, err
	}
	if t.isView() {
		return answer{}, invalid("Cannot list a table of type VIEW.")
	}
	where, err := t.where(decorator)
	if err != nil {
		return answer{}, err
	}
	fields := t.fields
	if names := c.query.Get("selectedFields"); names != "" {
		fields = nil
		for _, name := range strings.Split(names, ",") {
			f, found := named(t.fields, name)
			if !found {
				return answer{}, invalid("No such field: %s", name)
			}
			fields = append(fields, f)
		}
	}
	from, n, err := c.span()
	if err != nil {
		return answer{}, err
	}
	total, err := s.store.number("SELECT count(*) FROM " + t.relation + where)
	if err != nil {
		return answer{}, err
	}
	rows := []object{}
	if len(fields) > 0 {
		text := fmt.Sprintf("SELECT %s FROM %s%s LIMIT %d OFFSET %d", selected(fields), t.relation, where, n, from)
		err := s.store.each(text, func(values []any) error {
			rows = append(rows, cells(fields, values, c.query.Get("formatOptions.useInt64Timestamp") == "true"))
			return nil
		})
		if err != nil {
			return answer{}, err
		}
	}
	a := object{"kind": "bigquery#tableDataList", "etag": "rows", "totalRows": itoa(total)}
	if len(rows) > 0 {
		a["rows"] = rows
	}
	if from+n < total {
		a["pageToken"] = itoa(from + n)
	}
	return ok(a)
}
