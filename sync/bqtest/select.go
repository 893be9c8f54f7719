package bqtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A selection is the one shape of query that there is:
// SELECT columns | * | COUNT(*) FROM table [WHERE conditions] [LIMIT n].
type selection struct {
	items []item
	from  []string
	where []condition
	limit int64 // -1: none
}

type item struct {
	name, as string
	isCount  bool
}

// A condition is a column compared with literals; all of them are joined by AND.
type condition struct {
	column   string
	op       string // a comparison, BETWEEN or IN
	literals []string
}

var (
	token  = regexp.MustCompile("^(?:--[^\n]*|#[^\n]*|\\s+|`[^`]*`|[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:\\.[0-9]+)?|'[^'\\\\]*'|\"[^\"\\\\]*\"|<=|>=|<>|!=|.)")
	word   = regexp.MustCompile(`^[A-Za-z_]`)
	number = regexp.MustCompile(`^[0-9]`)
)

// A reader reads tokens.
type reader struct{ rest []string }

func tokens(text string) []string {
	var all []string
	for text != "" {
		t := token.FindString(text)
		if t == "" {
			t = text[:1]
		}
		text = text[len(t):]
		if strings.TrimSpace(t) != "" && !strings.HasPrefix(t, "--") && !strings.HasPrefix(t, "#") {
			all = append(all, t)
		}
	}
	return all
}

func (r *reader) peek() string {
	if len(r.rest) == 0 {
		return ""
	}
	return r.rest[0]
}

func (r *reader) next() string {
	t := r.peek()
	if t != "" {
		r.rest = r.rest[1:]
	}
	return t
}

// is takes the next tokens if they are these.
func (r *reader) is(words ...string) bool {
	if len(r.rest) < len(words) {
		return false
	}
	for i, w := range words {
		if !strings.EqualFold(r.rest[i], w) {
			return false
		}
	}
	r.rest = r.rest[len(words):]
	return true
}

// unknown is the answer to what the reader cannot go on with.
func (r *reader) unknown() error {
	rest := r.rest
	if len(rest) > 8 {
		rest = append(slices.Clone(rest[:8]), "...")
	}
	return notImplemented("this in a query: " + strings.Join(rest, " "))
}

var keywords = []string{"FROM", "WHERE", "AND", "OR", "LIMIT", "ORDER", "GROUP", "SELECT", "DISTINCT", "AS", "BETWEEN", "IN", "NOT", "JOIN", "ON", "UNION", "CASE", "CAST", "HAVING"}

// name takes a name, whose parts a dot or one pair of backquotes join.
func (r *reader) name() ([]string, error) {
	var parts []string
	for {
		t := r.peek()
		switch {
		case strings.HasPrefix(t, "`"):
			parts = append(parts, strings.Split(strings.Trim(t, "`"), ".")...)
		case word.MatchString(t) && !slices.Contains(keywords, strings.ToUpper(t)):
			parts = append(parts, t)
		default:
			return nil, r.unknown()
		}
		r.next()
		if !r.is(".") {
			return parts, nil
		}
	}
}

func parseSelect(text string) (*selection, error) {
	r := &reader{rest: tokens(text)}
	if len(r.rest) == 0 {
		return nil, invalidQuery("Required parameter is missing: query")
	}
	if !r.is("SELECT") {
		return nil, notImplemented("the statement " + strings.ToUpper(r.peek()))
	}
	sel := &selection{limit: -1}
	for {
		it, err := r.item(len(sel.items))
		if err != nil {
			return nil, err
		}
		if sel.items = append(sel.items, it); !r.is(",") {
			break
		}
	}
	if counts := slices.ContainsFunc(sel.items, func(i item) bool { return i.isCount }); counts && len(sel.items) > 1 {
		return nil, notImplemented("COUNT(*) next to other columns")
	}
	if !r.is("FROM") {
		return nil, r.unknown()
	}
	var err error
	if sel.from, err = r.name(); err != nil {
		return nil, err
	}
	if r.is("WHERE") {
		for {
			c, err := r.condition()
			if err != nil {
				return nil, err
			}
			if sel.where = append(sel.where, c); !r.is("AND") {
				break
			}
		}
	}
	if r.is("LIMIT") {
		if sel.limit, err = strconv.ParseInt(r.peek(), 10, 64); err != nil {
			return nil, r.unknown()
		}
		r.next()
	}
	r.is(";")
	if len(r.rest) > 0 {
		return nil, r.unknown()
	}
	return sel, nil
}

