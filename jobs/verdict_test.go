package jobs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// verdictOf is the first line and the last that a command printed. They are one
// sentence, or it fails.
func verdictOf(t *testing.T, out string) string {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	first, last := lines[0], lines[len(lines)-1]
	if first != last {
		t.Errorf("the first line and the last differ:\n%s\n%s", first, last)
	}
	return first
}

// TestVerdict: the first line, the last and the exit status are of one mind,
// whatever came of a night.
func TestVerdict(t *testing.T) {
	t.Parallel()
	bucket, work := copyBucket(t, smallBucket()), t.TempDir()
	flags := []string{"--bucket", bucket, "--workdir", work}
	for _, c := range []struct {
		name, word string
		exit       int
		args       []string
	}{
		{"a dry run", "NOT OK: ", 0, []string{"--dry-run"}},
		{"the first night", "NOT OK: ", 0, nil},
		{"done already", "NOT OK: ", 0, nil},
		{"done already and asked more", "NOT OK: ", 4, []string{"--fail-on", "warning"}},
		{"done already, and nothing so bad", "NOT OK: ", 0, []string{"--fail-on", "critical"}},
		{"looking back", "NOT JUDGED: this run looks back", 0, []string{"--as-of", "2025-02-20T14:00:00Z", "--fail-on", "warning"}},
	} {
		code, out, said := run(t.Context(), append(append([]string{"nightly"}, flags...), c.args...)...)
		if got := verdictOf(t, out); code != c.exit || !strings.HasPrefix(got, c.word) {
			t.Errorf("%s: exit %d and %q, want %d and %q", c.name, code, got, c.exit, c.word)
		}
		if why := strings.Contains(said, "sourcecov: exit 4, for --fail-on is warning and the worst that is open is warning\n"); why != (c.exit == 4) {
			t.Errorf("%s: on stderr stands %q", c.name, said)
		}
		if done := strings.Contains(out, "\nalready done: "); done != strings.HasPrefix(c.name, "done already") {
			t.Errorf("%s: already done is %t", c.name, done)
		}
	}
	plain, more := must(t, 0, append([]string{"nightly"}, flags...)...), must(t, 0, append([]string{"nightly", "--details", "gaps"}, flags...)...)
	const head = "\n7 open gaps in range, oldest first\n"
	if !strings.Contains(plain, " gaps (7)") || strings.Contains(plain, head) || strings.Contains(more, " gaps (7)") || !strings.Contains(more, head) {
		t.Errorf("without and with --details gaps:\n%s\n%s", plain, more)
	}
	must(t, 2, append([]string{"nightly", "--details", "everything"}, flags...)...)
}

// TestVerdictOfNothing: where nobody could look nothing is praised. A bucket with
// nothing in it at all is a slip of the pen.
func TestVerdictOfNothing(t *testing.T) {
	t.Parallel()
	night := []string{"nightly", "--workdir", t.TempDir(), "--as-of", "2025-02-20T14:00:00Z", "--bucket"}
	if code, out, said := run(t.Context(), append(night, t.TempDir())...); code != 2 || out != "" || !strings.Contains(said, "\nnext: ") {
		t.Errorf("of an empty bucket: exit %d, %q, %s", code, out, said)
	}
	bucket := copyBucket(t, smallBucket())
	for _, feed := range []string{"schedule", "schedule-cdn"} {
		if err := os.RemoveAll(filepath.Join(bucket, "nba-com", feed)); err != nil {
			t.Fatal(err)
		}
	}
	code, out, _ := run(t.Context(), append(night, bucket)...)
	if got := verdictOf(t, out); code != 3 || !strings.HasPrefix(got, "NOT JUDGED: nothing is published; check schedule_is_there: the bucket holds no valid schedule") {
		t.Errorf("without a schedule: exit %d, %q", code, got)
	}
}

// cutToTwoMen writes the small bucket into a directory, each team of a player feed cut
// to two men; it counts the objects that were cut.
func cutToTwoMen(bucket string) (cut int, err error) {
	if err := writeBucket(smallBucket(), bucket); err != nil {
		return 0, err
	}
	for _, feed := range []string{"nba-com/gamebooks-data", "nba-com/player-boxscores", "ball-dont-lie/boxscores"} {
		err := filepath.WalkDir(filepath.Join(bucket, filepath.FromSlash(feed)), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var object map[string]any
			if json.Unmarshal(body, &object) != nil {
				return nil // damaged anyway
			}
			cut++
			if body, err = json.Marshal(twoMen(object)); err != nil {
				return err
			}
			return os.WriteFile(path, body, 0o644)
		})
		if err != nil {
			return cut, err
		}
	}
	return cut, nil
}

// TestVerdictOfTwoMen: player feeds that hold two men a side, well-formed and all
// there, are not all well.
func TestVerdictOfTwoMen(t *testing.T) {
	long(t)
	t.Parallel()
	bucket := filepath.Join(t.TempDir(), "bucket")
	cut, err := cutToTwoMen(bucket)
	if err != nil {
		t.Fatal(err)
	}
	code, out, said := run(t.Context(), "nightly", "--bucket", bucket, "--workdir", t.TempDir(), "--fail-on", "critical")
	got := verdictOf(t, out)
	if cut < 9 || code != 4 || !strings.HasPrefix(got, "NOT OK: 5 of 5 games have no player box score") {
		t.Errorf("%d objects were cut: exit %d, %q\n%s", cut, code, got, said)
	}
}

// twoMen leaves of each list of players the first two of a team.
func twoMen(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for key, of := range x {
			list, isList := of.([]any)
			switch {
			case isList && (key == "active_players" || key == "players" || key == "rowSet"):
				kept, seen := []any{}, map[any]int{}
				for _, player := range list {
					var team any
					switch p := player.(type) {
					case map[string]any:
						team = p["team"]
					case []any:
						team = p[4] // TEAM_ABBREVIATION
					}
					if seen[team]++; seen[team] <= 2 {
						kept = append(kept, player)
					}
				}
				x[key] = kept
			default:
				x[key] = twoMen(of)
			}
		}
	case []any:
		for i := range x {
			x[i] = twoMen(x[i])
		}
	}
	return v
}
