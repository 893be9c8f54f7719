package bqtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// A source is one Parquet file of a load job. Its footer is read with
// arrow-go, its values with DuckDB, so that neither vouches for itself.
type source struct {
	name, path string
	rows       int64
	columns    []schema.Node
}

func (f *source) open() (err error) {
	defer func() {
		if r := recover(); r != nil { // arrow-go panics on some damaged files
			err = invalid("Error while reading data, error message: the footer is damaged. File: %s: %v", f.name, r)
		}
	}()
	r, err := file.OpenParquetFile(f.path, false)
	if err != nil {
		return invalid("Error while reading data, error message: Input file is not in Parquet format. File: %s: %v", f.name, err)
	}
	defer r.Close()
	f.rows = r.NumRows()
	root := r.MetaData().Schema.Root()
	seen := map[string]string{}
	for i := range root.NumFields() {
		node := root.Field(i)
		if other, twice := seen[strings.ToLower(node.Name())]; twice {
			return invalid("Error while reading data, error message: the columns %s and %s differ in case only. File: %s", other, node.Name(), f.name)
		}
		seen[strings.ToLower(node.Name())] = node.Name()
		f.columns = append(f.columns, node)
	}
	return nil
}

// sql is the file as a relation.
func (f *source) sql() string {
	return "read_parquet(" + quote(f.path) + ", hive_partitioning = false)"
}

// child finds a node by name, whatever its case.
func child(nodes []schema.Node, name string) schema.Node {
	for _, n := range nodes {
		if strings.EqualFold(n.Name(), name) {
			return n
		}
	}
	return nil
}

func children(n schema.Node) []schema.Node {
	g, isGroup := n.(*schema.GroupNode)
	if !isGroup {
		return nil
	}
	var all []schema.Node
	for i := range g.NumFields() {
		all = append(all, g.Field(i))
	}
	return all
}

// list finds the element of a column with the logical type LIST.
func list(n schema.Node) (element schema.Node, isList bool) {
	if _, isList = n.LogicalType().(schema.ListLogicalType); !isList {
		return nil, false
	}
	below := children(n)
	if len(below) != 1 {
		return nil, false
	}
	inner := children(below[0])
	if len(inner) == 1 && below[0].Name() != "array" && below[0].Name() != n.Name()+"_tuple" {
		return inner[0], true
	}
	return below[0], true // the older layout without a level for the element
}

// typeName is how a message calls the type of a column.
func typeName(n schema.Node) string {
	p, isPrimitive := n.(*schema.PrimitiveNode)
	if !isPrimitive {
		return "group (" + n.LogicalType().String() + ")"
	}
	if l := n.LogicalType(); l != nil && !l.IsNone() {
		return p.PhysicalType().String() + " (" + l.String() + ")"
	}
	return p.PhysicalType().String()
}

// kindOf is the type that BigQuery gives a primitive column; the text says why
// it gives none.
func kindOf(n schema.Node, targets []string) (kind, why string) {
	switch l := n.LogicalType().(type) {
	case schema.StringLogicalType, schema.EnumLogicalType:
		return "STRING", ""
	case schema.DateLogicalType:
		return "DATE", ""
	case schema.TimestampLogicalType:
		if l.TimeUnit() == schema.TimeUnitNanos {
			return "", "TIMESTAMP with the unit NANOS"
		}
		return "TIMESTAMP", ""
	case schema.TimeLogicalType:
		if l.TimeUnit() == schema.TimeUnitNanos {
			return "", "TIME with the unit NANOS"
		}
		return "TIME", ""
	case schema.IntLogicalType:
		return "INTEGER", ""
	case schema.DecimalLogicalType:
		return decimalKind(int(l.Precision()), int(l.Scale()), targets)
	case schema.JSONLogicalType, schema.BSONLogicalType, schema.UUIDLogicalType:
		return "BYTES", ""
	case nil, schema.NoLogicalType, schema.UnknownLogicalType, schema.NullLogicalType:
	default:
		return "", "the logical type " + l.String()
	}
	if n.ConvertedType() == schema.ConvertedTypes.Interval {
		return "", "INTERVAL"
	}
	switch n.(*schema.PrimitiveNode).PhysicalType() {
	case parquet.Types.Boolean:
		return "BOOLEAN", ""
	case parquet.Types.Int32, parquet.Types.Int64:
		return "INTEGER", ""
	case parquet.Types.Int96:
		return "TIMESTAMP", ""
	case parquet.Types.Float, parquet.Types.Double:
		return "FLOAT", ""
	}
	return "BYTES", ""
}

