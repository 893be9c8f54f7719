package compute

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/record"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// RecordedBy names the relation of a run's own rows for each state table whose
// rows SQL writes. Runs, receipts and intents say what was done.
var RecordedBy = map[string]string{"state.events": "model.event_to_record", "state.actions": "model.action_to_record"}

// A State is what earlier runs recorded, and what this run is about to: SQL
// sees both. The zero State is empty.
type State struct {
	Store   *state.Store // nil if nothing was ever recorded
	Head    state.Head
	Pending state.Rows // what this run knows and appends next

	fetched map[string][]byte // segments by name
}

// ReadState reads HEAD in a place that open opens. If the place is not there,
// the state is empty.
func ReadState(ctx context.Context, open func(context.Context) (mirror.Bucket, error)) (*State, error) {
	bucket, err := open(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return &State{}, nil
	}
	if err != nil {
		return nil, err
	}
	s := &State{Store: state.Open(bucket)}
	s.Head, err = s.Store.Head(ctx)
	return s, err
}

// FetchAll fetches every segment at once, which is faster than one table after another.
func (s *State) FetchAll(ctx context.Context) error {
	return s.fetch(ctx, s.Head.Names())
}

// fetch makes sure that segments are at hand: each is read once, and never changes.
func (s *State) fetch(ctx context.Context, names []string) error {
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		_, has := s.fetched[name]
		return has
	})
	if len(missing) == 0 {
		return nil
	}
	if s.fetched == nil {
		s.fetched = map[string][]byte{}
	}
	return s.Store.Fetch(ctx, s.Head, missing, func(name string, body []byte) error {
		s.fetched[name] = body
		return nil
	})
}

// Build builds a state table of db from its segments and tells which they were.
// They are brought into dir, for the state may lie where SQL must not look.
func (s *State) Build(ctx context.Context, db *duckdb.DB, f *sql.File, dir string) ([]record.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make a folder for the state: %w", err)
	}
	table := f.Relation()[len("state."):]
	segments := []string{filepath.Join(dir, table+"-empty.parquet")} // reading no file at all is an error in SQL
	if err := db.SaveEmpty(ctx, f, segments[0]); err != nil {
		return nil, err
	}
	names := s.Head.Segments[table]
	if err := s.fetch(ctx, names); err != nil {
		return nil, err
	}
	pending, body, err := state.Segment(s.Head, table, s.Pending)
	if err != nil {
		return nil, err
	}
	bodies := map[string][]byte{pending: body}
	if body != nil {
		names = append(slices.Clone(names), pending)
	}
	read := make([]record.File, len(names))
	for i, name := range names {
		if name != pending {
			bodies[name] = s.fetched[name]
		}
		read[i] = record.FileOfBytes(name, bodies[name])
		segments = append(segments, filepath.Join(dir, name))
		// They are read now and never again: nothing need outlast a loss of power.
		if err := os.WriteFile(segments[len(segments)-1], bodies[name], 0o644); err != nil {
			return nil, fmt.Errorf("copy a segment of the state: %w", err)
		}
	}
	return read, db.Build(ctx, f, duckdb.Params{"segments": segments})
}

// A LastReceipt says what a partition of a warehouse holds by its last load.
type LastReceipt struct {
	Table     string   `json:"table_name"`
	Partition string   `json:"partition"`
	LoadID    string   `json:"load_id"`
	Rows      int64    `json:"rows"`
	Hash      *string  `json:"content_hash"` // nil if the warehouse counts others than were sent
	Games     []string `json:"games"`        // NBA ids, sorted
}

// ReadReceipts are the last receipts of a database that has them.
func ReadReceipts(ctx context.Context, db *duckdb.DB) ([]LastReceipt, error) {
	return duckdb.Relation[LastReceipt](ctx, db, "model.last_receipt")
}

// LastReceipts are those of a warehouse, with those that wait to be appended. rules is a
// database in which they are asked for; dir is a folder that it may read.
func (s *State) LastReceipts(ctx context.Context, rules *duckdb.DB, cat *sql.Catalog, target, dir string) ([]LastReceipt, error) {
	receipts := cat.Lookup("state.receipts")
	if err := rules.Drop(ctx, receipts); err != nil { // that of before the open intents were settled
		return nil, err
	}
	if _, err := s.Build(ctx, rules, receipts, dir); err != nil {
		return nil, err
	}
	if err := rules.Build(ctx, cat.Lookup("model.last_receipt"), duckdb.Params{"target": target}); err != nil {
		return nil, err
	}
	return ReadReceipts(ctx, rules)
}

// OpenIntents are the loads into a warehouse that a run intended and of which no
// receipt tells, by load and partition. rules is a database in which they are
// asked for; dir is a folder that it may read.
func (s *State) OpenIntents(ctx context.Context, rules *duckdb.DB, cat *sql.Catalog, target, dir string) ([]state.Intent, error) {
	for _, table := range []string{"state.intents", "state.receipts"} {
		if _, err := s.Build(ctx, rules, cat.Lookup(table), dir); err != nil {
			return nil, err
		}
	}
	if err := rules.Build(ctx, cat.Lookup("model.open_intent"), duckdb.Params{"target": target}); err != nil {
		return nil, err
	}
	rows, err := duckdb.Relation[struct {
		LoadID       string    `json:"load_id"`
		Table        string    `json:"table_name"`
		JobPartition string    `json:"job_partition"`
		Partition    string    `json:"partition"`
		Rows         int64     `json:"rows"`
		ContentHash  string    `json:"content_hash"`
		FileSHA256   string    `json:"file_sha256"`
		Games        []string  `json:"games"`
		Mark         string    `json:"mark"`
		RunID        string    `json:"run_id"`
		AsOf         time.Time `json:"as_of"`
	}](ctx, rules, "model.open_intent")
	if err != nil {
		return nil, fmt.Errorf("read what an earlier run intended: %w", err)
	}
	open := make([]state.Intent, len(rows))
	for i, r := range rows {
		open[i] = state.Intent{LoadID: r.LoadID, Target: target, Table: r.Table, JobPartition: r.JobPartition, Partition: r.Partition, Rows: r.Rows,
			ContentHash: r.ContentHash, FileSHA256: r.FileSHA256, Games: r.Games, Mark: r.Mark, RunID: r.RunID, AsOf: r.AsOf}
	}
	slices.SortFunc(open, func(a, b state.Intent) int {
		return cmp.Or(cmp.Compare(a.LoadID, b.LoadID), cmp.Compare(a.Partition, b.Partition))
	})
	return open, nil
}
