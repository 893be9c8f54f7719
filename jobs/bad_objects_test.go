package jobs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"sourcecov/fixtures"
)

// rewrite applies change to every value of a JSON document, children first.
func rewrite(v any, change func(any) any) any {
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			x[k] = rewrite(x[k], change)
		}
	case []any:
		for i := range x {
			x[i] = rewrite(x[i], change)
		}
	}
	return change(v)
}

// spoilers make bad documents of a good one: what a feed might send some night.
var spoilers = map[string]func(good []byte) []byte{
	"empty":       func([]byte) []byte { return nil },
	"null":        func([]byte) []byte { return []byte("null") },
	"list":        func([]byte) []byte { return []byte("[]") },
	"object":      func([]byte) []byte { return []byte("{}") },
	"number":      func([]byte) []byte { return []byte("0") },
	"html":        func([]byte) []byte { return []byte("<html>Access denied</html>") },
	"message":     func([]byte) []byte { return []byte(`{"message":"Forbidden"}`) },
	"half":        func(b []byte) []byte { return b[:len(b)/2] },
	"twice":       func(b []byte) []byte { return append(bytes.Clone(b), b...) },
	"utf16":       utf16le,
	"latin1":      func(b []byte) []byte { return bytes.Replace(b, []byte("\""), []byte("\"\xe9"), 1) },
	"gzip_header": func(b []byte) []byte { return append([]byte{0x1f, 0x8b, 8, 0}, b...) },
	"bom":         func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) },
	"nul":         func(b []byte) []byte { return bytes.Replace(b, []byte("a"), []byte(`\u0000`), 3) },
	"surrogate":   func(b []byte) []byte { return bytes.Replace(b, []byte("a"), []byte(`\ud800`), 3) },
	"nan":         func(b []byte) []byte { return bytes.Replace(b, []byte(":1"), []byte(":NaN,\"x\":1"), 2) },
	"no_strings":  values(func(v any) any { return unless[string](v, nil) }),
	"no_numbers":  values(func(v any) any { return unless[float64](v, nil) }),
	"word_number": values(func(v any) any { return unless[float64](v, "many") }),
	"huge_number": values(func(v any) any { return unless[float64](v, 1e300) }),
	"max_int":     values(func(v any) any { return unless[float64](v, 2147483647.0) }),
	"minus":       values(func(v any) any { return unless[float64](v, -7.0) }),
	"fraction":    values(func(v any) any { return unless[float64](v, 1.7) }),
	"text_number": values(func(v any) any {
		if n, ok := v.(float64); ok {
			return fmt.Sprint(n)
		}
		return v
	}),
	"lists_objects": values(func(v any) any { return unless[[]any](v, map[string]any{}) }),
	"lists_null":    values(func(v any) any { return unless[[]any](v, nil) }),
	"lists_empty":   values(func(v any) any { return unless[[]any](v, []any{}) }),
	"lists_nulls":   values(func(v any) any { return unless[[]any](v, []any{nil, nil}) }),
	"lists_blank":   values(func(v any) any { return unless[[]any](v, []any{map[string]any{}}) }),
	"lists_nested":  values(func(v any) any { return unless[[]any](v, []any{[]any{}}) }),
	"lists_doubled": values(func(v any) any {
		if l, ok := v.([]any); ok {
			return append(l[:len(l):len(l)], l...)
		}
		return v
	}),
	"empty_strings": values(func(v any) any { return unless[string](v, "") }),
	"long_strings":  values(func(v any) any { return unless[string](v, strings.Repeat("x", 10000)) }),
	"odd_strings":   values(func(v any) any { return unless[string](v, "9999-99-99'; DROP TABLE x; --") }),
}

// unless replaces values of one type.
func unless[T any](v, by any) any {
	if _, ok := v.(T); ok {
		return by
	}
	return v
}

func values(change func(any) any) func([]byte) []byte {
	return func(good []byte) []byte {
		var v any
		if err := json.Unmarshal(good, &v); err != nil {
			return good
		}
		// The top level stays an object: what is no object is a kind of its own.
		top := v.(map[string]any)
		for k := range top {
			top[k] = rewrite(top[k], change)
		}
		out, err := json.Marshal(top)
		if err != nil {
			return good
		}
		return out
	}
}

