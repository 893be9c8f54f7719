package bqtest

import (
	"regexp"
	"slices"
	"strings"
)

// A field is a column or a field of a RECORD.
type field struct {
	name   string
	kind   string // INTEGER, FLOAT, BOOLEAN, RECORD and so on, the names that the API answers with
	mode   string // NULLABLE, REQUIRED, REPEATED
	fields []field
	res    object // as given, for the description
}

// kinds are the API's names of a type, those of GoogleSQL included.
var kinds = map[string]string{
	"STRING": "STRING", "BYTES": "BYTES", "INTEGER": "INTEGER", "INT64": "INTEGER", "FLOAT": "FLOAT", "FLOAT64": "FLOAT",
	"BOOLEAN": "BOOLEAN", "BOOL": "BOOLEAN", "DATE": "DATE", "TIMESTAMP": "TIMESTAMP", "DATETIME": "DATETIME", "TIME": "TIME",
	"NUMERIC": "NUMERIC", "BIGNUMERIC": "BIGNUMERIC", "RECORD": "RECORD", "STRUCT": "RECORD", "JSON": "JSON",
}

// duckTypes are the types that DuckDB stores them in. A BIGNUMERIC may have
// more digits than any number of DuckDB's and is kept as text.
var duckTypes = map[string]string{
	"STRING": "VARCHAR", "BYTES": "BLOB", "INTEGER": "BIGINT", "FLOAT": "DOUBLE", "BOOLEAN": "BOOLEAN", "DATE": "DATE",
	"TIMESTAMP": "TIMESTAMPTZ", "DATETIME": "TIMESTAMP", "TIME": "TIME", "NUMERIC": "DECIMAL(38,9)", "BIGNUMERIC": "VARCHAR", "JSON": "VARCHAR",
}

var (
	fieldName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_]{0,299}$`)
	reserved  = []string{"_TABLE_", "_FILE_", "_PARTITION", "_ROW_TIMESTAMP", "__ROOT__", "_COLIDENTIFIER", "_CHANGE_SEQUENCE_NUMBER", "_CHANGE_TYPE", "_CHANGE_TIMESTAMP"}
)

// parseFields reads and judges a schema.
func parseFields(list []object, depth int) ([]field, error) {
	if depth > 15 {
		return nil, invalid("RECORD fields may be nested up to 15 deep")
	}
	var all []field
	seen := map[string]bool{}
	for _, o := range list {
		f := field{name: o.string("name"), mode: strings.ToUpper(o.string("mode")), res: o.clone()}
		if !fieldName.MatchString(f.name) {
			return nil, invalid("Invalid field name \"%s\". Fields must contain the allowed characters, and be at most 300 characters long.", f.name)
		}
		for _, p := range reserved {
			if strings.HasPrefix(strings.ToUpper(f.name), p) {
				return nil, invalid("Field name %s is not allowed: it starts with the reserved %s", f.name, p)
			}
		}
		lower := strings.ToLower(f.name)
		if seen[lower] {
			return nil, invalid("Duplicate field names were found, which differ in case at most: %s", f.name)
		}
		seen[lower] = true
		kind := strings.ToUpper(o.string("type"))
		if f.kind = kinds[kind]; f.kind == "" {
			if slices.Contains([]string{"GEOGRAPHY", "INTERVAL", "RANGE", "FOREIGN"}, kind) {
				return nil, notImplemented("the type " + kind)
			}
			return nil, invalid("Invalid value for type: %s is not a valid value", o.string("type"))
		}
		for _, parameter := range []string{"precision", "scale", "maxLength"} {
			if n, _ := o.int(parameter); n != 0 {
				return nil, notImplemented("parameterised types (" + parameter + " of " + f.name + ")")
			}
		}
		if f.mode == "" {
			f.mode = "NULLABLE"
		}
		if !slices.Contains([]string{"NULLABLE", "REQUIRED", "REPEATED"}, f.mode) {
			return nil, invalid("Invalid value for mode: %s is not a valid value", f.mode)
		}
		var err error
		if f.fields, err = parseFields(o.objects("fields"), depth+1); err != nil {
			return nil, err
		}
		if (f.kind == "RECORD") != (len(f.fields) > 0) {
			return nil, invalid("Field %s is type %s, which has %d fields in the schema", f.name, f.kind, len(f.fields))
		}
		all = append(all, f)
	}
	return all, nil
}

// resource is the field as the API answers it.
func (f field) resource() map[string]any {
	o := f.res.clone().plain()
	o["name"], o["type"], o["mode"] = f.name, f.kind, f.mode
	if len(f.fields) > 0 {
		o["fields"] = resources(f.fields)
	}
	return o
}

func resources(fields []field) []any {
	all := []any{}
	for _, f := range fields {
		all = append(all, f.resource())
	}
	return all
}

// duckType is the DuckDB type of a field, element that of one element of it.
func (f field) duckType() string {
	if f.mode == "REPEATED" {
		return f.element() + "[]"
	}
	return f.element()
}

func (f field) element() string {
	if f.kind != "RECORD" {
		return duckTypes[f.kind]
	}
	return "STRUCT(" + columns(f.fields) + ")"
}

// columns is the column list of a CREATE TABLE.
func columns(fields []field) string {
	var all []string
	for _, f := range fields {
		all = append(all, ident(f.name)+" "+f.duckType())
	}
	return strings.Join(all, ", ")
}

// named finds a field as BigQuery does, whatever its case.
func named(fields []field, name string) (field, bool) {
	for _, f := range fields {
		if strings.EqualFold(f.name, name) {
			return f, true
		}
	}
	return field{}, false
}

// An evolution says how a schema may differ from the live one.
type evolution struct {
	add, relax bool
	describe   bool // the new descriptions count
}

// evolve compares a given schema with the live one and returns what the live
// one becomes, or how the two differ in a way that is not allowed.
func (e evolution) evolve(live, given []field, prefix string) ([]field, string) {
	var next []field
	for _, l := range live {
		g, found := named(given, l.name)
		name := prefix + l.name
		switch {
		case !found:
			return nil, "Field " + name + " is missing in new schema"
		case g.kind != l.kind:
			return nil, "Field " + name + " has changed type from " + l.kind + " to " + g.kind
		case g.mode != l.mode && !(e.relax && l.mode == "REQUIRED" && g.mode == "NULLABLE"):
			return nil, "Field " + name + " has changed mode from " + l.mode + " to " + g.mode
		}
		below, difference := e.evolve(l.fields, g.fields, name+".")
		if difference != "" {
			return nil, difference
		}
		if e.describe {
			l.res = g.res
		}
		l.mode, l.fields = g.mode, below
		next = append(next, l)
	}
	for _, g := range given {
		if _, found := named(live, g.name); found {
			continue
		}
		switch {
		case !e.add:
			return nil, "Cannot add fields (field: " + prefix + g.name + ")"
		case g.mode == "REQUIRED":
			return nil, "Cannot add required fields to an existing schema. (field: " + prefix + g.name + ")"
		}
		next = append(next, g)
	}
	return next, ""
}
