package jobs_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// forged would be a line of the report, if a text from outside could begin one.
const forged = "run 00000000 FORGED, 99 of 99 checks passed"

// evil ends a line, begins another, speaks to a terminal and turns the writing.
const evil = "\n" + forged + "\r\x1b[2J\u009b31m\u202e\u2028"

// plantedTexts makes a bucket in which everything that a person or a scraper wrote,
// and the names of some objects, hold evil.
func plantedTexts(t *testing.T) string {
	t.Helper()
	bucket := copyBucket(t, smallBucket())
	spoilt := map[string]bool{}
	texts := strings.Fields("name PLAYER_NAME first_name last_name dnp_reason reason error displayName status text " +
		"gameStatusText")
	err := filepath.WalkDir(bucket, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".json" {
			return err
		}
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var doc any
		if json.Unmarshal(body, &doc) != nil {
			return nil
		}
		doc = rewrite(doc, func(v any) any {
			m, ok := v.(map[string]any)
			if !ok {
				return v
			}
			for _, key := range texts {
				if said, ok := m[key].(string); ok && key != "status" && key != "gameStatusText" {
					m[key], spoilt[key] = said+evil, true
				}
			}
			if _, ok := m["pf"]; ok {
				m["pf"], spoilt["pf"] = "four"+evil, true
			}
			if row, ok := m["rowSet"].([]any); ok {
				for _, r := range row {
					r := r.([]any)
					r[2], spoilt["PLAYER_NAME"] = r[2].(string)+evil, true
				}
			}
			return v
		})
		if body, err = json.Marshal(doc); err != nil {
			return err
		}
		return os.WriteFile(file, body, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(spoilt)); len(got) < 7 {
		t.Errorf("planted only in %v", got)
	}
	for name, body := range map[string]string{
		"nba-com/gamebooks-data/2023-10-24/20231024-PHXGSW/20231025_123140" + evil + ".json": `{"a": "` + evil,
		"nba-com/team-boxscore/20231024" + evil + "/0022300062/20231025_123015.json":         "{}",
		"nba-com/player-boxscores/2023-10-24/20231026_103000.json":                           `{"x": ` + evil,
		"espn/scoreboard/2023-10-24" + evil + "/20231025_081000.json":                        "[]",
		"nba-com/strange" + evil + ".txt":                                                    "",
	} {
		file := filepath.Join(bucket, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return bucket
}

// TestTextFromOutside: nothing that comes from outside begins a line, speaks to a
// terminal or turns the writing, in what is printed in any form and in what is published.
func TestTextFromOutside(t *testing.T) {
	long(t)
	t.Parallel()
	bucket, work := plantedTexts(t), t.TempDir()
	at := []string{"--bucket", bucket, "--workdir", work}
	for _, args := range [][]string{
		append([]string{"nightly", "-v"}, at...),
		append([]string{"nightly", "--json", "-v"}, at...),
		append([]string{"explain", "20231024_PHX_GSW"}, at...),
		append([]string{"explain", "--json", "20231024_PHX_GSW"}, at...),
		append([]string{"gaps"}, at...),
		append([]string{"gaps", "--json"}, at...),
		append([]string{"gaps", "--format", "csv"}, at...),
		append([]string{"gaps", "--format", "md"}, at...),
		append([]string{"query", "FROM model.landed_object"}, at...),
		append([]string{"query", "FROM model.landed_object", "--format", "csv"}, at...),
		append([]string{"query", "SELECT 1 AS \"" + evil + "\"", "--json"}, at...),
		append([]string{"query", "SELECT \"no" + evil + "\" FROM model.cell"}, at...),
		append([]string{"diff", "newest", "no" + evil}, at...),
		append([]string{"verify", "newest"}, at...),
		append([]string{"doctor"}, at...),
		append([]string{"explain", "no" + evil}, at...),
		{"nightly", "--bucket", "no" + evil},
		{"nightly", "--as-of", "no" + evil},
		{"nightly", "no" + evil},
		{"no" + evil},
	} {
		_, out, said := run(context.Background(), args...)
		if !strings.Contains(out+said, "FORGED") && !slices.Contains([]string{"verify", "doctor", "gaps"}, args[0]) {
			t.Errorf("%q says nothing of what was planted", args[0])
		}
		for line := range strings.Lines(out + said) {
			line = strings.TrimSuffix(line, "\n")
			if strings.ContainsFunc(line, hidden) {
				t.Errorf("%q prints %q", args[0], line)
			}
			if strings.HasPrefix(line, forged[:12]) {
				t.Errorf("%q prints a forged line: %q", args[0], line)
			}
		}
	}
	found := 0
	for _, table := range []string{"landed_objects", "source_status", "source_coverage_log", "player_game_summary",
		"unmatched_names", "chain_resolution", "player_window_quality", "game_source_coverage"} {
		for _, r := range rows(t, filepath.Join(work, "warehouse"), table) {
			for column, value := range r {
				found += strings.Count(value, "FORGED")
				if column != "object" && strings.ContainsFunc(value, hidden) { // an object's name is as it is
					t.Errorf("%s.%s is %q", table, column, value)
				}
			}
		}
	}
	if found == 0 {
		t.Error("nothing that was planted is published")
	}
}

func hidden(r rune) bool {
	return !unicode.IsPrint(r) && unicode.In(r, unicode.C, unicode.Zl, unicode.Zp)
}
