package jobs_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestProtocol: every JSON line has just the fields that the manual lists, in
// their order, and its lines come in the order of the manual's list.
func TestProtocol(t *testing.T) {
	long(t)
	t.Parallel()
	manual, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(manual), "the same protocol number.\n\n")
	list, _, _ = strings.Cut(list, "\n\n")
	fields, order := map[string]string{}, []string{}
	for _, line := range strings.Split(list, "\n") {
		f := strings.Fields(line)
		fields[f[0]] = strings.Join(f[1:], " ")
		order = append(order, f[0])
	}
	if len(order) < 15 {
		t.Fatalf("the manual lists only %v", order)
	}
	bucket, other := copyBucket(t, smallBucket()), t.TempDir()
	must(t, 0, "nightly", "-q", "--bucket", bucket, "--workdir", other, "--as-of", "2025-02-20T14:00:00Z",
		"--sql", sqlDir(t, "model/cell.sql", replace("'exhibition: '", "'no more than a show: '")))
	first := runsOf(t, other)[0]
	board := filepath.Join(bucket, "espn/scoreboard/2023-10-24")
	if err := os.Rename(filepath.Join(board, "20231025_081000.json"), filepath.Join(board, "20991025_081000.json")); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	c, work := newCloud(t), t.TempDir()
	c.api(t, http.MethodPost, "", `{"datasetReference":{"projectId":"test","datasetId":"nba_raw"},"location":"US"}`)
	c.api(t, http.MethodPost, "/nba_raw/tables", `{"tableReference":{"projectId":"test","datasetId":"nba_raw","tableId":"nbac_schedule"},
		"schema":{"fields":[{"name":"game_id","type":"STRING"},{"name":"game_date","type":"DATE"}]}}`)
	if err := c.bq.Stream("nba_raw", "nbac_schedule", 20, time.Date(2025, 4, 20, 13, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	entry := filepath.Join(t.TempDir(), "manual/team_boxscores/0022300201/20251122_120000.json")
	if err := errors.Join(os.MkdirAll(filepath.Dir(entry), 0o755), os.WriteFile(entry, []byte("{}"), 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"nightly", "--dry-run"}, {"nightly"}, {"nightly", "--from", "2025-02-19", "--to", "2025-02-19"},
		{"resolve", "b67d71e6", "--as", "wont_fix", "--by", "ann", "--why", "no"}, {"resolve", "20231116_OKC_GSW", "--as", "wont_fix", "--by", "ann", "--why", "no"},
		{"decisions"}, {"nightly", "--dry-run", "--as-of", "2026-01-02T03:04:05Z", "--audit", "dir:" + t.TempDir()}, {"gaps", "--export", t.TempDir()},
		{"manual", "template", "20231116_OKC_GSW", "--chain", "team_boxscores"}, {"manual", "check", entry},
		{"nightly", "--sql", t.TempDir()},
		{"nightly", "--sql", stricter(t), "--as-of", "2025-04-21T14:00:00Z", "--dry-run"},
		{"alert", "--replay", "2025-04-20", "--alert", "file:" + filepath.Join(t.TempDir(), "alerts.jsonl")},
		{"audit", "--audit", "dir:" + t.TempDir()}, {"audit", "--audit", "bq:test"}, {"audit", "--audit", "bq:test", "--dry-run"}, {"explain", "20231116_OKC_GSW"}, {"doctor"}, {"verify", "newest"}, {"verify", "newest"},
		{"migrate", "--warehouse", "bq:test.coverage"}, {"version"}, {"completion", "fish"},
		{"nightly", "--bucket", bucket, "--workdir", other},
		{"gaps", "--workdir", other}, {"query", "SELECT 1 AS a", "--workdir", other}, {"diff", first, "newest", "--workdir", other},
		{"runs", "--workdir", other},
		{"repair", "--bucket", bucket, "--workdir", other},
	} {
		if args[0] == "runs" {
			flip(t, filepath.Join(other, "runs", first, "run.json"), 100)
		}
		if args[0] == "repair" {
			flip(t, filepath.Join(other, "landing", "segment-000001.parquet"), 100)
		}
		if seen["verified"] {
			flip(t, filepath.Join(work, "landing", "segment-000001.parquet"), 100)
		}
		code, out, _ := c.run(t.Context(), inFolder(work, args)...)
		last := 0
		lines := strings.Split(strings.TrimSpace(out), "\n")
		for _, line := range lines {
			kind, names := shape(t, line)
			seen[kind] = true
			if fields[kind] != strings.Join(names, " ") {
				t.Errorf("%s has the fields %v, the manual says %s", kind, names, fields[kind])
			}
			at := slices.Index(order, kind)
			if at < last {
				t.Errorf("%s comes after %s", kind, order[last])
			}
			last = at
		}
		if first, _ := shape(t, lines[0]); first != "start" ||
			lines[len(lines)-1] != `{"type":"end","exit":`+string(rune('0'+code))+`}` {
			t.Errorf("exit %d, from %s to %s", code, lines[0], lines[len(lines)-1])
		}
	}
	for _, kind := range order {
		if !seen[kind] {
			t.Errorf("no run printed a line of the type %s", kind)
		}
	}
}

// shape is the type of a JSON line and its other fields in order.
func shape(t *testing.T, line string) (kind string, names []string) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(line))
	if _, err := dec.Token(); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		if key == "type" {
			kind = value.(string)
			continue
		}
		names = append(names, key.(string))
	}
	return kind, names
}

// TestReadme: the README's first command does what the README shows, its
// commands exist, and every flag in it is one.
func TestReadme(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(body)
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile("(?m)^    make ([a-z]+)").FindAllStringSubmatch(readme, -1)
	if len(commands) < 2 || commands[0][1] != "run" || commands[1][1] != "test" {
		t.Errorf("the README's first commands are %v, want make run and make test", commands)
	}
	for _, c := range commands {
		if !strings.Contains(string(makefile), "\n"+c[1]+": ##") {
			t.Errorf("the README names make %s, the Makefile does not", c[1])
		}
	}
	var help string
	for _, verb := range []string{"nightly", "migrate", "doctor", "explain", "verify", "repair", "report", "gaps", "audit", "runs", "query", "diff", "resolve", "ack", "undo", "decisions", "manual"} {
		help += must(t, 0, verb, "--help")
	}
	for _, f := range regexp.MustCompile("--[a-z][a-z-]+").FindAllString(readme, -1) {
		if !strings.Contains(help, f) {
			t.Errorf("the README names %s, no verb's help does", f)
		}
	}
	out := finished(t).stdout
	_, shown, _ := strings.Cut(readme, "```text\n")
	shown, _, _ = strings.Cut(shown, "```")
	rest, n := out, 0
	for _, line := range strings.Split(strings.TrimSpace(shown), "\n") {
		if line == "…" || line == "" {
			continue
		}
		_, after, found := strings.Cut(rest, line)
		if !found {
			t.Errorf("the README shows a line that the run does not print, or not there:\n%s", line)
			continue
		}
		rest, n = after, n+1
	}
	if n < 10 {
		t.Errorf("the README shows only %d lines of the run", n)
	}
}

// inFolder is a command line with --json, in a working directory if the verb has one.
func inFolder(work string, args []string) []string {
	if args[0] == "version" || args[0] == "completion" {
		return append(args, "--json")
	}
	return append([]string{args[0], "--json", "--workdir", work}, args[1:]...)
}
