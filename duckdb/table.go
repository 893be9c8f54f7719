package duckdb

import (
	"bytes"
	stdsql "database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"
)

// A Table is the answer to a question. A cell is nil for NULL, else of one of
// these types:
//
//	bool         BOOLEAN
//	int64        any integer that fits
//	json.Number  DECIMAL with all of its digits, and larger integers
//	float64      DOUBLE
//	string       VARCHAR, an ENUM's label, a DATE as 2025-04-20, whatever else there is as text
//	time.Time    an instant, in UTC
//	[]any        a list of cells
//
// It has one form in JSON, from which the same cells are read again.
type Table struct {
	Columns []string `json:"columns"`
	Types   []string `json:"types"` // a column each, as declared or as the engine calls them
	Rows    [][]any  `json:"rows"`
}

// scanTable reads all rows of an answer, of no more than so many cells; 0 is any number.
func scanTable(rows *stdsql.Rows, most int) (Table, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return Table{}, err
	}
	var t Table
	for _, c := range types {
		t.Columns = append(t.Columns, c.Name())
		t.Types = append(t.Types, c.DatabaseTypeName())
	}
	for rows.Next() {
		if most > 0 && len(t.Rows)*len(types) > most {
			return Table{}, &QuestionError{fmt.Sprintf("the answer has more than %d cells; ask for fewer rows or columns, or open the database with DuckDB", most), false}
		}
		row := make([]any, len(types))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return Table{}, err
		}
		for i := range row {
			row[i] = cell(row[i], t.Types[i])
		}
		t.Rows = append(t.Rows, row)
	}
	return t, rows.Err()
}

// cell brings what the driver gives into the few types of a Table.
func cell(v any, kind string) any {
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v
	case time.Time:
		switch kind {
		case "DATE":
			return v.Format(time.DateOnly)
		case "TIME":
			return v.Format("15:04:05.999999")
		}
		return v.UTC()
	case []byte:
		if kind == "UUID" && len(v) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
		}
		return fmt.Sprintf(`\x%x`, v)
	case driver.Interval:
		return fmt.Sprintf("%d months %d days %d microseconds", v.Months, v.Days, v.Micros)
	case driver.Decimal:
		return json.Number(decimal(v))
	case *big.Int:
		if v.IsInt64() {
			return v.Int64()
		}
		return json.Number(v.String())
	case map[string]any: // a STRUCT; the engine keeps the order of its fields, the driver does not
		fields := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, "'"+name+"': "+Text(cell(v[name], "")))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = cell(v[i], strings.TrimSuffix(kind, "[]"))
		}
		return list
	}
	switch n := reflect.ValueOf(v); {
	case n.CanInt():
		return n.Int()
	case n.CanUint() && n.Uint() < 1<<63:
		return int64(n.Uint())
	case n.CanFloat():
		return n.Float()
	}
	return fmt.Sprint(v)
}

// decimal keeps the digits that the type declares: 7.0 and not 7.
func decimal(d driver.Decimal) string {
	text := d.Value.String()
	if d.Scale == 0 {
		return text
	}
	digits, sign := strings.CutPrefix(text, "-")
	if missing := int(d.Scale) + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	at := len(digits) - int(d.Scale)
	text = digits[:at] + "." + digits[at:]
	if sign {
		return "-" + text
	}
	return text
}

// Text is a cell as the engine would write it: an instant as 2025-04-20
// 14:00:00+00, NULL as nothing.
func Text(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return v
	case time.Time:
		return v.Format("2006-01-02 15:04:05.999999") + "+00"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		texts := make([]string, len(v))
		for i := range v {
			texts[i] = Text(v[i])
		}
		return "[" + strings.Join(texts, ", ") + "]"
	}
	return fmt.Sprint(cell)
}

// UnmarshalJSON reads the form in which a Table is written, instants and
// numbers as what their columns are.
func (t *Table) UnmarshalJSON(body []byte) error {
	type plain Table
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode((*plain)(t)); err != nil {
		return err
	}
	for _, row := range t.Rows {
		for i := range min(len(row), len(t.Types)) {
			row[i] = restored(row[i], t.Types[i])
		}
	}
	return nil
}

// restored is the cell that was written as v.
func restored(v any, kind string) any {
	switch w := v.(type) {
	case json.Number:
		switch {
		case kind == "DOUBLE":
			f, _ := w.Float64() // it was written by one
			return f
		case !strings.HasPrefix(kind, "DECIMAL"):
			if n, err := w.Int64(); err == nil {
				return n
			}
		}
	case string:
		if at, err := time.Parse(time.RFC3339Nano, w); err == nil && strings.HasPrefix(kind, "TIMESTAMP") {
			return at.UTC()
		}
	case []any:
		for i := range w {
			w[i] = restored(w[i], strings.TrimSuffix(kind, "[]"))
		}
	}
	return v
}

// Rows reads the rows of a table into a struct each: a field gets the column
// that its json tag names. A column that no field names is left out; a field
// whose column is not there, is NULL or has another type is an error, but a
// pointer or a list takes NULL as nil.
func Rows[T any](t Table) ([]T, error) {
	out := make([]T, len(t.Rows))
	shape := reflect.TypeFor[T]()
	for f := range shape.NumField() {
		name, _, _ := strings.Cut(shape.Field(f).Tag.Get("json"), ",")
		at := slices.Index(t.Columns, name)
		if at < 0 {
			return nil, fmt.Errorf("there is no column %s among %s", name, strings.Join(t.Columns, ", "))
		}
		for i, row := range t.Rows {
			if err := assign(reflect.ValueOf(&out[i]).Elem().Field(f), row[at]); err != nil {
				return nil, fmt.Errorf("row %d, column %s: %w", i+1, name, err)
			}
		}
	}
	return out, nil
}

// assign sets a field to a cell.
func assign(field reflect.Value, cell any) error {
	switch field.Kind() {
	case reflect.Pointer:
		if cell == nil {
			return nil
		}
		field.Set(reflect.New(field.Type().Elem()))
		return assign(field.Elem(), cell)
	case reflect.Slice:
		if cell == nil {
			return nil
		}
		list, ok := cell.([]any)
		if !ok {
			break
		}
		field.Set(reflect.MakeSlice(field.Type(), len(list), len(list)))
		for i := range list {
			if err := assign(field.Index(i), list[i]); err != nil {
				return err
			}
		}
		return nil
	}
	v := reflect.ValueOf(cell)
	if !v.IsValid() || v.Type() != field.Type() {
		return fmt.Errorf("%T is no %s", cell, field.Type())
	}
	field.Set(v)
	return nil
}
