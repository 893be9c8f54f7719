package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Run is one run that got as far as a plan.
type Run struct {
	RunID              string      `json:"run_id"`
	RunKey             string      `json:"run_key"`
	Target             string      `json:"target"` // warehouse that it published to
	AsOf               time.Time   `json:"as_of"`
	Version            string      `json:"sourcecov_version"`
	EngineVersion      string      `json:"engine_version"`
	SQLH1              string      `json:"sql_h1"`
	WindowFrom         string      `json:"window_from"` // YYYY-MM-DD
	WindowTo           string      `json:"window_to"`   // YYYY-MM-DD
	Environment        string      `json:"environment"`
	ObjectsListed      int64       `json:"objects_listed"`
	ObjectsQuarantined int64       `json:"objects_quarantined"`
	CellsDue           int64       `json:"cells_due"`
	CellsPresent       int64       `json:"cells_present"`
	GapsOpen           int64       `json:"gaps_open"`
	GapsAccepted       int64       `json:"gaps_accepted"`
	ChecksFailed       int64       `json:"checks_failed"`
	ExitCode           int64       `json:"exit_code"`
	Tables             []TableLoad `json:"tables"`
}

// TableLoad is what a run did to one published table.
type TableLoad struct {
	Table      string `json:"table_name"`
	Rows       int64  `json:"rows"`       // rows of the whole table
	Partitions int64  `json:"partitions"` // partitions of the whole table
	Loaded     int64  `json:"loaded"`     // partitions loaded by this run
	Skipped    int64  `json:"skipped"`    // partitions whose content was there already
}

// Intent says that a run is about to make one partition hold certain rows. It is
// recorded before anything is asked of the warehouse; a Receipt with the same
// load says what came of it. One load has an intent for each partition it brings.
type Intent struct {
	LoadID       string    `json:"load_id"`
	Target       string    `json:"target"`
	Table        string    `json:"table_name"`
	JobPartition string    `json:"job_partition"` // what the load replaces: YYYYMMDD, or all
	Partition    string    `json:"partition"`     // YYYYMMDD or all
	Rows         int64     `json:"rows"`
	ContentHash  string    `json:"content_hash"` // SHA-256 over the canonical rows
	FileSHA256   string    `json:"file_sha256"`
	Games        []string  `json:"games"`       // NBA ids of its games, sorted; empty for a table without games
	ParentLoad   string    `json:"parent_load"` // the load whose rows it replaces; empty if there is none
	Mark         string    `json:"mark"`        // of the process that is about to load: no other has the same
	RecordedAt   time.Time `json:"recorded_at"` // by the clock: a warehouse's quotas go by it
	RunID        string    `json:"run_id"`
	AsOf         time.Time `json:"as_of"`
}

// Receipt says what came of an intent. With the outcome loaded it proves that
// the partition holds those rows, as the warehouse itself counts them.
type Receipt struct {
	LoadID      string    `json:"load_id"`
	Outcome     string    `json:"outcome"` // loaded, miscounted, failed or never_ran
	Target      string    `json:"target"`
	Table       string    `json:"table_name"`
	Partition   string    `json:"partition"` // YYYYMMDD or all
	Rows        int64     `json:"rows"`
	ContentHash string    `json:"content_hash"` // SHA-256 over the canonical rows
	FileSHA256  string    `json:"file_sha256"`
	Games       []string  `json:"games"` // NBA ids of its games, sorted; empty for a table without games
	RunID       string    `json:"run_id"`
	AsOf        time.Time `json:"as_of"`
}

// Decision is what one person decided about an event or a group of events, or
// took back. What it lacks is NULL.
type Decision struct {
	Number    int64     `json:"number"`     // place among those that are decided at once, from 1
	DecidedAt time.Time `json:"decided_at"` // by the clock
	Decision  string    `json:"decision"`   // resolve, acknowledge or undo
	EventID   string    `json:"event_id,omitempty"`
	BatchID   string    `json:"batch_id,omitempty"`
	Method    string    `json:"method,omitempty"` // accepted_gap, manual_entry or wont_fix
	Until     time.Time `json:"until,omitzero"`
	Undoes    string    `json:"undoes,omitempty"` // id of the decision that is taken back
	ID        string    `json:"decision_id"`      // as [DecisionID] has it
	ActedBy   string    `json:"acted_by"`
	Why       string    `json:"why,omitempty"`
}

// DecisionID is the name of a decision that the next append after head brings:
// short enough to be typed, and no other has it, for no number comes twice.
func DecisionID(head Head, number int64) string { return fmt.Sprintf("%d.%d", head.N+1, number) }

// Alert is a step of one message: what was owed is recorded before it is sent, and
// what came of it after.
type Alert struct {
	Number     int64     `json:"number"` // place in the append, from 1
	AsOf       time.Time `json:"as_of"`
	RunID      string    `json:"run_id"`
	RecordedAt time.Time `json:"recorded_at"` // by the clock
	Channel    string    `json:"channel"`
	MessageID  string    `json:"message_id"`
	Step       string    `json:"step"` // baseline, owed, sent or refused
	Kind       string    `json:"kind"` // baseline, alert, resolved, digest or blocked
	BatchID    *string   `json:"batch_id"`
	Reason     string    `json:"reason"`
	EventIDs   []string  `json:"event_ids"`
	Said       *string   `json:"said"` // of a refusal
}

