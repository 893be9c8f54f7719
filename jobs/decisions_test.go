package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sourcecov/fixtures"
	"sourcecov/jobs"
)

// at runs one command line in this process at a time of the clock.
func at(t *testing.T, now string, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	clock, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	code := jobs.Main(context.Background(), jobs.World{Args: args, Getenv: environment, Stdout: &out, Stderr: &said, Now: func() time.Time { return clock }})
	if code != want {
		t.Fatalf("sourcecov %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, out.String(), said.String())
	}
	return out.String(), said.String()
}

// said is what a table of a warehouse in a directory says where a column has a value, row by row.
func said(t *testing.T, work, table, where, columns string) (out []string) {
	t.Helper()
	for _, r := range rows(t, filepath.Join(work, "warehouse"), table) {
		if key, value, _ := strings.Cut(where, "="); r[key] == value {
			out = append(out, keyOf(r, columns))
		}
	}
	slices.Sort(out)
	return out
}

// TestDecisions: what a person decides counts from the next night on, for that night
// and for whoever looks back to then; what he takes back counts no more; and nothing
// of it is a new event or changes a table but the one that tells of actions.
func TestDecisions(t *testing.T) {
	t.Parallel()
	const game, first, second, third = "0022300201", "2025-04-20T14:00:00Z", "2025-04-21T14:00:00Z", "2025-04-22T14:00:00Z"
	work := t.TempDir()
	night := func(now string, more ...string) string {
		out, _ := at(t, now, 0, append([]string{"nightly", "--json", "--workdir", work, "--as-of", now, "--from", "2023-10-01", "--to", "2025-04-20"}, more...)...)
		return out
	}
	night(first)
	before := said(t, work, "source_coverage_log", "nba_game_id="+game, "event_id event_type severity requires_alert")
	if len(before) < 2 {
		t.Fatalf("the game has the events %q", before)
	}
	// To the second of the as-of is soon enough, and a second after it is too late.
	at(t, second, 0, "resolve", "22300201", "--as", "wont_fix", "--by", "ann", "--why", "HTTP 503 for ever", "--workdir", work)
	at(t, "2025-04-21T14:00:01Z", 0, "ack", "source_error:nbac_gamebook_player_stats", "--for", "3d", "--by", "bob", "--workdir", work)

	fresh := t.TempDir()
	at(t, second, 0, "nightly", "-q", "--workdir", fresh, "--as-of", second, "--from", "2023-10-01", "--to", "2025-04-20")
	decidedNight := night(second)
	if d := ofType(t, decidedNight, "decided"); len(d) != 2 || d[0]["decision"] != "wont_fix" || d[0]["nba_game_id"] != game {
		t.Errorf("the night tells of the decisions %v", d)
	}
	for _, g := range ofType(t, decidedNight, "gaps") {
		if g["nba_game_id"] == game && g["source"] != "espn_scoreboard" {
			t.Errorf("%v is open still", g)
		}
	}
	if got := said(t, work, "source_coverage_log", "nba_game_id="+game, "event_id event_type severity requires_alert"); !slices.Equal(got, before) {
		t.Errorf("the events are %q, were %q", got, before)
	}
	if got := said(t, work, "coverage_actions", "acted_by=ann", "action method why"); !slices.Equal(got, []string{"resolved wont_fix HTTP 503 for ever", "resolved wont_fix HTTP 503 for ever"}) {
		t.Errorf("ann did %q", got)
	}
	if got := said(t, work, "coverage_actions", "acted_by=bob", "action"); len(got) != 0 {
		t.Errorf("bob decided after as-of and did %q", got)
	}
	outputs := func(work, id string) map[string]string {
		return recordedOutputs(t, filepath.Join(work, "runs", id, "run.json"))
	}
	sameBut(t, "with decisions", outputs(fresh, runsOf(t, fresh)[0]), outputs(work, ofType(t, decidedNight, "scope")[0]["run_id"].(string)),
		actions, "source_coverage_log") // which also has what healed since the first night
	kinds := map[string]int{}
	out, _ := at(t, second, 0, "gaps", "--json", "--workdir", work, "--kind", "decided")
	for _, g := range ofType(t, out, "gap") {
		kinds[g["source"].(string)]++
		if g["owner"] != "ann" || g["decision_id"] == nil || g["event_id"] == nil || g["batch_id"] == nil {
			t.Errorf("a decided gap is %v", g)
		}
	}
	if kinds["nbac_team_boxscore"] != 1 || kinds["nbac_gamebook_player_stats"] != 1 {
		t.Errorf("decided are gaps at %v", kinds)
	}
	at(t, second, 0, "verify", "newest", "-q", "--workdir", work)

	at(t, third, 0, "undo", numberOf(t, work, "ann"), "--by", "cleo", "--why", "they have it", "--workdir", work)
	undone := night(third)
	if d := ofType(t, undone, "decided"); len(d) != 1 || d[0]["decision"] != "acknowledged" || d[0]["batch_id"] != "source_error:nbac_gamebook_player_stats" {
		t.Errorf("after the undo there are the decisions %v", d)
	}
	if got := said(t, work, "coverage_actions", "acted_by=cleo", "action method why"); !slices.Equal(got, []string{"reopened wont_fix they have it", "reopened wont_fix they have it"}) {
		t.Errorf("cleo did %q", got)
	}
	if got := said(t, work, "coverage_actions", "acted_by=bob", "action"); !slices.Equal(got, []string{"acknowledged", "acknowledged"}) {
		t.Errorf("bob did %q", got)
	}
	// Who looks back sees what was decided by then.
	looked, _ := at(t, third, 0, "nightly", "--json", "--workdir", work, "--as-of", "2025-04-21T15:00:00Z", "--from", "2023-10-01", "--to", "2025-04-20")
	if d := ofType(t, looked, "decided"); len(d) != 3 {
		t.Errorf("looking back there were the decisions %v, want those of ann and bob", d)
	}
}

// numberOf is the number by which all that one person decided first is taken back.
func numberOf(t *testing.T, work, who string) string {
	t.Helper()
	out, _ := at(t, "2025-04-22T14:00:00Z", 0, "decisions", "--json", "--workdir", work)
	for _, d := range ofType(t, out, "decision") {
		if d["acted_by"] == who {
			number, _, _ := strings.Cut(d["decision_id"].(string), ".")
			return number
		}
	}
	t.Fatalf("%s decided nothing: %s", who, out)
	return ""
}

// TestManualEntryIsAPromise: what a person will enter is open until it is there; then
// he is the one who resolved it.
func TestManualEntryIsAPromise(t *testing.T) {
	long(t)
	t.Parallel()
	const first, second, third = "2025-04-20T14:00:00Z", "2025-04-21T14:00:00Z", "2025-04-22T14:00:00Z"
	bucket, work := copyBucket(t, fixtures.Bucket()), t.TempDir()
	flags := []string{"--bucket", bucket, "--workdir", work}
	night := func(now string) string {
		out, _ := at(t, now, 0, append([]string{"nightly", "--json", "--as-of", now, "--full-audit"}, flags...)...)
		return out
	}
	const game = "0052400201" // that nobody has, and of which somebody has the box score on paper
	night(first)
	events := said(t, work, "source_coverage_log", "nba_game_id="+game, "event_type chain event_id")
	missing := slices.IndexFunc(events, func(e string) bool { return strings.HasPrefix(e, "source_missing team_boxscores ") })
	if missing < 0 {
		t.Fatalf("%s has the events %q", game, events)
	}
	id := events[missing][strings.LastIndex(events[missing], " ")+1:]
	at(t, first, 0, append([]string{"resolve", id[:8], "--as", "manual_entry", "--by", "ann", "--why", "it is on paper"}, flags...)...)
	open := night(second)
	if d := ofType(t, open, "decided"); len(d) != 1 || d[0]["decision"] != "manual_entry" || d[0]["gaps"] != 0.0 {
		t.Errorf("promised is %v", d)
	}
	if got := said(t, work, "coverage_actions", "acted_by=ann", "event_id action method"); !slices.Equal(got, []string{id + " acknowledged "}) {
		t.Errorf("ann did %q", got)
	}
	entered := filepath.Join(bucket, "manual/team_boxscores", game, "20250422_120000.json")
	if err := os.MkdirAll(filepath.Dir(entered), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(entered, []byte(onPaper), 0o644); err != nil {
		t.Fatal(err)
	}
	night(third)
	if got := said(t, work, "coverage_actions", "acted_by=ann", "event_id action method"); !slices.Equal(got, []string{id + " acknowledged ", id + " resolved manual_entry"}) {
		t.Errorf("ann did %q", got)
	}
	at(t, third, 2, append([]string{"resolve", id, "--as", "wont_fix", "--by", "ann", "--why", "no"}, flags...)...)
}

// onPaper are the team box scores of 0052400201, as a person enters them.
const onPaper = `{"owner": "ann", "why": "from the scorer's sheet", "rows": [
	{"team_abbr": "MIA", "points": 123, "fg_makes": 45, "fg_attempts": 90, "three_pt_makes": 13, "three_pt_attempts": 35, "ft_makes": 20, "ft_attempts": 25},
	{"team_abbr": "ATL", "points": 114, "fg_makes": 42, "fg_attempts": 88, "three_pt_makes": 10, "three_pt_attempts": 33, "ft_makes": 20, "ft_attempts": 24}]}`

// TestTwoDecideAtOnce: of two who decide at once both are recorded, if not on one
// event; on one, the second is told who came before. Nothing but the state is there.
func TestTwoDecideAtOnce(t *testing.T) {
	long(t)
	t.Parallel()
	for _, where := range []string{"dir", "gcs"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.seed(t, fixtures.Bucket()) // of more events
			state := "gs://ours/state"
			if where == "dir" {
				state = filepath.Join(t.TempDir(), "state")
			}
			night := []string{"nightly", "-q", "--bucket", "gs://scraped", "--state", state, "--as-of", "2025-04-20T14:00:00Z"}
			lost := t.TempDir()
			c.must(t, 0, append(night, "--workdir", lost)...)
			if err := os.RemoveAll(lost); err != nil {
				t.Fatal(err)
			}
			together(&c, "state/HEAD-")
			decide := func(what ...string) (code int, said string) {
				code, out, err := c.run(t.Context(), append(what, "--state", state, "--workdir", t.TempDir())...)
				return code, out + err
			}
			groups := groupsOf(t, c, state)
			if len(groups) < 2 {
				t.Fatalf("groups %q", groups)
			}
			codes, texts := both(func(i int) (int, string) {
				return decide("ack", groups[i], "--for", "3d", "--by", []string{"ann", "bob"}[i])
			})
			if !slices.Equal(codes, []int{0, 0}) {
				t.Fatalf("two groups at once: exits %v\n%s", codes, texts)
			}
			codes, texts = both(func(i int) (int, string) {
				return decide("resolve", eventOf(t, c, state), "--as", "wont_fix", "--by", []string{"ann", "bob"}[i], "--why", "nobody has it")
			})
			if slices.Sort(codes); !slices.Equal(codes, []int{0, 2}) || !strings.Contains(strings.Join(texts, ""), "it was decided: wont_fix by ") {
				t.Fatalf("one event at once: exits %v\n%s", codes, texts)
			}
			ids := map[string]bool{}
			for _, d := range ofType(t, c.must(t, 0, "decisions", "--json", "--state", state, "--workdir", t.TempDir()), "decision") {
				ids[d["decision_id"].(string)] = d["state"] == "in force"
			}
			if len(ids) != 3 {
				t.Errorf("recorded are %v", ids)
			}
			for id, inForce := range ids {
				if !inForce {
					t.Errorf("%s is not in force", id)
				}
			}
		})
	}
}

