// Package record is run.json: all that is needed to say what a run saw, did and
// reported, and to compute it once more.
package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"sourcecov/duckdb"
	"sourcecov/sql"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"
)

// A Record is the content of run.json.
type Record struct {
	RunID     string           `json:"run_id"`
	Run       state.Run        `json:"run"`
	Bucket    string           `json:"bucket"`
	Game      string           `json:"game,omitempty"`
	Threads   string           `json:"threads"`      // in force; no part of run_key
	Memory    string           `json:"memory_limit"` // in force; no part of run_key
	Inputs    Inputs           `json:"inputs"`
	SQL       []SQLFile        `json:"sql"`
	Checks    []duckdb.Finding `json:"checks"`
	Plan      []TablePlan      `json:"plan"`
	Outputs   []Output         `json:"outputs"`
	Reports   []Report         `json:"reports"`
	Verdict   *Verdict         `json:"verdict,omitempty"` // nil in records of versions that gave none
	Note      string           `json:"note,omitempty"`
	Timings   []Timing         `json:"timings"`
	Params    map[string]any   `json:"params"`    // what SQL files could ask for
	Relations []Relation       `json:"relations"` // every table, in the order in which they were built
	SHA256    string           `json:"sha256"`    // over the bytes before it; always the last field
}

// Inputs are what was read.
type Inputs struct {
	Hash     string `json:"hash"`  // SHA-256 over object, CRC32C and size of all that is landed or listed
	State    string `json:"state"` // SHA-256 over the events and actions that earlier runs recorded, what people decided, and since when the rules are others
	Pull     int64  `json:"pull"`
	Segments []File `json:"segments"`
	Listing  File   `json:"listing"`
	Audited  *File  `json:"audited,omitempty"` // what was counted of the platform's tables, in the run's folder; nil if nobody looked

	StateSegments map[string][]File `json:"state_segments"` // those that each state table was built from
}

// Landing are the segments and the listing.
func (in Inputs) Landing() []File { return append(slices.Clone(in.Segments), in.Listing) }

// A File is one that a run read, by its name in landing or state.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// A SQLFile is one of the files that were run.
type SQLFile struct {
	Path string `json:"path"`
	Hash string `json:"h1"`
	Text string `json:"text"`
}

// A TablePlan is what the plan would do to one table.
type TablePlan struct {
	Table      string `json:"table"`
	Rows       int64  `json:"rows"`       // rows of the whole table
	Partitions int64  `json:"partitions"` // partitions of the whole table
	ToLoad     int64  `json:"to_load"`    // those to load

	Jobs []Job `json:"jobs"`
}

// A Job is one load: of a partition, or of a whole table.
type Job struct {
	LoadID     string `json:"load_id"`
	Partition  string `json:"partition"`  // YYYYMMDD, or all
	Partitions int64  `json:"partitions"` // how many it brings
	Rows       int64  `json:"rows"`
}

// An Output is what one published table came to.
type Output struct {
	Table      string             `json:"table"`
	Partitions []duckdb.Partition `json:"partitions"`
}

// A Relation is one table that a run built.
type Relation struct {
	Name string `json:"relation"` // such as model.cell
	Path string `json:"path"`     // such as model/cell.sql
	Rows int64  `json:"rows"`
	Hash string `json:"hash"` // over the rows in any order, by this version of the engine

	Why    string   `json:"why,omitempty"`   // why it was computed; "" if it was taken over from the run before
	Parts  []string `json:"parts,omitempty"` // all that were computed; none if it was everything
	Millis int64    `json:"ms"`              // that it took
	Peak   int64    `json:"peak,omitempty"`  // most bytes that the engine's buffers took while it was computed
}

// A Verdict is the answer of a night (RULES.md, "Verdict"). What it exits with, and
// the first and the last line that it prints, follow from it alone.
type Verdict struct {
	Judgement string `json:"judgement"`  // one of the three below
	Said      string `json:"said"`       // why, for people
	Worst     string `json:"worst_open"` // worst severity of what is open; "" if nothing is
	Blocked   bool   `json:"blocked"`    // a check forbade to publish
}

