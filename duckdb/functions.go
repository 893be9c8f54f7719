package duckdb

import (
	"context"
	_ "embed"
	"strings"
)

// functionList names every function of the engine, a line each. After a tab it
// says why no SQL file may use it: clock, chance, context (the session, the engine,
// the machine) or effect (it does something). TestFunctions names those that an
// engine of another version has and the list lacks.
//
//go:embed functions.txt
var functionList string

// words are those that the engine answers without brackets, as columns are written.
// A column that is called so is written with its table before it.
var words = []string{"current_catalog", "current_date", "current_role", "current_schema", "current_time",
	"current_timestamp", "current_user", "localtime", "localtimestamp", "session_user", "user"}

// unfit are the functions and words that no SQL file may use: those of the list, and
// what else the engine itself says may answer otherwise another time.
func (db *DB) unfit(ctx context.Context) (map[string]bool, error) {
	unstable, err := db.Strings(ctx, "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'")
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, name := range append(unstable, words...) {
		out[name] = true
	}
	for line := range strings.Lines(functionList) {
		if name, _, isUnfit := strings.Cut(line, "\t"); isUnfit {
			out[name] = true
		}
	}
	return out, nil
}