// decimalKind is the first of the target types that holds the decimal.
func decimalKind(precision, scale int, targets []string) (kind, why string) {
	if len(targets) == 0 {
		targets = []string{"NUMERIC"}
	}
	fits := map[string]bool{
		"NUMERIC":    scale <= 9 && precision-scale <= 29,
		"BIGNUMERIC": scale <= 38 && precision-scale <= 38,
		"STRING":     true,
	}
	for _, kind := range []string{"NUMERIC", "BIGNUMERIC", "STRING"} {
		if slices.Contains(targets, kind) && fits[kind] {
			return kind, ""
		}
	}
	return "", fmt.Sprintf("DECIMAL(%d,%d), which no type of decimalTargetTypes %v holds", precision, scale, targets)
}

// A mapping turns the columns of one file into the fields of a schema.
type mapping struct {
	file    *source
	lists   bool     // enableListInference
	targets []string // decimalTargetTypes
	unknown bool     // ignoreUnknownValues
}

// A check is a condition that no row may fulfil.
type check struct{ sql, message string }

func (m *mapping) fault(format string, args ...any) error {
	return invalid("Error while reading data, error message: %s. File: %s", fmt.Sprintf(format, args...), m.file.name)
}

// row is the SQL of each field of a row or RECORD, from the nodes of a group. get is the SQL
// of a node's value.
func (m *mapping) row(nodes []schema.Node, fields []field, prefix string, get func(schema.Node) string) ([]string, []check, error) {
	for _, n := range nodes {
		if _, found := named(fields, n.Name()); !found && !m.unknown {
			return nil, nil, m.fault("No such field: %s", prefix+n.Name())
		}
	}
	var exprs []string
	var checks []check
	for _, f := range fields {
		n := child(nodes, f.name)
		if n == nil {
			if f.mode == "REQUIRED" {
				return nil, nil, m.fault("Required field %s is missing in the file", prefix+f.name)
			}
			exprs = append(exprs, empty(f))
			continue
		}
		expr, more, err := m.value(n, f, prefix+f.name, get(n))
		if err != nil {
			return nil, nil, err
		}
		exprs, checks = append(exprs, expr), append(checks, more...)
	}
	return exprs, checks, nil
}

// empty is the value of a field that is not there.
func empty(f field) string {
	if f.mode == "REPEATED" {
		return "[]::" + f.duckType()
	}
	return "NULL::" + f.duckType()
}

// value is the SQL of a field from a column x, repeated or not.
func (m *mapping) value(n schema.Node, f field, path, x string) (string, []check, error) {
	element, isList := list(n)
	isBare := n.RepetitionType() == parquet.Repetitions.Repeated
	if isBare {
		element, isList = n, true
	}
	switch {
	case isList && f.mode == "REPEATED" && !m.lists && !isBare:
		return empty(f), nil, nil // the trap: the job succeeds and the arrays are empty
	case isList && !m.lists && !isBare && f.kind == "RECORD":
		return m.unfolded(element, f, path, x)
	case isList && f.mode != "REPEATED":
		return "", nil, m.fault("Field %s is a LIST in the file and has mode %s in the schema", path, f.mode)
	case !isList && f.mode == "REPEATED":
		return "", nil, m.fault("Field %s has mode REPEATED in the schema and is no LIST in the file", path)
	case !isList:
		expr, checks, err := m.one(n, f, path, x)
		if f.mode == "REQUIRED" {
			checks = append(checks, check{x + " IS NULL", "Required field " + path + " cannot be null"})
		}
		return expr, checks, err
	}
	if _, isNested := list(element); isNested {
		return "", nil, m.fault("Field %s is an array of arrays", path)
	}
	e := fmt.Sprintf("e%d", strings.Count(path, "."))
	expr, below, err := m.one(element, f, path, e)
	if err != nil {
		return "", nil, err
	}
	checks := []check{{e + " IS NULL", "Only optional fields can be set to NULL. Field: " + path + "; Value: NULL"}}
	for i, c := range append(checks, below...) {
		c.sql = fmt.Sprintf("coalesce(len(list_filter(%s, lambda %s: %s)), 0) > 0", x, e, c.sql)
		if i == 0 {
			checks[0] = c
		} else {
			checks = append(checks, c)
		}
	}
	return fmt.Sprintf("coalesce(list_transform(%s, lambda %s: %s), [])::%s", x, e, expr, f.duckType()), checks, nil
}

