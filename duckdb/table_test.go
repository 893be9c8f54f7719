package duckdb

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestTable: cells have the types of their columns, their texts are those of the
// engine, and JSON gives the same cells back.
func TestTable(t *testing.T) {
	db, _ := openTest(t)
	const answer = `FROM (SELECT
		NULL::BIGINT AS nothing, true AS yes, 7::INTEGER AS small, 9223372036854775807::BIGINT AS large, 12::HUGEINT AS huge,
		170141183460469231731687303715884105727::HUGEINT AS larger, 7.0::DECIMAL(4,1) AS decimal, -0.05::DECIMAL(6,2) AS cents, 0::DECIMAL(4,1) AS zero,
		0.5::DOUBLE AS half, 'a b' AS word, 'silver'::tier AS tier, DATE '2025-04-19' AS day,
		TIMESTAMPTZ '2025-04-19 10:00:00+02' AS moment, TIMESTAMPTZ '2025-04-19 10:00:00.25+00' AS fraction, ['a', 'b'] AS list, []::VARCHAR[] AS none)`
	got, err := db.table(context.Background(), answer)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 4, 19, 8, 0, 0, 0, time.UTC)
	want := []any{nil, true, int64(7), int64(9223372036854775807), int64(12), json.Number("170141183460469231731687303715884105727"),
		json.Number("7.0"), json.Number("-0.05"), json.Number("0.0"), 0.5, "a b", "silver", "2025-04-19",
		at, at.Add(2*time.Hour + 250*time.Millisecond), []any{"a", "b"}, []any{}}
	if diff := cmp.Diff(want, got.Rows[0]); diff != "" {
		t.Error(diff)
	}
	engine, err := texts(context.Background(), db, strings.TrimPrefix(answer, "FROM "))
	if err != nil {
		t.Fatal(err)
	}
	for i, cell := range got.Rows[0] {
		if Text(cell) != Text(engine.Rows[0][i]) {
			t.Errorf("%s: text %q, the engine writes %q", got.Columns[i], Text(cell), Text(engine.Rows[0][i]))
		}
	}
	body, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var again Table
	if err := json.Unmarshal(body, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, again); diff != "" {
		t.Error(diff)
	}
}

// TestRows: a struct takes just what its tags name, and nothing that does not fit.
func TestRows(t *testing.T) {
	table := Table{Columns: []string{"name", "games", "n", "more"}, Rows: [][]any{{"a", []any{"x", "y"}, nil, true}}}
	got, err := Rows[struct {
		Games []string `json:"games"`
		Name  string   `json:"name"`
		N     *int64   `json:"n"`
	}](table)
	if err != nil || len(got) != 1 || got[0].Name != "a" || len(got[0].Games) != 2 || got[0].N != nil {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Rows[struct {
		N int64 `json:"n"`
	}](table); err == nil {
		t.Error("NULL became a number")
	}
	if _, err := Rows[struct {
		Name int64 `json:"name"`
	}](table); err == nil {
		t.Error("a text became a number")
	}
	if _, err := Rows[struct {
		Other string `json:"other"`
	}](table); err == nil {
		t.Error("a column that is not there was read")
	}
}