// together lets two requests that create such an object go at once.
func together(c *cloud, name string) {
	var mu sync.Mutex
	arrived, two := 0, make(chan struct{})
	c.gcs.OnRequest = func(r *http.Request, before bool) {
		if !before || !strings.Contains(r.URL.Query().Get("name"), name) {
			return
		}
		mu.Lock()
		arrived++
		if arrived == 2 {
			close(two)
		}
		wait := arrived <= 2
		mu.Unlock()
		if wait {
			<-two
		}
	}
}

// both runs two at once.
func both(do func(i int) (int, string)) (codes []int, texts []string) {
	codes, texts = make([]int, 2), make([]string, 2)
	var all sync.WaitGroup
	for i := range codes {
		all.Go(func() { codes[i], texts[i] = do(i) })
	}
	all.Wait()
	return codes, texts
}

// groupsOf are the groups that the program names to whoever mistypes one.
func groupsOf(t *testing.T, c cloud, state string) []string {
	t.Helper()
	_, _, said := c.run(t.Context(), "ack", "none", "--for", "3d", "--by", "ann", "--state", state, "--workdir", t.TempDir())
	_, list, _ := strings.Cut(said, "there are ")
	list, _, _ = strings.Cut(list, "\n")
	return strings.Split(list, ", ")
}

