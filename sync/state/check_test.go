package state_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"sourcecov/sync/state"
)

// TestCheck: there is a conflict only if there is a later HEAD than the one read.
func TestCheck(t *testing.T) {
	head := state.Head{N: 9}
	for name, c := range map[string]struct {
		names    []string
		conflict bool
	}{
		"nothing was ever appended":         {nil, false},
		"the HEAD that was read":            {[]string{"HEAD-00000009"}, false},
		"earlier ones, too":                 {[]string{"HEAD-00000008", "HEAD-00000009"}, false},
		"the next one":                      {[]string{"HEAD-00000009", "HEAD-00000010"}, true},
		"one much later, those between not": {[]string{"HEAD-00000012"}, true},
		"a copy of a later one": {
			[]string{"HEAD-00000009", "HEAD-00000010~", "HEAD-00000010.json", "HEAD-000000100"}, false,
		},
		"segments of a later append": {[]string{"HEAD-00000009", "runs-00000010-00000000.parquet"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, p place) {
				for _, name := range c.names {
					p.put(name, []byte("{}"))
				}
				err := state.Open(p.bucket).Check(t.Context(), head)
				if c.conflict != errors.Is(err, state.ErrConflict) || !c.conflict && err != nil {
					t.Errorf("Check = %v", err)
				}
			})
		})
	}
}

