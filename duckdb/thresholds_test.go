package duckdb

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sourcecov/sql"
)

// otherThresholds is another value for every number in reference.thresholds.
var otherThresholds = map[string]string{
	"first_year":            "1961",
	"last_year":             "2158",
	"schedule_ids_kept":     "0.99",
	"objects_kept":          "0.6",
	"directory_snapshot":    "2100",
	"overdue_after_tipoff":  "13",
	"unknown_tipoff":        "1200",
	"stage_dropped_objects": "9",
	"most_items":            "1",
	"most_nested":           "99",
	"schedule_games":        "1199",
	"team_shots":            "48",
	"active_least":          "4",
	"active_most":           "16",
	"box_players":           "14",
	"optional_fields":       "40",
	"high_null_rate":        "0.5",
	"historical_score":      "70",
	"early_season_games":    "6",
	"thin_share":            "0.6",
	"thin_share_early":      "0.2",
	"young_season_games":    "14",
	"least_sample":          "1",
	"uncovered_share":       "0.4",
	"outage_cells":          "4",
	"series_wins":           "3",
	"game_minutes":          "40",
	"overtime_minutes":      "4",
	"most_overtimes":        "1",
	"score_witnesses":       "3",
	"number_witnesses":      "3",
	"unchanged_scrapes":     "4",
	"longest_ack":           "31",
	"schedule_stale":        "47",
	"schedule_stale_summer": "337",
}

// TestThresholds: a number of the rules bites wherever it is used. With another
// value in its place the cases of the files that read it answer as in
// fixtures/thresholds/<name>.diff: a case that stands there answers otherwise by
// those rows and no others, one that does not answers as before. -update writes
// what they answer now.
func TestThresholds(t *testing.T) {
	db, cat := openTest(t)
	emptyTables(t, db)
	ctx := context.Background()
	names, err := db.Strings(ctx, "SELECT name FROM reference.thresholds ORDER BY ALL")
	if err != nil {
		t.Fatal(err)
	}
	for name := range otherThresholds {
		if !slices.Contains(names, name) {
			t.Errorf("there is no threshold %s", name)
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if otherThresholds[name] == "" {
				t.Fatal("otherThresholds gives no other value")
			}
			var differ bytes.Buffer
			same := 0
			for _, f := range cat.Files {
				if f.Kind == sql.Reference || !strings.Contains(f.Text, "threshold('"+name+"')") {
					continue
				}
				dirs, err := filepath.Glob(filepath.Join(casesDir, string(f.Kind), f.Name, "*"))
				if err != nil {
					t.Fatal(err)
				}
				for _, dir := range dirs {
					if diff := underThreshold(t, db, f, dir, name); diff != "" {
						fmt.Fprintf(&differ, "%s/%s/%s\n%s", f.Kind, f.Name, filepath.Base(dir), diff)
					} else {
						same++
					}
				}
			}
			if differ.Len() == 0 || same == 0 {
				t.Errorf("%s = %s must change some cases, and %d stay as they are: no case shows where it bites, or where it must not",
					name, otherThresholds[name], same)
			}
			golden := filepath.Join("../fixtures/thresholds", name+".diff")
			if *update {
				if err := os.WriteFile(golden, differ.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), differ.String()); diff != "" {
				t.Errorf("%s = %s (-want +got)\n%s", name, otherThresholds[name], diff)
			}
		})
	}
	left, err := filepath.Glob("../fixtures/thresholds/*.diff")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		if name := strings.TrimSuffix(filepath.Base(file), ".diff"); !slices.Contains(names, name) {
			t.Errorf("%s is of no threshold", file)
		}
	}
}

// underThreshold answers a case with another value of a threshold: the rows of
// want.csv that go, and those that come.
func underThreshold(t *testing.T, db *DB, f *sql.File, dir, name string) string {
	t.Helper()
	ctx := context.Background()
	if err := db.exec(ctx, "BEGIN"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.exec(ctx, "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	}()
	if err := db.exec(ctx, "UPDATE reference.thresholds SET value = ? WHERE name = ?", otherThresholds[name], name); err != nil {
		t.Fatal(err)
	}
	got, err := answer(t, ctx, db, f, dir, readParams(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(filepath.Join(dir, "want.csv"))
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil || len(records) == 0 {
		t.Fatalf("%s: %v", dir, err)
	}
	was, is := canon(records[1:]), canon(cells(t, dir, records[0], got))
	var out strings.Builder
	for _, row := range slices.Sorted(slices.Values(was)) {
		if i := slices.Index(is, row); i >= 0 {
			is = slices.Delete(is, i, i+1)
		} else {
			fmt.Fprintf(&out, "  - %s\n", row)
		}
	}
	for _, row := range slices.Sorted(slices.Values(is)) {
		fmt.Fprintf(&out, "  + %s\n", row)
	}
	return out.String()
}
