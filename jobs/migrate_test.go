package jobs_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestMigrate: what is missing is shown, made only with --apply, and then there;
// what would take something away is refused, and nothing else is done either.
func TestMigrate(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	args := []string{"migrate", "--warehouse", "bq:test.coverage", "--location", "EU"}
	out := c.must(t, 0, args...)
	for _, want := range []string{"add", "dataset coverage", "a dataset in EU", "source_status",
		"partitions by DAY of game_date, clustering by source, status",
		"source_coverage_log_current", "nothing was changed; next: the same with --apply"} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan does not say %q:\n%s", want, out)
		}
	}
	for _, r := range c.bq.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("a plan asked %s %s", r.Method, r.Path)
		}
	}
	if out := c.must(t, 0, append(args, "--apply")...); !strings.Contains(out, "made or added") {
		t.Error(out)
	}
	for _, args := range [][]string{args, append(args, "--dry-run"), append(args, "--apply")} {
		c.bq.ClearRequests()
		out := c.must(t, 0, args...)
		for _, r := range c.bq.Requests() {
			if r.Method != http.MethodGet {
				t.Errorf("%v: nothing is left to do, and it asked %s %s\n%s", args, r.Method, r.Path, out)
			}
		}
	}

	// Somebody adds a column of their own, and takes a description away.
	const gaps = "/coverage/tables/known_gaps"
	table := c.api(t, http.MethodGet, gaps, "")
	fields := table["schema"].(map[string]any)["fields"].([]any)
	body, err := json.Marshal(map[string]any{"description": "", "schema": map[string]any{
		"fields": append(fields, map[string]any{"name": "note", "type": "STRING"})}})
	if err != nil {
		t.Fatal(err)
	}
	c.api(t, http.MethodPatch, gaps, string(body))
	for _, more := range []string{"--dry-run", "--apply"} {
		code, out, said := c.run(t.Context(), append(args, more)...)
		if code != 2 || !strings.Contains(out, "refuse") || !strings.Contains(out, "known_gaps.note") ||
			!strings.Contains(said, "next: change") {
			t.Errorf("%s: exit %d\n%s%s", more, code, out, said)
		}
	}
	if after := c.api(t, http.MethodGet, gaps, ""); after["description"] != nil &&
		after["description"] != "" {
		t.Errorf("it was refused and changed all the same: %v", after["description"])
	}
	code, _, said := c.run(t.Context(), append([]string{"nightly"}, c.flags(t.TempDir())...)...)
	if code != 2 || !strings.Contains(said, "known_gaps.note: wanted no such column, there is STRING") ||
		!strings.Contains(said, "next: ") {
		t.Errorf("a night over it: exit %d\n%s", code, said)
	}
	// A dataset elsewhere is no place for these tables.
	code, _, said = c.run(t.Context(), "migrate", "--warehouse", "bq:test.coverage", "--location", "US")
	if code != 2 || !strings.Contains(said, "wanted location US, there is EU") {
		t.Errorf("another location: exit %d\n%s", code, said)
	}
}
