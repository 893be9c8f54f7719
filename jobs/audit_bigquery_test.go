package jobs_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sourcecov/sync/bq"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/warehouse"
)

// platform is a BigQuery that holds the platform's tables as the files of a folder have
// them, each partitioned by date and refusing whoever names no dates.
func platform(t *testing.T, dir string) cloud {
	t.Helper()
	c := newCloud(t)
	for name := range platformRows {
		dataset, table, _ := strings.Cut(name, "/")
		file := filepath.Join(dir, name, "0.parquet")
		if _, err := os.Stat(file); err != nil {
			continue // that it is not there is part of the test
		}
		w, err := bq.Open(t.Context(), bq.Options{Project: "test", Dataset: dataset, Endpoint: c.bq.URL})
		if err != nil {
			t.Fatal(err)
		}
		key := platformKey(name)
		text := warehouse.Type{Name: "VARCHAR"}
		of := warehouse.Table{Name: table, Partition: "game_date", Columns: []warehouse.Column{
			{Name: "game_id", Type: text}, {Name: "game_date", Type: warehouse.Type{Name: "DATE"}}, {Name: key, Type: text}}}
		if _, err = w.Apply(t.Context(), []warehouse.Table{of}, nil); err == nil {
			_, err = w.Load(t.Context(), warehouse.Load{ID: "theirs-" + table, Table: of, Partition: warehouse.All, File: file})
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.Close()
	}
	c.bq.ClearRequests()
	return c
}

// audited are the findings of an audit of that BigQuery, whole lines.
func (c cloud) audited(t *testing.T, code int, work string, more ...string) (lines []string) {
	t.Helper()
	out := c.must(t, code, append([]string{"audit", "--workdir", work, "--audit", "bq:test", "--format", "csv"}, more...)...)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		lines = append(lines, strings.Join(row, "|"))
	}
	return lines
}