func (r *reader) item(n int) (it item, err error) {
	switch {
	case r.is("*"):
		return item{name: "*"}, nil
	case r.is("COUNT", "(", "*", ")"):
		it = item{isCount: true, as: fmt.Sprintf("f%d_", n)}
	default:
		parts, err := r.name()
		if err != nil {
			return it, err
		}
		if len(parts) != 1 {
			return it, notImplemented("the expression " + strings.Join(parts, "."))
		}
		it = item{name: parts[0]}
	}
	if r.is("AS") {
		parts, err := r.name()
		if err != nil || len(parts) != 1 {
			return it, r.unknown()
		}
		it.as = parts[0]
	}
	return it, nil
}

func (r *reader) condition() (c condition, err error) {
	parts, err := r.name()
	if err != nil {
		return c, err
	}
	if len(parts) != 1 {
		return c, notImplemented("the expression " + strings.Join(parts, "."))
	}
	c.column = parts[0]
	switch c.op = strings.ToUpper(r.peek()); c.op {
	case "=", "<", "<=", ">", ">=", "<>", "!=":
		r.next()
		return c, r.literal(&c)
	case "BETWEEN":
		r.next()
		if err := r.literal(&c); err != nil {
			return c, err
		}
		if !r.is("AND") {
			return c, r.unknown()
		}
		return c, r.literal(&c)
	case "IN":
		r.next()
		if !r.is("(") {
			return c, r.unknown()
		}
		for {
			if err := r.literal(&c); err != nil {
				return c, err
			}
			if r.is(")") {
				return c, nil
			}
			if !r.is(",") {
				return c, r.unknown()
			}
		}
	}
	return c, r.unknown()
}

// literal appends a literal to a condition, as DuckDB writes it.
func (r *reader) literal(c *condition) error {
	prefix := ""
	for _, typed := range []string{"DATE", "TIMESTAMP"} {
		if r.is(typed) {
			prefix = typed + " "
		}
	}
	t := r.peek()
	switch {
	case strings.HasPrefix(t, "'") || strings.HasPrefix(t, `"`):
		t = prefix + quote(t[1:len(t)-1])
	case prefix == "" && (number.MatchString(t) || strings.EqualFold(t, "TRUE") || strings.EqualFold(t, "FALSE")):
	default:
		return r.unknown()
	}
	r.next()
	c.literals = append(c.literals, t)
	return nil
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
			ok = isText || strings.HasPrefix(l, f.kind+" ")
		}
		if !ok {
			return false
		}
	}
	return true
}

// sql is the query as DuckDB runs it over the table's relation.
func (sel *selection) sql(t *table) string {
	var items []string
	for _, it := range sel.items {
		switch {
		case it.isCount:
			items = append(items, "count(*)")
		case it.name == "*":
			items = append(items, selected(t.fields))
		default:
			items = append(items, ident(it.name))
		}
	}
	text := "SELECT " + join(items) + " FROM " + t.relation
	for i, c := range sel.where {
		text += []string{" WHERE ", " AND "}[min(i, 1)]
		switch col := ident(c.column); c.op {
		case "BETWEEN":
			text += col + " BETWEEN " + c.literals[0] + " AND " + c.literals[1]
		case "IN":
			text += col + " IN (" + join(c.literals) + ")"
		default:
			text += col + " " + c.op + " " + c.literals[0]
		}
	}
	if sel.limit >= 0 {
		text += " LIMIT " + itoa(sel.limit)
	}
	return text
}
