package jobs_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// newHealthyCloud is a cloud in which everything is in order: a migrated dataset, an
// empty state, and one of the platform's own tables.
func newHealthyCloud(t *testing.T) cloud {
	t.Helper()
	c := newCloud(t)
	c.migrate(t)
	c.api(t, http.MethodPost, "", `{"datasetReference":{"projectId":"test","datasetId":"nba_raw"},"location":"US"}`)
	c.api(t, http.MethodPost, "/nba_raw/tables", `{
		"tableReference":{"projectId":"test","datasetId":"nba_raw","tableId":"nbac_team_boxscore"},
		"schema":{"fields":[{"name":"game_id","type":"STRING"}]}}`)
	c.bq.ClearRequests()
	return c
}

// api asks BigQuery's datasets for something and gives the answer.
func (c cloud) api(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.bq.URL+"/bigquery/v2/projects/test/datasets"+path,
		strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, said, err)
	}
	var out map[string]any
	if len(said) > 0 && json.Unmarshal(said, &out) != nil {
		t.Fatalf("%s %s: %s", method, path, said)
	}
	return out
}

// requests is how much was asked of the services so far.
func (c cloud) requests() int { return len(c.gcs.Requests()) + len(c.bq.Requests()) }

// remake makes a table of the dataset again, with other fields.
func (c cloud) remake(t *testing.T, table string, change func(fields []any) []any) {
	t.Helper()
	path := "/coverage/tables/" + table
	live := c.api(t, http.MethodGet, path, "")
	again := map[string]any{}
	for _, key := range []string{"tableReference", "description", "labels", "schema", "timePartitioning", "clustering",
		"requirePartitionFilter"} {
		if live[key] != nil {
			again[key] = live[key]
		}
	}
	schema := again["schema"].(map[string]any)
	schema["fields"] = change(schema["fields"].([]any))
	body, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	c.api(t, http.MethodDelete, path, "")
	c.api(t, http.MethodPost, "/coverage/tables", string(body))
	c.bq.ClearRequests()
}

// doctor examines the cloud, which has to stay as it is, and gives the lines.
func (c cloud) doctor(t *testing.T, want int, args ...string) (lines [][5]string, failure map[string]any) {
	t.Helper()
	names, before := c.gcs.Names("ours"), len(c.gcs.Requests())
	code, out, said := c.run(t.Context(), append([]string{"doctor", "--json"}, args...)...)
	if code != want {
		t.Errorf("doctor %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, said)
	}
	for _, r := range c.gcs.Requests()[before:] {
		if r.Method != http.MethodGet {
			t.Errorf("doctor asked Cloud Storage to %s %s", r.Method, r.URL)
		}
	}
	for _, r := range c.bq.Requests() {
		if r.Method != http.MethodGet && !strings.HasSuffix(r.Path, ":testIamPermissions") {
			t.Errorf("doctor asked BigQuery to %s %s", r.Method, r.Path)
		}
	}
	if now := c.gcs.Names("ours"); !slices.Equal(now, names) {
		t.Errorf("there are %v now, and were %v", now, names)
	}
	for _, l := range ofType(t, out, "doctor") {
		next, _ := l["next"].(string)
		lines = append(lines, [5]string{l["status"].(string), l["check"].(string), l["subject"].(string),
			l["found"].(string), next})
	}
	if f := ofType(t, out, "error"); len(f) > 0 {
		failure = f[0]
	}
	return lines, failure
}

// A wanted is a line that a fault makes: status, check and subject, and a part of
// what is found and of what is to be typed next. One that asks for many stands
// for any number of such lines.
type wanted struct {
	status, check, subject, found, next string
	many                                bool
}

func (w wanted) is(l [5]string) bool {
	return l[0] == w.status && l[1] == w.check && (l[2] == w.subject || w.many && strings.HasPrefix(l[2], w.subject)) &&
		strings.Contains(l[3], w.found) && strings.Contains(l[4], w.next) && (w.next == "") == (l[4] == "")
}

// compareLines holds the lines to those of a cloud in order, but for what is wanted.
func compareLines(t *testing.T, healthy, got [][5]string, want []wanted) {
	t.Helper()
	i, told, folded := 0, map[string]int{}, map[string]bool{} // lines by check; one may stand for many
	for _, l := range got {
		if slices.Contains(healthy, l) {
			continue
		}
		told[l[1]]++
		folded[l[1]] = folded[l[1]] || strings.Contains(" "+l[2]+" ", " table ") ||
			strings.Contains(" "+l[2]+" ", " tables ")
		switch {
		case i < len(want) && want[i].is(l):
			i++
		case i > 0 && want[i-1].many && want[i-1].is(l):
		default:
			t.Errorf("there is a line\n%q", l)
			if i < len(want) {
				t.Errorf("and next was wanted\n%+v", want[i])
			}
		}
	}
	for ; i < len(want); i++ {
		t.Errorf("there is no line\n%+v", want[i])
	}
	for _, l := range healthy {
		if slices.Contains(got, l) || folded[l[1]] {
			continue
		}
		if told[l[1]]--; told[l[1]] < 0 {
			t.Errorf("there is no line any more\n%q", l)
		}
	}
}