func utf16le(b []byte) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(string(b))) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// TestNoObjectStopsTheNight adds, for every feed and every way to be bad, a newer
// object beside a good one. No bad object stops the night, blocks publishing or
// replaces what was good, and each of them is accounted for.
func TestNoObjectStopsTheNight(t *testing.T) {
	t.Parallel()
	clean, work := finished(t).work, t.TempDir()
	bucket := copyBucket(t, fixtures.Bucket())
	added := 0
	paths := []string{
		"nba-com/schedule/2023-24/2024-06-20T10:00:00.000000+00:00.json",
		"nba-com/team-boxscore/20231024/0022300062/20231025_123015.json",
		"nba-com/gamebooks-data/2023-10-24/20231024-PHXGSW/20231025_123140.json",
		"nba-com/player-boxscores/2023-10-24/20231025_103000.json",
		"ball-dont-lie/boxscores/2023-10-24/20231025_080000.json",
		"espn/scoreboard/2023-10-24/20231025_081000.json",
		"failures/espn_scoreboard/failed_dates_20231117_090000.json",
	}
	if *hostileReport {
		paths = append(paths, "nba-com/team-boxscore/20231024/0022300061/20231025_123015.json",
			"nba-com/gamebooks-data/2023-10-24/20231024-LALDEN/20231025_123140.json")
	}
	for _, path := range paths {
		good, err := os.ReadFile(filepath.Join(bucket, path))
		if err != nil {
			t.Fatal(err)
		}
		for name, spoil := range spoilers {
			newer := strings.NewReplacer("20231025_", "20241025_", "2024-06-20T", "2024-06-21T", "20231117_",
				"20241117_").Replace(path)
			newer = strings.TrimSuffix(newer, ".json") + "_" + name + ".json"
			if strings.Contains(path, "/schedule/") {
				newer = strings.Replace(path, "10:00:00", fmt.Sprintf("11:00:%02d", added%60), 1)
			}
			if err := os.WriteFile(filepath.Join(bucket, newer), spoil(bytes.Clone(good)), 0o644); err != nil {
				t.Fatal(err)
			}
			added++
		}
	}
	must(t, 0, "nightly", "-q", "--bucket", bucket, "--workdir", work)
	before := map[string]string{}
	for _, r := range rows(t, filepath.Join(clean, "warehouse"), "source_status") {
		before[r["nba_game_id"]+" "+r["source"]] = r["status"]
	}
	came := tally{tried: added, survived: added, leaked: leftovers(t, work)}
	for _, r := range rows(t, filepath.Join(work, "warehouse"), "source_status") {
		if key := r["nba_game_id"] + " " + r["source"]; before[key] != r["status"] {
			came.lost++
			t.Errorf("%s was %s and is %s (%s) for a bad object", key, before[key], r["status"], r["reason"])
		}
		delete(before, r["nba_game_id"]+" "+r["source"])
	}
	if len(before) > 0 {
		came.lost += len(before)
		t.Errorf("cells are gone: %v", before)
	}
	objects := len(rows(t, filepath.Join(work, "warehouse"), "landed_objects"))
	if was := len(rows(t, filepath.Join(clean, "warehouse"), "landed_objects")); objects != was+added {
		came.lost, came.doubled = came.lost+max(0, was+added-objects), max(0, objects-was-added)
		t.Errorf("%d objects, want %d and the %d added", objects, was, added)
	}
	came.survived -= min(added, came.lost+came.doubled)
	count("bad objects", came)
}

// TestOneBadObject: a bucket whose only object of a feed is bad still has its
// night: that object's cells say so, and nothing is blocked.
func TestOneBadObject(t *testing.T) {
	t.Parallel()
	long(t)
	work := t.TempDir()
	bucket := copyBucket(t, smallBucket())
	only := map[string]string{
		"nba-com/team-boxscore":    "nba-com/team-boxscore/20231024/0022300062/20231025_123015.json",
		"nba-com/gamebooks-data":   "nba-com/gamebooks-data/2023-10-24/20231024-PHXGSW/20231025_123140.json",
		"nba-com/player-boxscores": "nba-com/player-boxscores/2023-10-24/20231025_103000.json",
		"ball-dont-lie/boxscores":  "ball-dont-lie/boxscores/2023-10-24/20231025_080000.json",
		"espn/scoreboard":          "espn/scoreboard/2023-10-24/20231025_081000.json",
		"failures":                 "failures/espn_scoreboard/failed_dates_20231117_090000.json",
	}
	good := map[string][]byte{}
	for folder, name := range only {
		body, err := fs.ReadFile(fixtures.Bucket(), name)
		if err != nil {
			t.Fatal(err)
		}
		good[name] = body
		if err := os.RemoveAll(filepath.Join(bucket, folder)); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{"lists_blank", "lists_nulls", "lists_nested", "no_strings", "odd_strings"} {
		for name, body := range good {
			file := filepath.Join(bucket, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, spoilers[kind](body), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		must(t, 0, "nightly", "-q", "--bucket", bucket, "--workdir", filepath.Join(work, kind))
	}
}