// TestCheckWriters: the newest writer may go on, and the one before may not.
func TestCheckWriters(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, first := begun(t, p)
		if err := s.Check(t.Context(), first); err != nil {
			t.Error(err)
		}
		second, err := s.Append(t.Context(), first, day(2), rows("two"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(t.Context(), first); !errors.Is(err, state.ErrConflict) {
			t.Errorf("the first writer: %v", err)
		}
		if err := s.Check(t.Context(), second); err != nil {
			t.Errorf("the second writer: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Check(ctx, second); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}

// intent and receipt have a value in every field.
var (
	at     = time.Date(2025, 1, 2, 3, 4, 5, 678901000, time.UTC)
	intent = state.Intent{
		LoadID: "sourcecov-t-20250101-0123456789abcdef", Target: "bq:p.d", Table: "t", JobPartition: "all",
		Partition: "20250101", Rows: 7, ContentHash: "c0ffee", FileSHA256: "f11e",
		Games: []string{"0022400001", "0022400002"}, ParentLoad: "before", Mark: "m",
		RecordedAt: at, RunID: "run", AsOf: at,
	}
	receipt = state.Receipt{
		LoadID: intent.LoadID, Outcome: "loaded", Target: "bq:p.d", Table: "t", Partition: "20250101", Rows: 7,
		ContentHash: "c0ffee", FileSHA256: "f11e", Games: []string{}, RunID: "run", AsOf: at,
	}
)

// TestSegment: what would be appended is told beforehand, by its very name and bytes.
func TestSegment(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, head := begun(t, p)
		next := rows("two")
		next.Intents = []state.Intent{intent}
		told := map[string][]byte{}
		for _, table := range []string{"intents", "receipts", "runs"} {
			name, body, err := state.Segment(head, table, next)
			if err != nil || !strings.HasPrefix(name, table+"-00000002-") || len(body) == 0 {
				t.Fatalf("%s: %s with %d bytes, %v", table, name, len(body), err)
			}
			told[name] = body
		}
		head, err := s.Append(t.Context(), head, day(2), next)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, names := range head.Segments {
			err := s.Fetch(t.Context(), head, names, func(name string, body []byte) error {
				if want, isNew := told[name]; isNew {
					if found++; !bytes.Equal(body, want) {
						t.Errorf("%s has other bytes than were told", name)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if found != 3 {
			t.Errorf("%d of the segments %v are there", found, head.Segments)
		}
	})
}

// TestSegmentOfMany: a segment has pages of one encoding a column, of however many rows:
// of two, its footer would tell in an order of its own each time, and it would have
// another name than was told.
func TestSegmentOfMany(t *testing.T) {
	var many state.Rows
	for i := range 32_000 { // a dictionary of their ids would outgrow its limit after some pages
		intent := intent
		intent.LoadID = fmt.Sprintf("%064d", i/2)
		many.Intents = append(many.Intents, intent)
	}
	_, body, err := state.Segment(state.Head{}, "intents", many)
	if err != nil {
		t.Fatal(err)
	}
	r, err := file.NewParquetReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.MetaData().Schema.NumColumns() {
		chunk, err := r.MetaData().RowGroup(0).ColumnChunk(i)
		if err != nil || len(chunk.EncodingStats()) != 1 {
			t.Errorf("column %d: pages of %v, %v", i, chunk.EncodingStats(), err)
		}
	}
}

// TestSegmentOfNothing: no rows are no segment, and neither are tables that SQL writes.
func TestSegmentOfNothing(t *testing.T) {
	for table, rows := range map[string]state.Rows{
		"intents": {Receipts: []state.Receipt{receipt}}, "receipts": {}, "runs": {Intents: []state.Intent{intent}},
		"files": {Segments: map[string][]byte{"files": []byte("PAR1")}}, "": {Intents: []state.Intent{intent}},
	} {
		if name, body, err := state.Segment(state.Head{}, table, rows); name != "" || body != nil || err != nil {
			t.Errorf("%s: %q, %d bytes, %v", table, name, len(body), err)
		}
	}
}

// TestIntentsAndReceipts: what is appended comes back, every field of it.
func TestIntentsAndReceipts(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, head := begun(t, p)
		later := intent
		later.LoadID, later.Games, later.ParentLoad = "another", []string{}, ""
		head, err := s.Append(t.Context(), head, at, state.Rows{Intents: []state.Intent{intent, later}, Receipts: []state.Receipt{receipt}})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(head.Segments["intents"]); n != 1 {
			t.Fatalf("%d segments of intents", n)
		}
		want := map[string]any{
			"seq": "2", "load_id": intent.LoadID, "target": "bq:p.d", "table_name": "t", "job_partition": "all",
			"partition": "20250101", "rows": "7", "content_hash": "c0ffee", "file_sha256": "f11e",
			"games": `["0022400001","0022400002"]`, "parent_load": "before", "mark": "m",
			"recorded_at": "2025-01-02T03:04:05.678901Z", "run_id": "run", "as_of": "2025-01-02T03:04:05.678901Z",
		}
		wantLater := maps.Clone(want)
		wantLater["load_id"], wantLater["games"], wantLater["parent_load"] = "another", "[]", ""
		if got := read(t, s, head, head.Segments["intents"]); !reflect.DeepEqual(got, []map[string]any{want, wantLater}) {
			t.Errorf("intents\n%v\nwant\n%v", got, []map[string]any{want, wantLater})
		}
		delete(want, "job_partition")
		delete(want, "parent_load")
		delete(want, "mark")
		delete(want, "recorded_at")
		want["outcome"], want["games"] = "loaded", "[]"
		if got := read(t, s, head, head.Segments["receipts"][1:]); !reflect.DeepEqual(got, []map[string]any{want}) {
			t.Errorf("receipts\n%v\nwant\n%v", got, want)
		}
	})
}

// read reads segments with arrow-go: each row as texts by column.
func read(t *testing.T, s *state.Store, head state.Head, names []string) []map[string]any {
	t.Helper()
	var out []map[string]any
	err := s.Fetch(t.Context(), head, names, func(_ string, body []byte) error {
		r, err := file.NewParquetReader(bytes.NewReader(body))
		if err != nil {
			return err
		}
		defer r.Close()
		ar, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
		if err != nil {
			return err
		}
		table, err := ar.ReadTable(t.Context())
		if err != nil {
			return err
		}
		defer table.Release()
		batches := array.NewTableReader(table, 0)
		defer batches.Release()
		for batches.Next() {
			batch := batches.RecordBatch()
			for i := range int(batch.NumRows()) {
				row := map[string]any{}
				for j, column := range batch.Columns() {
					if !column.IsNull(i) {
						row[batch.ColumnName(j)] = column.ValueStr(i)
					}
				}
				out = append(out, row)
			}
		}
		return batches.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
