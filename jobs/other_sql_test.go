package jobs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourcecov/sql"
)

// sqlDir is a copy of the SQL files with one of them changed.
func sqlDir(t *testing.T, name string, change func(string) string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sql")
	if err := os.CopyFS(dir, sql.Embedded()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name)
	body, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	text := change(string(body))
	if text == "" {
		err = os.Remove(file)
	} else {
		err = os.WriteFile(file, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func replace(from, to string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, from, to) }
}

// failing is a check that always finds something.
func failing(t *testing.T) string {
	return sqlDir(t, "check/never.sql", func(string) string {
		return "-- A check that always finds something.\n-- grain: a\n-- severity: block\n-- finds: x\n-- over: " +
			"reference.sources\n-- reads: reference.sources\n-- column: a BIGINT -- a\nSELECT count(*) AS a FROM " +
			"reference.sources\n"
	})
}

// TestOtherSQL: what is wrong with the files of --sql is a mistake on the command line, named by file.
func TestOtherSQL(t *testing.T) {
	long(t)
	t.Parallel()
	for name, c := range map[string]struct {
		file   string
		change func(string) string
		says   string
	}{
		"no counts": {"report/run_counts.sql", func(string) string { return "" },
			"the SQL files lack report.run_counts"},
		"no heartbeat": {"publish/coverage_runs.sql", func(string) string { return "" },
			"the SQL files lack publish.coverage_runs"},
		"wrong reads": {"model/game_date.sql", replace("-- reads: model.listed_game, model.game",
			"-- reads: model.listed_game"), "sql/model/game_date.sql:3"},
		"no SQL": {"model/game_date.sql", replace("SELECT", "SELEKT"), "sql/model/game_date.sql"},
		"wrong type": {"model/path_game.sql", replace("path_game VARCHAR --", "path_game DATE --"),
			"sql/model/path_game.sql"},
		"reads a clock": {"model/game.sql", replace("min(snapshot_at) OVER", "min(now()) OVER"), "now() is forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, said := run(t.Context(), "nightly", "--workdir", t.TempDir(), "--sql", sqlDir(t, c.file, c.change))
			if code != 2 || !strings.Contains(said, c.says) || !strings.Contains(said, "next: ") {
				t.Errorf("exit %d: %s", code, said)
			}
		})
	}
}