// unfolded is a LIST as BigQuery loads it without enableListInference: a
// RECORD list that repeats a RECORD of one field.
func (m *mapping) unfolded(element schema.Node, f field, path, x string) (string, []check, error) {
	if len(f.fields) != 1 || f.fields[0].mode != "REPEATED" || len(f.fields[0].fields) != 1 {
		return "", nil, m.fault("Field %s is a LIST in the file and a RECORD of another shape in the schema", path)
	}
	inner := f.fields[0].fields[0]
	e := fmt.Sprintf("e%d", strings.Count(path, "."))
	expr, _, err := m.one(element, inner, path+"."+f.fields[0].name+"."+inner.name, e)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("CASE WHEN %[1]s IS NOT NULL THEN struct_pack(%[2]s := list_transform(%[1]s, lambda %[3]s: struct_pack(%[4]s := %[5]s))) END::%[6]s",
		x, ident(f.fields[0].name), e, ident(inner.name), expr, f.duckType()), nil, nil
}

// targetNames are the types as messages about Parquet name them.
var targetNames = map[string]string{"INTEGER": "INT64", "FLOAT": "DOUBLE", "BOOLEAN": "BOOL"}

// one is the SQL of a single value of a field.
func (m *mapping) one(n schema.Node, f field, path, x string) (string, []check, error) {
	if _, isMap := n.LogicalType().(schema.MapLogicalType); isMap {
		return "", nil, notImplemented("MAP columns (" + path + ")")
	}
	nodes := children(n)
	if (nodes != nil) != (f.kind == "RECORD") {
		return "", nil, m.mismatch(n, f, path)
	}
	if nodes != nil {
		get := func(sub schema.Node) string { return "struct_extract(" + x + ", " + quote(sub.Name()) + ")" }
		exprs, below, err := m.row(nodes, f.fields, path+".", get)
		if err != nil {
			return "", nil, err
		}
		for i, sub := range f.fields {
			exprs[i] = ident(sub.name) + " := " + exprs[i]
		}
		for i := range below {
			below[i].sql = "(" + x + " IS NOT NULL AND " + below[i].sql + ")"
		}
		return "CASE WHEN " + x + " IS NOT NULL THEN struct_pack(" + join(exprs) + ") END", below, nil
	}
	kind, why := kindOf(n, m.targets)
	if why != "" {
		return "", nil, m.fault("Parquet column '%s' has %s, which is not supported", path, why)
	}
	if kind != f.kind && !(kind == "TIMESTAMP" && f.kind == "DATETIME") && !(kind == "NUMERIC" && f.kind == "BIGNUMERIC" && slices.Contains(m.targets, "BIGNUMERIC")) {
		return "", nil, m.mismatch(n, f, path)
	}
	var checks []check
	switch f.kind {
	case "DATE", "TIMESTAMP", "DATETIME":
		checks = append(checks, check{"coalesce(" + x + "::TIMESTAMP NOT BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999', false)", "Invalid " + strings.ToLower(f.kind) + " value of " + path + ": out of range"})
	}
	switch n.LogicalType().(type) {
	case schema.UUIDLogicalType:
		x = "unhex(replace(" + x + "::VARCHAR, '-', ''))"
	case schema.JSONLogicalType:
		x = "encode(" + x + "::VARCHAR)"
	}
	if f.kind == "BIGNUMERIC" { // without zeros at the end, which BigQuery does not keep
		x = "CASE WHEN contains(" + x + "::VARCHAR, '.') THEN rtrim(rtrim(" + x + "::VARCHAR, '0'), '.') ELSE " + x + "::VARCHAR END"
	}
	return x + "::" + f.element(), checks, nil
}

func (m *mapping) mismatch(n schema.Node, f field, path string) error {
	target := targetNames[f.kind]
	if target == "" {
		target = f.kind
	}
	return m.fault("Parquet column '%s' has type %s which does not match the target cpp_type %s", path, typeName(n), target)
}

func join(list []string) string { return strings.Join(list, ", ") }
