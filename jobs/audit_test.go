package jobs_test

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sourcecov/duckdb"
	"sourcecov/sql"
)

// platformRows are, by table, the rows that the platform would hold if nothing had
// failed: what the newest run of a working directory has objects of.
var platformRows = map[string]string{
	"nba_raw/nbac_schedule":              ofSource("nbac_schedule", "g.nba_game_id", "1", "NULL") + " AND g.game_type IS DISTINCT FROM 'cup_final'::game_type",
	"nba_raw/espn_scoreboard":            ofSource("espn_scoreboard", "g.game_code_id", "1", "NULL"),
	"nba_raw/nbac_team_boxscore":         ofSource("nbac_team_boxscore", "g.game_code_id", "2", "'team_abbr'"),
	"nba_raw/nbac_gamebook_player_stats": ofSource("nbac_gamebook_player_stats", "g.game_code_id", "c.rows_found", "'player_lookup'"),
	"nba_raw/nbac_player_boxscores":      ofSource("nbac_player_boxscore", "g.game_code_id", "c.rows_found", "'player_lookup'"),
	"nba_raw/bdl_player_boxscores":       ofSource("bdl_player_boxscores", "g.game_code_id", "c.rows_found", "'player_lookup'"),
	"nba_analytics/player_game_summary": `SELECT g.game_code_id AS game_id, g.game_date, p.player_lookup
		FROM model.player_game AS p JOIN model.game AS g USING (nba_game_id) WHERE p.player_status = 'played'::player_status`,
	"nba_analytics/team_offense_game_summary": ofTeams("team_abbr"),
	"nba_analytics/team_defense_game_summary": ofTeams("defending_team_abbr"),
}

func ofSource(source, id, rows, key string) string {
	column := strings.Trim(key, "'")
	if key == "NULL" {
		column = "note"
	}
	return fmt.Sprintf(`SELECT %s AS game_id, g.game_date, 'row ' || n AS %s
		FROM model.cell AS c JOIN model.game AS g USING (nba_game_id), LATERAL unnest(range(%s)) AS u (n)
		WHERE c.source = '%s' AND c.status = 'present'`, id, column, rows, source)
}

func ofTeams(key string) string {
	return fmt.Sprintf(`SELECT g.game_code_id AS game_id, g.game_date, u.team AS %s
		FROM model.resolution AS r JOIN model.game AS g USING (nba_game_id), LATERAL unnest([g.away_team, g.home_team]) AS u (team)
		WHERE r.chain = 'team_boxscores' AND r.source_used IS NOT NULL`, key)
}

// platformKey is the column that tells the rows of a game apart.
func platformKey(table string) string {
	return cmp.Or(map[string]string{"nbac_schedule": "note", "espn_scoreboard": "note", "nbac_team_boxscore": "team_abbr", "team_offense_game_summary": "team_abbr",
		"team_defense_game_summary": "defending_team_abbr"}[filepath.Base(table)], "player_lookup")
}

