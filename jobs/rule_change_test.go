package jobs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stricter is SQL by which a missing primary is an error of its own: what was a
// fallback_used is a source_error.
func stricter(t *testing.T) string {
	return sqlDir(t, "model/chain_event.sql", replace("primary_status IN ('unavailable'",
		"primary_status IN ('missing', 'unavailable'"))
}

// TestRuleChange: an event that only new rules end is withdrawn and told in one
// line, once; one of which something new has come ends by that, whatever the rules.
func TestRuleChange(t *testing.T) {
	long(t)
	t.Parallel()
	bucket, work := copyBucket(t, smallBucket()), t.TempDir()
	other := stricter(t)
	// told runs the night of a date and gives what it prints, and what it says of rules.
	told := func(date string, args ...string) (out string, lines []string) {
		out = must(t, 0, slices.Concat([]string{"nightly", "--bucket", bucket, "--workdir", work, "--as-of",
			date + "T14:00:00Z"}, args)...)
		for _, line := range strings.Split(out, "\n") {
			if strings.HasPrefix(line, "the rules") {
				lines = append(lines, line)
			}
		}
		return out, lines
	}
	// ends are the actions by which events ended, with their type.
	ends := func() (out []string) {
		typeOf := map[string]string{}
		for _, r := range rows(t, filepath.Join(work, "warehouse"), "source_coverage_log") {
			typeOf[r["event_id"]] = r["event_type"]
		}
		for _, r := range rows(t, filepath.Join(work, "warehouse"), "coverage_actions") {
			if r["action"] == "resolved" {
				out = append(out, fmt.Sprint(r["acted_at"][:10], " ", typeOf[r["event_id"]], " ", r["method"], ": ", r["why"]))
			}
		}
		slices.Sort(out)
		return out
	}
	same := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	const line = "the rules changed since the run of 2025-04-20 14:00Z and no longer make 1 recorded event, " +
		"now withdrawn (1 fallback_used)"
	const withdrawn = "2025-04-21 fallback_used withdrawn: the rules changed, and no longer make it"

	_, lines := told("2025-04-20")
	same("the first night", lines)
	_, lines = told("2025-04-21", "--sql", other, "--dry-run")
	same("a dry run", lines, line+"; this run records nothing of it")
	_, lines = told("2025-04-21", "--sql", other)
	same("the night of the change", lines, line)
	same("the night of the change", ends(), withdrawn)
	out, _ := told("2025-04-21", "--sql", other, "--json") // already done, and told again
	same("JSON", []string{fmt.Sprint(ofType(t, out, "rules_changed"))},
		"[map[event_type:fallback_used since:2025-04-20T14:00:00Z type:rules_changed withdrawn:1]]")
	must(t, 0, "verify", "newest", "--bucket", bucket, "--workdir", work)
	_, lines = told("2025-04-22", "--sql", other)
	same("the night after it", lines)

	// Back to the first rules, under which the source_error is none; but its game was scraped again.
	scraped := filepath.Join(bucket, "ball-dont-lie/boxscores/2025-02-19")
	body, err := os.ReadFile(filepath.Join(scraped, "20250220_080000.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(scraped, "20250423_080000.json"), body, 0o644); err != nil {
		t.Fatal(err)
	}
	_, lines = told("2025-04-23")
	same("a change in a night with news", lines)
	same("a change in a night with news", ends(), withdrawn, "2025-04-23 source_error source_recovered: player_boxscores "+
		"is supplied by bdl_player_boxscores, ball-dont-lie/boxscores/2025-02-19/20250423_080000.json")
}
