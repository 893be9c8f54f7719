package duckdb

import (
	"fmt"
	"testing"
	"time"
)

// TestCounted: rows that were counted elsewhere, also those without an id, and what is
// said of a table, come into the relation as they are.
func TestCounted(t *testing.T) {
	db, _ := openTest(t)
	game, streamed, since := `20241022_"O'K"_BOS`, int64(7), time.Date(2025, 4, 20, 12, 0, 0, 0, time.UTC)
	err := db.CountAudited(t.Context(), []AuditedTable{
		{Dataset: "raw", Table: "box", StreamingRows: &streamed, StreamingSince: &since, Counted: []AuditedRows{
			{Game: &game, Date: "2024-10-22", Rows: 3, Keys: 2}, {Date: "2024-10-23", Rows: 1, Keys: 1},
		}},
		{Dataset: "raw", Table: "empty"},
		{Dataset: "raw", Table: "gone", Fault: "there is none", StreamingRows: &streamed},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := db.Strings(t.Context(), "SELECT a::VARCHAR FROM audited AS a ORDER BY table_name, game_date")
	if err != nil {
		t.Fatal(err)
	}
	const row = "{'dataset_name': raw, 'table_name': %s, 'game': %s, 'game_date': %s, 'rows_found': %d, 'keys_found': %d, 'fault': %s, 'streaming_rows': %s, 'streaming_since': %s, 'rows_lost': NULL}"
	for i, want := range []string{
		fmt.Sprintf(row, "box", `'20241022_"O\'K"_BOS'`, "2024-10-22", 3, 2, "NULL", "NULL", "NULL"),
		fmt.Sprintf(row, "box", "NULL", "2024-10-23", 1, 1, "NULL", "NULL", "NULL"),
		fmt.Sprintf(row, "box", "NULL", "NULL", 0, 0, "NULL", "7", "'2025-04-20 12:00:00+00'"),
		fmt.Sprintf(row, "empty", "NULL", "NULL", 0, 0, "NULL", "NULL", "NULL"),
		fmt.Sprintf(row, "gone", "NULL", "NULL", 0, 0, "there is none", "7", "NULL"),
	} {
		if len(got) != 5 || got[i] != want {
			t.Fatalf("row %d of %q, want %s", i, got, want)
		}
	}
}