// writePlatform writes the platform's tables as they should be, with a change of some.
func writePlatform(t testing.TB, work string, change map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	cat, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	ctx, own := context.Background(), filepath.Join(t.TempDir(), "own.duckdb")
	body, err := os.ReadFile(filepath.Join(work, "sourcecov.duckdb"))
	if err == nil {
		err = os.WriteFile(own, body, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := duckdb.Open(ctx, duckdb.Options{Path: own, Threads: 1, Allowed: []string{dir}}, cat)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, rows := range platformRows {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		text := "SELECT * FROM (" + rows + ") AS was"
		if changed := change[name]; changed != "" {
			text = strings.ReplaceAll(changed, "(was)", "("+rows+") AS was")
		}
		f := &sql.File{Kind: sql.Model, Name: "platform_" + filepath.Base(name), Text: text, Columns: []sql.Column{
			{Name: "game_id", Type: "VARCHAR"}, {Name: "game_date", Type: "DATE"}, {Name: platformKey(name), Type: "VARCHAR"}}}
		err := db.Build(ctx, f, nil)
		if err == nil {
			_, err = db.Save(ctx, f, filepath.Join(dir, name, "0.parquet"))
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return dir
}

// auditOf are the findings of an audit, as severity, status, table and game.
func auditOf(t *testing.T, code int, args ...string) (found []string) {
	t.Helper()
	got, out, said := run(t.Context(), append([]string{"audit", "--format", "csv"}, args...)...)
	if got != code {
		t.Fatalf("exit %d, want %d\n%s%s", got, code, out, said)
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		found = append(found, strings.Join(row[:4], " "))
	}
	return found
}

// TestAudit: tables as they should be have no finding that a hole in the sources does
// not explain; of each fault that is planted there is one more, and no other.
func TestAudit(t *testing.T) {
	t.Parallel()
	work := finished(t).work
	whole := auditOf(t, 0, "--workdir", work, "--audit", "dir:"+writePlatform(t, work, nil))
	for _, x := range whole {
		// Of that game two men have one name, which the platform's key does not tell apart.
		if x != "warning row_mismatch nba_analytics.player_game_summary 0022300201" && !strings.HasPrefix(x, "info no_source ") &&
			!strings.HasPrefix(x, "info completely_missing * 0052400") {
			t.Errorf("of whole tables: %s", x)
		}
	}
	dir := writePlatform(t, work, map[string]string{
		"nba_raw/nbac_schedule":                   "SELECT * FROM (was) WHERE game_id NOT IN ('0022400061', '0022400062')",
		"nba_raw/espn_scoreboard":                 "SELECT * FROM (was) UNION ALL SELECT * FROM (was) WHERE game_id = '20241022_MIN_LAL'",
		"nba_raw/nbac_gamebook_player_stats":      "SELECT * FROM (was) UNION ALL VALUES ('20241022_AAA_BBB', DATE '2024-10-22', 'somebody')",
		"nba_raw/nbac_player_boxscores":           "SELECT * FROM (was) UNION ALL VALUES ('20231109_MIL_IND', DATE '2023-11-09', 'somebody')",
		"nba_analytics/team_offense_game_summary": "SELECT * FROM (was) WHERE NOT (game_id = '20241022_NYK_BOS' AND team_abbr = 'BOS')",
	})
	if err := os.WriteFile(filepath.Join(dir, "nba_raw/bdl_player_boxscores/0.parquet"), []byte("no Parquet"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "nba_raw/nbac_team_boxscore")); err != nil {
		t.Fatal(err)
	}
	found := auditOf(t, 4, "--workdir", work, "--audit", "dir:"+dir)
	for _, planted := range []string{
		"critical never_processed nba_raw.nbac_schedule 0022400061",
		"critical never_processed nba_raw.nbac_schedule 0022400062",
		"warning row_mismatch nba_analytics.team_offense_game_summary 0022400061",
		"warning row_mismatch nba_raw.espn_scoreboard 0022400062",
		"warning unexpected nba_raw.nbac_gamebook_player_stats 20241022_AAA_BBB",
		"warning unknown nba_raw.bdl_player_boxscores ",
		"warning unknown nba_raw.nbac_team_boxscore ",
		"info no_evidence nba_raw.nbac_player_boxscores 0022300171",
	} {
		if !slices.Contains(found, planted) {
			t.Errorf("not found: %s", planted)
		}
		found = slices.DeleteFunc(found, func(x string) bool { return x == planted })
	}
	for _, x := range found {
		if !slices.Contains(whole, x) && !strings.HasPrefix(x, "info no_source ") { // nobody knows of a game all that is missing
			t.Errorf("nobody planted: %s", x)
		}
		if strings.Contains(x, "completely_missing") || strings.Contains(x, "bdl_player_boxscores ") && !strings.Contains(x, " unknown ") {
			t.Errorf("told of what could not be read: %s", x)
		}
	}
	if one := auditOf(t, 4, "--workdir", work, "--audit", "dir:"+dir, "--game", "20241022_LAL_MIN"); len(one) != 5 {
		t.Errorf("of one game: %q", one) // its three, and the two tables that could not be read
	}
	auditOf(t, 0, "--workdir", work, "--audit", "dir:"+dir, "--fail-on", "never")
	for next, args := range map[string][]string{
		"--audit bq:PROJECT, or": {"--audit", "dir:" + filepath.Join(dir, "nowhere")},
		"--game with":            {"--audit", "dir:" + dir, "--game", "0022499999"},
		"--from 2025":            {"--audit", "dir:" + dir, "--from", "yesterday"},
		"--from 2024-01-01 --to": {"--audit", "dir:" + dir, "--from", "2025-01-01", "--to", "2024-01-01"},
	} {
		refused(t, work, "sourcecov: ", next, append([]string{"audit", "--workdir", work}, args...)...)
	}
	rest := append([]string{"audit", "--workdir", work}, "--audit", "dir:"+dir)
	if before := tree(t, work); before != nil {
		must(t, 4, rest...)
		if after := tree(t, work); !maps.Equal(before, after) {
			t.Error("an audit changed the working directory")
		}
	}
}
