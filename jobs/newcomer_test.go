package jobs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourcecov/fixtures"
	"sourcecov/sql"
)

// edit changes one file of a copy of the SQL files.
func edit(t *testing.T, dir, name, from, to string) {
	t.Helper()
	file := filepath.Join(dir, name)
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(body), from, to, 1)
	if text == string(body) {
		t.Fatalf("%s does not hold %q", name, from)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestNewcomer: a source is one stage file and reference rows, a chain is
// reference rows, as CONTRIBUTING.md says. Here a second feed of team boxes comes
// after the players, and a chain without which the night goes on.
func TestNewcomer(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "sql")
	if err := os.CopyFS(dir, sql.Embedded()); err != nil {
		t.Fatal(err)
	}
	stage, err := os.ReadFile(filepath.Join(dir, "stage/nbac_team_boxscore.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"other_team_boxscore", "coach_notes"} {
		body := strings.ReplaceAll(string(stage), "nbac_team_boxscore", name)
		if err := os.WriteFile(filepath.Join(dir, "stage", name+".sql"), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		edit(t, dir, "reference/sources.sql", "    ('nbac_team_boxscore', ",
			"    ('"+name+"', 'game', ['regular'], '2024-10-01', NULL, 'tipoff', 210, 6, true, 2, false, false, false, NULL),\n    ('nbac_team_boxscore', ")
		edit(t, dir, "reference/object_paths.sql", "    ('failed_games',",
			"    ('"+name+"', '"+name+"', '"+name+"/', '^"+name+`/()()(\d{10})/([^/]+)\.json$', '$.teams', false, []),`+"\n    ('failed_games',")
	}
	edit(t, dir, "reference/chain_sources.sql", "    ('team_boxscores', 3, 'manual",
		"    ('team_boxscores', 3, 'other_team_boxscore', 'real', 80, NULL),\n    ('notes', 1, 'coach_notes', 'real', 100, NULL),\n    ('team_boxscores', 4, 'manual")
	edit(t, dir, "reference/chains.sql", "    ('team_boxscores', ", "    ('notes', 'continue_without', 15, 'info', 'note', NULL),\n    ('team_boxscores', ")
	edit(t, dir, "reference/chain_uses.sql", "    ('player_game_summary', ", "    ('player_game_summary', 'notes', false),\n    ('player_game_summary', ")

	// The game of 2025-02-19 has no other team box, and its gamebook is missing.
	bucket := copyBucket(t, fixtures.Bucket())
	for _, name := range []string{"nba-com/team-boxscore/20250219", "ball-dont-lie/boxscores/2025-02-19"} {
		if err := os.RemoveAll(filepath.Join(bucket, name)); err != nil {
			t.Fatal(err)
		}
	}
	object := filepath.Join(bucket, "other_team_boxscore/0022400524/20250220_120000.json")
	if err := os.MkdirAll(filepath.Dir(object), 0o755); err != nil {
		t.Fatal(err)
	}
	const box = `{"gameId": "0022400524", "gameDate": "2025-02-19", "teams": [
		{"teamAbbreviation": "CHA", "points": 100, "fieldGoals": {"made": 40, "attempted": 90}, "threePointers": {"made": 10, "attempted": 30}, "freeThrows": {"made": 10, "attempted": 12}},
		{"teamAbbreviation": "LAL", "points": 97, "fieldGoals": {"made": 38, "attempted": 88}, "threePointers": {"made": 9, "attempted": 31}, "freeThrows": {"made": 12, "attempted": 15}}]}`
	if err := os.WriteFile(object, []byte(box), 0o644); err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	must(t, 0, "nightly", "-q", "--sql", dir, "--bucket", bucket, "--workdir", work)

	got := map[string]string{}
	for _, r := range rows(t, filepath.Join(work, "warehouse"), "chain_resolution") {
		if r["nba_game_id"] == "0022400524" || r["nba_game_id"] == "0022300061" {
			got[r["nba_game_id"]+" "+r["chain"]] = r["resolution"] + " " + r["source_used"] + " " + r["impact"]
		}
	}
	for key, want := range map[string]string{
		"0022400524 team_boxscores": "fallback other_team_boxscore 0",
		"0022400524 notes":          "none  15",
		"0022300061 notes":          "not_applicable  0", // before the source's covers_from
		"0022300061 team_boxscores": "primary nbac_team_boxscore 0",
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
	// Losing the chain costs the rows that use it their 15 points, and only those.
	scores := map[string]string{}
	for _, r := range rows(t, filepath.Join(work, "warehouse"), "player_game_summary") {
		if r["player_status"] == "played" {
			scores[r["nba_game_id"]] = r["quality_score"] + " " + r["quality_issues"]
		}
	}
	for id, want := range map[string]string{"0022400061": "85 [missing_component:notes]", "0022300061": "100 []"} {
		if scores[id] != want {
			t.Errorf("a player of %s has %q, want %q", id, scores[id], want)
		}
	}
}
