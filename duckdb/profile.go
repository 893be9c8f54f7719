package duckdb

import (
	"encoding/json"
	"fmt"
	"strconv"

	driver "github.com/duckdb/duckdb-go/v2"
)

// peakMetric is what the engine calls the most memory that its buffers took while a
// statement ran, in bytes. It costs nothing to keep; all that it can measure does.
const peakMetric = "SYSTEM_PEAK_BUFFER_MEMORY"

// profiling are the settings for what is measured of each statement.
func profiling(all bool) []string {
	keep := fmt.Sprintf(`{"%s": "true"}`, peakMetric)
	if all {
		return []string{"PRAGMA enable_profiling = 'no_output'", "PRAGMA profiling_mode = 'detailed'"}
	}
	return []string{"PRAGMA enable_profiling = 'no_output'", "PRAGMA custom_profiling_settings = " + quote(keep)}
}

// A Profile is what the engine measured of the statement that computed a relation.
type Profile struct {
	Peak int64           // most bytes that the engine's buffers took meanwhile, whoever filled them
	Tree json.RawMessage // its plan with the measures of each operator; nil unless Options.Profile
}

// Profile is that of the relation that was built last.
func (db *DB) Profile() Profile { return db.built }

// measure keeps what was measured of the statement that ran last.
func (db *DB) measure() {
	db.built = Profile{}
	info, err := driver.GetProfilingInfo(db.conn)
	if err != nil {
		return // a figure that is lost is no fault of the relation
	}
	db.built.Peak, _ = strconv.ParseInt(info.Metrics[peakMetric], 10, 64)
	if db.profile {
		db.built.Tree, _ = json.MarshalIndent(info, "", " ")
	}
}