// Rows is what one append adds.
type Rows struct {
	Decisions []Decision
	Alerts    []Alert
	Intents   []Intent
	Runs      []Run
	Receipts  []Receipt
	// Segments are tables whose rows SQL has written: table to a whole Parquet
	// file with at least one row.
	Segments map[string][]byte
	// Landing, if not nil, and Records, by warehouse, are files that were carried.
	Landing *Landing
	Records map[string]Record
}

// A Table is one kind of state rows and its Parquet schema. Every row carries
// seq, the number of the append that brought it.
type Table struct {
	Name   string
	schema *arrow.Schema
	rows   func(Rows) []any
}

func field(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

var (
	text    = arrow.BinaryTypes.String
	integer = arrow.PrimitiveTypes.Int64
	instant = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
)

// Tables are the state tables, in order of name.
var Tables = []Table{
	{"alerts", arrow.NewSchema([]arrow.Field{
		field("seq", integer), field("number", integer), field("as_of", instant), field("run_id", text), field("recorded_at", instant),
		field("channel", text), field("message_id", text), field("step", text), field("kind", text), field("batch_id", text),
		field("reason", text), field("event_ids", arrow.ListOf(text)), field("said", text),
	}, nil), func(r Rows) []any { return anys(r.Alerts) }},
	{"decisions", arrow.NewSchema([]arrow.Field{
		field("seq", integer), field("number", integer), field("decided_at", instant), field("decision", text), field("event_id", text),
		field("batch_id", text), field("method", text), field("until", instant), field("undoes", text), field("decision_id", text),
		field("acted_by", text), field("why", text),
	}, nil), func(r Rows) []any { return anys(r.Decisions) }},
	{"intents", arrow.NewSchema([]arrow.Field{
		field("seq", integer), field("load_id", text), field("target", text), field("table_name", text),
		field("job_partition", text), field("partition", text), field("rows", integer), field("content_hash", text),
		field("file_sha256", text), field("games", arrow.ListOf(text)), field("parent_load", text), field("mark", text), field("recorded_at", instant),
		field("run_id", text), field("as_of", instant),
	}, nil), func(r Rows) []any { return anys(r.Intents) }},
	{"receipts", arrow.NewSchema([]arrow.Field{
		field("seq", integer), field("load_id", text), field("outcome", text), field("target", text), field("table_name", text), field("partition", text),
		field("rows", integer), field("content_hash", text), field("file_sha256", text),
		field("games", arrow.ListOf(text)), field("run_id", text), field("as_of", instant),
	}, nil), func(r Rows) []any { return anys(r.Receipts) }},
	{"runs", arrow.NewSchema([]arrow.Field{
		field("seq", integer), field("run_id", text), field("run_key", text), field("target", text), field("as_of", instant),
		field("sourcecov_version", text), field("engine_version", text), field("sql_h1", text),
		field("window_from", arrow.FixedWidthTypes.Date32), field("window_to", arrow.FixedWidthTypes.Date32),
		field("environment", text), field("objects_listed", integer), field("objects_quarantined", integer),
		field("cells_due", integer), field("cells_present", integer), field("gaps_open", integer),
		field("gaps_accepted", integer), field("checks_failed", integer), field("exit_code", integer),
		field("tables", arrow.ListOf(arrow.StructOf(field("table_name", text), field("rows", integer),
			field("partitions", integer), field("loaded", integer), field("skipped", integer)))),
	}, nil), func(r Rows) []any { return anys(r.Runs) }},
}

func anys[T any](rows []T) []any {
	out := make([]any, len(rows))
	for i := range rows {
		out[i] = rows[i]
	}
	return out
}

// encode writes the rows of this table as one Parquet file and counts them.
func (t Table) encode(rows Rows, seq int64) ([]byte, int, error) {
	list := t.rows(rows)
	b := array.NewRecordBuilder(memory.DefaultAllocator, t.schema)
	defer b.Release()
	for _, row := range list {
		line, err := json.Marshal(row)
		if err != nil {
			return nil, 0, err
		}
		line = append([]byte(fmt.Sprintf(`{"seq":%d,`, seq)), line[1:]...)
		if err := b.UnmarshalJSON(line); err != nil {
			return nil, 0, err
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	var buf bytes.Buffer
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithDictionaryDefault(false)) // see warehouse.Split
	w, err := pqarrow.NewFileWriter(t.schema, &buf, props, pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, 0, err
	}
	if len(list) > 0 {
		if err := w.Write(batch); err != nil {
			return nil, 0, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, 0, err
	}
	return buf.Bytes(), len(list), nil
}

// segmentName tells segments of racing writers apart by their content.
func segmentName(table string, n int, body []byte) string {
	return fmt.Sprintf("%s-%08d-%08x.parquet", table, n, crc32.ChecksumIEEE(body))
}