// eventOf is a game with one event, as the program names it.
func eventOf(t *testing.T, c cloud, state string) string {
	t.Helper()
	_, _, said := c.run(t.Context(), "resolve", "20250219_CHA_LAX", "--as", "wont_fix", "--by", "ann", "--why", "x", "--state", state, "--workdir", t.TempDir())
	_, near, _ := strings.Cut(said, "did you mean ")
	near, _, _ = strings.Cut(near, "?")
	return strings.Split(near, " or ")[0]
}

// TestDecidedDuringANight: who decides while a night runs does not stop it, at
// whatever append he comes, and is seen by the next.
func TestDecidedDuringANight(t *testing.T) {
	t.Parallel()
	long(t)
	c := newCloud(t)
	c.seed(t, fixtures.Bucket()) // of more events
	c.migrate(t)
	c.night(t, 0, t.TempDir(), "--as-of", "2025-04-20T14:00:00Z")
	groups := groupsOf(t, c, "gs://ours/state")
	decided := 0
	var deciding sync.Mutex
	c.gcs.OnRequest = func(r *http.Request, before bool) {
		// The run's row has one try, right after it was looked for; all others are passed by.
		if !before || !strings.Contains(r.URL.Query().Get("name"), "state/") || strings.Contains(r.URL.Query().Get("name"), "runs-") || !deciding.TryLock() {
			return
		}
		defer deciding.Unlock()
		if name := r.URL.Query().Get("name"); !strings.Contains(name, "intents-") && !strings.Contains(name, "landing/") || decided == len(groups) {
			return
		}
		decided++
		if code, out, said := c.run(context.Background(), "ack", groups[decided-1], "--for", "3d", "--by", "ann", "--state", "gs://ours/state", "--workdir", t.TempDir()); code != 0 {
			t.Errorf("ack: exit %d\n%s%s", code, out, said)
		}
	}
	work := t.TempDir()
	c.put("nba-com/gamebooks-data/2023-10-24/20231024-PHXGSW/20231025_223140.json", smallObject(t, correctedObject))
	out := c.night(t, 0, work, "--as-of", "2025-04-21T14:00:00Z")
	c.gcs.OnRequest = nil
	if decided == 0 {
		t.Fatal("nobody decided during the night")
	}
	if d := ofType(t, out, "decided"); len(d) != 0 {
		t.Errorf("the night saw %v", d)
	}
	c.must(t, 0, "verify", "newest", "-q", "--workdir", work, "--state", "gs://ours/state", "--warehouse", "bq:test.coverage")
	if d := ofType(t, c.night(t, 0, work, "--as-of", "2026-01-02T03:04:05Z"), "decided"); len(d) == 0 {
		t.Errorf("the next night saw none of %d decisions", decided)
	}
	var listed []map[string]any
	for _, line := range strings.Split(strings.TrimSpace(c.must(t, 0, "decisions", "--json", "--state", "gs://ours/state", "--workdir", t.TempDir())), "\n") {
		var d map[string]any
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		if d["type"] == "decision" {
			listed = append(listed, d)
		}
	}
	if len(listed) != decided {
		t.Errorf("%d decided, listed are %v", decided, listed)
	}
}
