package warehouse

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Table is one published table as a warehouse has to hold it. It comes from
// the header of its SQL file and nowhere else.
type Table struct {
	Name      string
	Doc       string   // what a row is
	Columns   []Column // in the order of the files
	Key       []string // natural key, never NULL
	Partition string   // the DATE column by whose days it is partitioned; "" for a table in one piece
	Cluster   []string // columns that a warehouse may sort by
}

// A Column is one column of a table. All may hold NULL but the key and the
// partition column; a list is never NULL, only empty.
type Column struct {
	Name string
	Type Type
	Doc  string // meaning and unit
}

// A View is a question over published tables, for those who read them.
type View struct {
	Name    string
	Doc     string
	Columns []Column
	SQL     string // published tables stand in it as publish.<table>
}

// ColumnNames lists the columns in order.
func (t Table) ColumnNames() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// A Type is the type of a column in the words of a `column` line: VARCHAR,
// BIGINT, DOUBLE, BOOLEAN, DATE, TIMESTAMPTZ, DECIMAL(p,s), a STRUCT of such, or
// a list of one of them. A list of lists has no place in a warehouse.
type Type struct {
	Name      string // VARCHAR … or STRUCT
	Precision int    // of a DECIMAL
	Scale     int    // of a DECIMAL
	Fields    []Column
	List      bool
}

var (
	decimalForm = regexp.MustCompile(`^DECIMAL\((\d+), ?(\d+)\)$`)
	fieldForm   = regexp.MustCompile(`^"?([A-Za-z_][A-Za-z0-9_]*)"? (.+)$`)
)

// ParseType reads a type as DuckDB writes it. What no warehouse takes is an error.
func ParseType(text string) (Type, error) {
	if element, isList := strings.CutSuffix(text, "[]"); isList {
		t, err := ParseType(element)
		if err == nil && t.List {
			err = fmt.Errorf("%s is a list of lists: put the inner one into a STRUCT", text)
		}
		t.List = true
		return t, err
	}
	switch text {
	case "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMPTZ":
		return Type{Name: text}, nil
	}
	if m := decimalForm.FindStringSubmatch(text); m != nil {
		precision, _ := strconv.Atoi(m[1])
		scale, _ := strconv.Atoi(m[2])
		if precision < 1 || scale > precision {
			return Type{}, fmt.Errorf("%s has no such digits", text)
		}
		if scale > 9 || precision-scale > 29 {
			return Type{}, fmt.Errorf("%s does not fit a NUMERIC, which has 29 digits before and 9 after the point", text)
		}
		return Type{Name: "DECIMAL", Precision: precision, Scale: scale}, nil
	}
	if inner, isStruct := strings.CutPrefix(text, "STRUCT("); isStruct && strings.HasSuffix(inner, ")") {
		return parseStruct(text, strings.TrimSuffix(inner, ")"))
	}
	return Type{}, fmt.Errorf("%s has no place in a warehouse: cast it to VARCHAR, BIGINT, DOUBLE, BOOLEAN, DATE, TIMESTAMPTZ, DECIMAL, a STRUCT or a list of those", text)
}

func parseStruct(text, inner string) (Type, error) {
	t := Type{Name: "STRUCT"}
	for _, part := range splitFields(inner) {
		m := fieldForm.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return Type{}, fmt.Errorf("%s: %q is not a name and a type", text, part)
		}
		field, err := ParseType(m[2])
		if err != nil {
			return Type{}, err
		}
		t.Fields = append(t.Fields, Column{Name: m[1], Type: field})
	}
	return t, nil
}

// splitFields splits at the commas that stand in no bracket.
func splitFields(text string) []string {
	var parts []string
	depth, from := 0, 0
	for i, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, text[from:i])
				from = i + 1
			}
		}
	}
	return append(parts, text[from:])
}

// fits reports whether a Parquet column, as arrow-go sees it, is of this type.
func (t Type) fits(a arrow.DataType) bool {
	if t.List {
		list, ok := a.(*arrow.ListType)
		element := t
		element.List = false
		return ok && element.fits(list.Elem())
	}
	switch t.Name {
	case "VARCHAR":
		return a.ID() == arrow.STRING
	case "BIGINT":
		return a.ID() == arrow.INT64
	case "DOUBLE":
		return a.ID() == arrow.FLOAT64
	case "BOOLEAN":
		return a.ID() == arrow.BOOL
	case "DATE":
		return a.ID() == arrow.DATE32
	case "TIMESTAMPTZ":
		ts, ok := a.(*arrow.TimestampType)
		return ok && ts.Unit == arrow.Microsecond && ts.TimeZone == "UTC"
	case "DECIMAL":
		d, ok := a.(arrow.DecimalType)
		return ok && int(d.GetPrecision()) == t.Precision && int(d.GetScale()) == t.Scale
	case "STRUCT":
		s, ok := a.(*arrow.StructType)
		if !ok || s.NumFields() != len(t.Fields) {
			return false
		}
		for i, f := range t.Fields {
			if s.Field(i).Name != f.Name || !f.Type.fits(s.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return false
}

// String is the type as a `column` line writes it.
func (t Type) String() string {
	text := t.Name
	switch t.Name {
	case "DECIMAL":
		text = fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case "STRUCT":
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = f.Name + " " + f.Type.String()
		}
		text = "STRUCT(" + strings.Join(parts, ", ") + ")"
	}
	if t.List {
		text += "[]"
	}
	return text
}
