package duckdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	driver "github.com/duckdb/duckdb-go/v2"
)

// A QuestionError says that a person's question cannot be answered as it stands.
type QuestionError struct {
	Msg     string
	Refused bool // it would do more than ask; else there is a mistake in it, or it is too large
}

func (e *QuestionError) Error() string { return e.Msg }

// mostCells is how many cells an answer may have that is kept in memory until all of it is there.
const mostCells = 5_000_000

// answering are the table functions that a question may use: they read nothing
// but the database and change nothing. What is said of settings, files and memory
// is nobody's question here.
var answering = append([]string{"generate_subscripts", "json_each", "json_tree", "repeat", "repeat_row", "summary",
	"pragma_show", "pragma_table_info", "duckdb_columns", "duckdb_functions", "duckdb_schemas", "duckdb_tables", "duckdb_types", "duckdb_views"}, tableFunctions...)

// Question asks what a person typed: one SELECT, DESCRIBE or SHOW. The whole answer
// is there or there is an error. A [*QuestionError] is one of the question; every
// other is the machine's.
func (db *DB) Question(ctx context.Context, text string) (Table, error) {
	if err := db.onlyAsks(ctx, text); err != nil {
		return Table{}, err
	}
	rows, err := db.conn.QueryContext(ctx, text)
	if err != nil {
		return Table{}, questionError(ctx, err)
	}
	defer rows.Close()
	t, err := scanTable(rows, mostCells)
	if err != nil {
		return Table{}, questionError(ctx, err)
	}
	t.Columns = distinct(t.Columns)
	return t, nil
}

// onlyAsks refuses what is not one question, and one with a function that does
// something. That nothing else can be reached is the sandbox's to see to.
func (db *DB) onlyAsks(ctx context.Context, text string) error {
	if !utf8.ValidString(text) || strings.Contains(text, "\x00") { // after which the engine reads no further
		return &QuestionError{"the question is no text in UTF-8", false}
	}
	var said string
	if err := db.conn.QueryRowContext(ctx, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", text).Scan(&said); err != nil {
		return questionError(ctx, err)
	}
	var tree struct {
		Error        bool
		ErrorType    string `json:"error_type"`
		ErrorMessage string `json:"error_message"`
		Statements   []any
	}
	if err := json.Unmarshal([]byte(said), &tree); err != nil {
		return fmt.Errorf("parse the syntax tree of the question: %w", err)
	}
	switch {
	case tree.Error && tree.ErrorType == "not implemented":
		return &QuestionError{"only one SELECT, DESCRIBE or SHOW is answered: the database stays as it is", true}
	case tree.Error:
		return &QuestionError{tree.ErrorMessage, false}
	case len(tree.Statements) == 0:
		return &QuestionError{"there is no question", false}
	case len(tree.Statements) > 1:
		return &QuestionError{fmt.Sprintf("these are %d questions; one at a time is answered", len(tree.Statements)), true}
	}
	u := usageOf(tree.Statements[0])
	if len(u.params) > 0 {
		return &QuestionError{"a question has no parameters: write the values", false}
	}
	for _, name := range slices.Sorted(maps.Keys(u.tables)) {
		if !slices.Contains(answering, name) {
			return &QuestionError{name + "() is refused: a question reads the relations of the database and nothing else", true}
		}
	}
	for line := range strings.Lines(functionList) {
		if name, why, _ := strings.Cut(strings.TrimSpace(line), "\t"); u.functions[name] && why == "effect" && name != "error" {
			return &QuestionError{name + "() is refused: it does something, and a question only asks", true}
		}
	}
	return nil
}

// questionError tells a fault of the question from one of the machine.
func questionError(ctx context.Context, err error) error {
	var of *driver.Error
	var own *QuestionError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &own):
		return own
	case !errors.As(err, &of):
		return fmt.Errorf("ask the database: %w", err)
	}
	switch of.Type {
	case driver.ErrorTypePermission:
		return &QuestionError{"the question would reach outside of the database: " + of.Msg, true}
	case driver.ErrorTypeFatal, driver.ErrorTypeInternal, driver.ErrorTypeIO, driver.ErrorTypeOutOfMemory:
		return fmt.Errorf("ask the database: %w", err)
	}
	return &QuestionError{of.Msg, false}
}

// distinct names columns of one name apart, as the engine does in a subquery: a, a_1.
func distinct(names []string) []string {
	out := make([]string, 0, len(names))
	for _, name := range names {
		own := name
		for n := 1; slices.Contains(out, own); n++ {
			own = fmt.Sprintf("%s_%d", name, n)
		}
		out = append(out, own)
	}
	return out
}