// What a night can be judged to be.
const (
	OK        = "ok"
	NotOK     = "not_ok"
	NotJudged = "not_judged" // nobody looked, or there was nothing to look at
)

// Word is the judgement as people read it.
func (v Verdict) Word() string {
	return map[string]string{OK: "OK", NotOK: "NOT OK", NotJudged: "NOT JUDGED"}[v.Judgement]
}

// A Timing is how long a step took.
type Timing struct {
	Step   string `json:"step"`
	Millis int64  `json:"ms"`
}

// A Report is the answer of one file that is asked.
type Report struct {
	Name string `json:"name"`
	duckdb.Table
}

// UnmarshalJSON keeps the table's own from taking over.
func (r *Report) UnmarshalJSON(body []byte) error {
	return unmarshal(body, &struct {
		Name *string `json:"name"`
	}{&r.Name}, &r.Table)
}

// New makes the record of a run that is about to begin and names the run: as-of,
// and a hash over all that its result depends on.
func New(bucket, game string, maxObject int64, run state.Run, in Inputs, cat *sql.Catalog) *Record {
	key, audited := sha256.New(), ""
	if in.Audited != nil {
		audited = in.Audited.SHA256
	}
	for _, part := range []string{run.SQLH1, in.Hash, run.AsOf.Format("2006-01-02T15:04:05Z"), run.WindowFrom, run.WindowTo, game, run.EngineVersion,
		run.Environment, in.State, strconv.FormatInt(maxObject, 10), audited} {
		fmt.Fprintf(key, "%d:%s\n", len(part), part)
	}
	run.RunKey = hex.EncodeToString(key.Sum(nil))
	run.RunID = run.AsOf.Format("20060102T150405Z") + "-" + run.RunKey[:8]
	run.Tables = []state.TableLoad{}
	r := &Record{RunID: run.RunID, Run: run, Bucket: bucket, Game: game, Inputs: in}
	for _, f := range cat.Files {
		r.SQL = append(r.SQL, SQLFile{f.Path, f.Hash, f.Text})
	}
	return r
}

// Report returns the answer of a name; one without rows if there is none.
func (r *Record) Report(name string) Report {
	for _, report := range r.Reports {
		if report.Name == name {
			return report
		}
	}
	return Report{Name: name}
}

// Loaded counts the partitions that the run loaded.
func (r *Record) Loaded() (sum int64) {
	for _, t := range r.Run.Tables {
		sum += t.Loaded
	}
	return sum
}

// Unchanged counts the partitions that were there already.
func (r *Record) Unchanged() (sum int64) {
	for _, t := range r.Run.Tables {
		sum += t.Skipped
	}
	return sum
}

// Built reports whether a relation is among those that the run built.
func (r *Record) Built(name string) bool {
	return slices.ContainsFunc(r.Relations, func(x Relation) bool { return x.Name == name })
}

// SQLParams are the recorded parameters as SQL files are given them.
func (r *Record) SQLParams() (duckdb.Params, error) {
	p := duckdb.Params{}
	maps.Copy(p, r.Params)
	text, _ := p["as_of"].(string) // what is no text is no instant either
	asOf, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil, fmt.Errorf("the recorded as-of: %w", err)
	}
	p["as_of"] = asOf
	return p, nil
}

// FileOf looks at a file of a run's inputs.
func FileOf(ctx context.Context, name string) (File, error) {
	if err := ctx.Err(); err != nil {
		return File{}, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return File{}, fmt.Errorf("look at what is read: %w", err)
	}
	sum, err := warehouse.SHA256(name)
	return File{filepath.Base(name), info.Size(), sum}, err
}

// FileOfBytes is FileOf for a file that was fetched.
func FileOfBytes(name string, body []byte) File {
	sum := sha256.Sum256(body)
	return File{name, int64(len(body)), hex.EncodeToString(sum[:])}
}