// TestAuditBigQuery: of the same tables the same is found in BigQuery as in files, by one
// look and one query a table, and nothing else is asked.
func TestAuditBigQuery(t *testing.T) {
	t.Parallel()
	work := filepath.Join(t.TempDir(), "w")
	copyFinished(t, work)
	dir := writePlatform(t, work, map[string]string{
		"nba_raw/nbac_schedule":              "SELECT * FROM (was) WHERE game_id NOT IN ('0022400061', '0022400062')",
		"nba_raw/espn_scoreboard":            "SELECT * FROM (was) UNION ALL SELECT * FROM (was) WHERE game_id = '20241022_MIN_LAL'",
		"nba_raw/nbac_gamebook_player_stats": "SELECT * FROM (was) UNION ALL VALUES (NULL, DATE '2024-10-22', 'somebody')",
	})
	c := platform(t, dir)
	out := must(t, 4, "audit", "--workdir", work, "--audit", "dir:"+dir, "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range rows[1:] {
		want = append(want, strings.Join(row, "|"))
	}
	if got := c.audited(t, 4, work); !slices.Equal(got, want) || len(got) < 5 {
		t.Errorf("in BigQuery:\n%s\nin files:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := len(platformRows); c.bq.Count("tables.get") != n || c.bq.Count("jobs.insert") != n {
		t.Errorf("%d looks and %d jobs of %d tables", c.bq.Count("tables.get"), c.bq.Count("jobs.insert"), n)
	}
	for _, r := range c.bq.Requests() {
		if !slices.Contains([]string{"tables.get", "jobs.insert", "jobs.get", "jobs.getQueryResults"}, r.Call) || r.Call == "jobs.insert" && !strings.Contains(r.SQL, "BETWEEN DATE '2021-10-01' AND DATE '2026-04-20'") {
			t.Errorf("it asked %s %s: %s", r.Method, r.Path, r.SQL)
		}
	}
	if testing.Short() {
		return
	}
	// Nor is what a night publishes of it another.
	nights := map[string]keyed{}
	for _, at := range []string{"bq:test", "dir:" + dir} {
		night := filepath.Join(t.TempDir(), "work")
		c.must(t, 0, "nightly", "-q", "--workdir", night, "--audit", at)
		nights[at] = published(t, night, "audit_findings", "game audited_table")
	}
	if !maps.EqualFunc(nights["bq:test"], nights["dir:"+dir], maps.Equal) || len(nights["bq:test"]) < 5 {
		t.Errorf("published of BigQuery: %v\nof files: %v", nights["bq:test"], nights["dir:"+dir])
	}
}

// TestAuditEstimates: a dry run tells what each table takes and reads none.
func TestAuditEstimates(t *testing.T) {
	long(t)
	t.Parallel()
	work := filepath.Join(t.TempDir(), "w")
	copyFinished(t, work)
	c := platform(t, writePlatform(t, work, nil))
	args := []string{"audit", "--workdir", work, "--audit", "bq:test", "--dry-run"}
	c.bq.Inject(bqtest.Fault{Call: "tables.get", Table: "nba_raw.espn_scoreboard", Do: bqtest.NotFound404})
	text := c.must(t, 0, args...)
	for _, says := range []string{"nba_raw.nbac_schedule ", "nba_raw.espn_scoreboard                  -      there is no such table", "of no table may more than 1073741824 be billed (--max-billed); nothing was read\n"} {
		if !strings.Contains(text, says) {
			t.Errorf("not told: %s\n%s", says, text)
		}
	}
	lines := c.must(t, 0, append(args, "--json")...)
	if !strings.Contains(lines, `{"type":"audit_estimate","audited_table":"nba_raw.espn_scoreboard","bytes":null,"fault":"there is no such table`) ||
		!strings.Contains(lines, `{"type":"audit_estimated","tables":9,"bytes":`) {
		t.Error(lines)
	}
	if sheet := c.must(t, 0, append(args, "--format", "csv")...); strings.Count(sheet, "\n") != 1+len(platformRows) {
		t.Error(sheet)
	}
	for _, id := range c.bq.JobIDs() {
		if strings.HasPrefix(id, "sourcecov_audit_") {
			t.Errorf("the job %s ran", id)
		}
	}
	dir := []string{"audit", "--workdir", work, "--audit", "dir:" + t.TempDir(), "--dry-run"}
	if text := must(t, 0, dir...); !strings.HasSuffix(text, "reading files costs nothing; nothing was read\n") {
		t.Error(text)
	}
	if lines := must(t, 0, append(dir, "--json")...); !strings.Contains(lines, `{"type":"audit_estimated","tables":0,"bytes":0,"max_billed":1073741824,"of_files":true}`) {
		t.Error(lines)
	}
}

// TestAuditStreams: who streams into a table is told last, the oldest first, in every
// form, also of a table that could not be counted.
func TestAuditStreams(t *testing.T) {
	long(t)
	t.Parallel()
	work := filepath.Join(t.TempDir(), "w")
	copyFinished(t, work)
	c := platform(t, writePlatform(t, work, nil))
	for i, table := range []string{"nbac_schedule", "bdl_player_boxscores"} {
		if err := c.bq.Stream("nba_raw", table, int64(20+i), time.Date(2025, 4, 20, 13-i, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"audit", "--workdir", work, "--audit", "bq:test"}
	text := c.must(t, 0, args...)
	_, told, _ := strings.Cut(text, "streamed right now, the oldest first\n\n")
	for i, says := range []string{"since", "2025-04-20 12:00Z  21          nba_raw.bdl_player_boxscores  the processor of bdl_player_boxscores streams into it: UPDATE, DELETE and MERGE of these rows are refused for up to 90 minutes", "2025-04-20 13:00Z  20          nba_raw.nbac_schedule"} {
		if lines := strings.Split(told, "\n"); len(lines) < 4 || !strings.HasPrefix(lines[i], "  "+says) {
			t.Errorf("not told: %s\n%s", says, text)
		}
	}
	lines := c.must(t, 0, append(args, "--json")...)
	if !strings.Contains(lines, `{"type":"audit_streaming","audited_table":"nba_raw.bdl_player_boxscores","loaded_by":null,"streaming_rows":21,"streaming_since":"2025-04-20T12:00:00Z","said":"the processor of`) {
		t.Error(lines)
	}
	_, _, said := c.run(t.Context(), append(args, "--format", "csv")...)
	if !strings.HasPrefix(said, "sourcecov: nba_raw.bdl_player_boxscores: the processor of bdl_player_boxscores streams into it") {
		t.Error(said)
	}
	night := c.must(t, 0, "nightly", "--workdir", work, "--as-of", "2025-04-22T14:00:00Z", "--audit", "bq:test", "--take-over")
	if _, of, _ := strings.Cut(night, "streamed right now, the oldest first\n\n"); told == "" || !strings.HasPrefix(of, strings.TrimSuffix(told, "\n")) {
		t.Errorf("a night: %s", night)
	}
}

// TestAuditFaults: what is wrong with one table leaves it unknown, says what to do, and
// hides no other.
func TestAuditFaults(t *testing.T) {
	long(t)
	t.Parallel()
	work := filepath.Join(t.TempDir(), "w")
	copyFinished(t, work)
	dir := writePlatform(t, work, map[string]string{"nba_raw/bdl_player_boxscores": "SELECT * FROM (was) WHERE false"})
	if err := os.Remove(filepath.Join(dir, "nba_raw/nbac_team_boxscore/0.parquet")); err != nil {
		t.Fatal(err)
	}
	c := platform(t, dir)
	c.bq.Inject(bqtest.Fault{Call: "tables.get", Table: "nba_raw.espn_scoreboard", Do: bqtest.AccessDenied403})
	found := c.audited(t, 4, work)
	for _, says := range []string{
		"warning|unknown|nba_raw.nbac_team_boxscore|||||| there is no such table: 404 Not found: Table test:nba_raw.nbac_team_boxscore: --audit bq:PROJECT with the project that has it; bq ls --project_id=test lists the datasets",
		"warning|unknown|nba_raw.espn_scoreboard|||||| access is denied: 403 Access Denied: User does not have permission: bq query --nouse_legacy_sql 'GRANT `roles/bigquery.dataViewer` ON SCHEMA `test.nba_raw` TO \"WHO\"'",
	} {
		says = strings.Replace(says, "| ", "|", 1)
		if !slices.ContainsFunc(found, func(line string) bool { return strings.HasPrefix(line, says) }) {
			t.Errorf("not told: %s\n%s", says, strings.Join(found, "\n"))
		}
	}
	if !slices.ContainsFunc(found, func(line string) bool {
		return strings.Contains(line, "|never_processed|nba_raw.bdl_player_boxscores|")
	}) {
		t.Errorf("the others were not judged:\n%s", strings.Join(found, "\n"))
	}
	for says, args := range map[string][]string{ // an empty table takes nothing, so it was read
		"it takes more than the 1000000 bytes that --max-billed allows: Query exceeded": {"--audit", "bq:test", "--max-billed", "1MB"},
		"NOT JUDGED: no table could be read of 9\n":                                     {"--audit", "bq:nowhere"},
		"404 Not found: Project nowhere: --audit bq:PROJECT with":                       {"--audit", "bq:nowhere", "--fail-on", "never"},
	} {
		if out := c.must(t, 4, append([]string{"audit", "--workdir", work}, args...)...); !strings.Contains(out, says) {
			t.Errorf("%v:\n%s", args, out)
		}
	}
	for next, args := range map[string][]string{
		"--audit bq:PROJECT, or":   {"--audit", "bq:"},
		"--audit bq:PROJECT, or ":  {"--audit", "bq:project.dataset"},
		"--audit bq:PROJECT, or -": {"--audit", "bq:Project_1"},
		"--max-billed 1GiB":        {"--audit", "bq:test", "--max-billed", "many"},
	} {
		refused(t, work, "sourcecov: --", next, append([]string{"audit", "--workdir", work}, args...)...)
	}
}

// TestAuditFails: what is about no one table ends the audit, with nothing judged.
func TestAuditFails(t *testing.T) {
	long(t)
	t.Parallel()
	work := filepath.Join(t.TempDir(), "w")
	copyFinished(t, work)
	c := platform(t, t.TempDir())
	garbage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
	t.Cleanup(garbage.Close)
	args := []string{"audit", "--workdir", work, "--audit", "bq:test"}
	code, out, said := runIn(t.Context(), func(name string) string {
		if name == "BIGQUERY_EMULATOR_HOST" {
			return garbage.URL
		}
		return environment(name)
	}, args)
	if code != 5 || out != "" || !strings.Contains(said, "something may stand between here and BigQuery") || !strings.Contains(said, "next: run the same command again, later") {
		t.Errorf("exit %d\n%s%s", code, out, said)
	}
	c.bq.Inject(bqtest.Fault{Call: "tables.get", Do: bqtest.Unauthorized401})
	code, out, said = c.run(t.Context(), args...)
	if code != 2 || out != "" || !strings.Contains(said, "next: gcloud auth application-default login") {
		t.Errorf("exit %d\n%s%s", code, out, said)
	}
	c.bq.ClearFaults()
	c.bq.Inject(bqtest.Fault{Call: "tables.get", Do: bqtest.QuotaExceeded403})
	if code, out, said = c.run(t.Context(), args...); code != 5 || out != "" {
		t.Errorf("exit %d\n%s%s", code, out, said)
	}
	if found := fmt.Sprint(c.bq.JobIDs()); strings.Contains(found, "sourcecov_audit_") {
		t.Errorf("jobs %s", found)
	}
}
