package bqtest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A selection is the one shape of query that there is, which reads or counts
// columns of one table:
// SELECT item, ... FROM table [WHERE condition AND ...] [GROUP BY column, ...].
type selection struct {
	items   []item
	from    []string
	where   []condition
	groupBy []string
}

// An item is a column, COUNT(*) or COUNT(DISTINCT column).
type item struct {
	column  string // "" in COUNT(*)
	as      string
	isCount bool
}

// A condition is a column compared with literals; all of them are joined by AND.
type condition struct {
	column   string
	op       string // a comparison or BETWEEN
	literals []string
}

// columns are the names of all columns that are read, each once.
func (sel *selection) columns() []string {
	all := slices.Clone(sel.groupBy)
	for _, it := range sel.items {
		if it.column != "" {
			all = append(all, it.column)
		}
	}
	for _, c := range sel.where {
		all = append(all, c.column)
	}
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// isGrouped reports whether a row of the result is more than one of the table.
func (sel *selection) isGrouped() bool {
	return len(sel.groupBy) > 0 || slices.ContainsFunc(sel.items, func(it item) bool { return it.isCount })
}

func (sel *selection) groups(column string) bool {
	return slices.ContainsFunc(sel.groupBy, func(name string) bool { return strings.EqualFold(name, column) })
}

const literal = `(?:(?:DATE|TIMESTAMP)\s*)?'[^'\\]*'|[0-9]+(?:\.[0-9]+)?|TRUE|FALSE`

var (
	selectText    = regexp.MustCompile("(?is)^\\s*SELECT\\s+(.+?)\\s+FROM\\s+([`\\w.-]+)(?:\\s+WHERE\\s+(.+?))?(?:\\s+GROUP\\s+BY\\s+([\\w\\s,]+?))?\\s*;?\\s*$")
	itemText      = regexp.MustCompile(`(?i)^(?:(COUNT)\s*\(\s*(?:\*|DISTINCT\s+(\w+))\s*\)|([a-z_]\w*))(?:\s+AS\s+(\w+))?$`)
	conditionText = regexp.MustCompile(`(?i)^\s*([a-z_]\w*)\s*(?:(<=|>=|=|<|>)\s*(` + literal + `)|(BETWEEN)\s+(` + literal + `)\s+AND\s+(` + literal + `))(?:\s+AND\s|\s*$)`)
	number        = regexp.MustCompile(`^[0-9]`)
)

// unknown is the answer to what is not of that shape.
func unknown(text string) error { return notImplemented("this in a query: " + strings.TrimSpace(text)) }

func parseSelect(text string) (*selection, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil, invalidQuery("Required parameter is missing: query")
	}
	if !strings.EqualFold(words[0], "SELECT") {
		return nil, notImplemented("the statement " + strings.ToUpper(words[0]))
	}
	parts := selectText.FindStringSubmatch(text)
	if parts == nil {
		return nil, unknown(text)
	}
	sel := &selection{from: strings.Split(strings.ReplaceAll(parts[2], "`", ""), ".")}
	for i, given := range strings.Split(parts[1], ",") {
		m := itemText.FindStringSubmatch(strings.TrimSpace(given))
		if m == nil {
			return nil, unknown(given)
		}
		it := item{isCount: m[1] != "", column: m[2] + m[3], as: cmp.Or(m[4], m[3], fmt.Sprintf("f%d_", i))}
		sel.items = append(sel.items, it)
	}
	for rest := parts[3]; rest != ""; {
		m := conditionText.FindStringSubmatch(rest)
		if m == nil {
			return nil, unknown(rest)
		}
		c := condition{column: m[1], op: strings.ToUpper(m[2] + m[4]), literals: []string{m[3] + m[5]}}
		if c.op == "BETWEEN" {
			c.literals = append(c.literals, m[6])
		}
		sel.where, rest = append(sel.where, c), rest[len(m[0]):]
	}
	if parts[4] != "" {
		for _, name := range strings.Split(parts[4], ",") {
			sel.groupBy = append(sel.groupBy, strings.TrimSpace(name))
		}
	}
	return sel, nil
}

// fits reports whether the literals may be compared with the field; DuckDB
// would convert more than GoogleSQL does.
func (c condition) fits(f field) bool {
	if f.mode == "REPEATED" {
		return false
	}
	for _, l := range c.literals {
		isText := strings.HasPrefix(l, "'")
		ok := false
		switch f.kind {
		case "INTEGER", "FLOAT", "NUMERIC":
			ok = number.MatchString(l)
		case "BOOLEAN":
			ok = strings.EqualFold(l, "TRUE") || strings.EqualFold(l, "FALSE")
		case "STRING":
			ok = isText
		case "DATE", "TIMESTAMP":
			ok = isText || strings.HasPrefix(strings.ToUpper(l), f.kind)
		}
		if !ok {
			return false
		}
	}
	return true
}

// sql is the item as DuckDB writes it.
func (it item) sql() string {
	switch {
	case !it.isCount:
		return ident(it.column)
	case it.column == "":
		return "count(*)"
	}
	return "count(DISTINCT " + ident(it.column) + ")"
}

// where is the conditions as DuckDB writes them, empty for none.
func where(conditions []condition) string {
	text := ""
	for i, c := range conditions {
		text += []string{" WHERE ", " AND "}[min(i, 1)] + ident(c.column) + " " + c.op + " " + strings.Join(c.literals, " AND ")
	}
	return text
}
