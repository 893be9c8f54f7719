package jobs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// A slack answers a webhook and keeps what it took. It kills a process as soon as it
// has taken a post of it, before it answers.
type slack struct {
	mu     sync.Mutex
	status int
	body   string
	kill   int // process; 0 for none
	took   []string
}

func (s *slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var post struct{ Text string }
	if json.NewDecoder(r.Body).Decode(&post) != nil || s.status != http.StatusOK {
		w.WriteHeader(max(s.status, http.StatusBadRequest))
		fmt.Fprint(w, s.body)
		return
	}
	s.took = append(s.took, post.Text)
	if s.kill != 0 {
		syscall.Kill(s.kill, syscall.SIGKILL)
		s.kill = 0
		return
	}
	fmt.Fprint(w, "ok")
}

// said is what was taken since it was asked last.
func (s *slack) said() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := s.took
	s.took = nil
	return took
}

// acknowledged appends what a person decides about a group.
func acknowledged(t *testing.T, dir, group, at, until string) {
	t.Helper()
	place, err := mirror.Dir(dir)
	if err != nil {
		t.Fatal(err)
	}
	store := state.Open(place)
	head, err := store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"decision", "event_id", "batch_id", "method", "undoes", "decision_id", "acted_by", "why"}
	instant := &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	fields := []arrow.Field{{Name: "seq", Type: arrow.PrimitiveTypes.Int64}, {Name: "number", Type: arrow.PrimitiveTypes.Int64},
		{Name: "decided_at", Type: instant}, {Name: "until", Type: instant}}
	for _, name := range texts {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	if err := b.UnmarshalJSON(fmt.Appendf(nil, `{"seq":%d,"number":1,"decided_at":%q,"until":%q,"decision":"acknowledge","batch_id":%q,"decision_id":"%d.1","acted_by":"ops","why":"known"}`,
		head.N+1, at, until, group, head.N+1)); err != nil {
		t.Fatal(err)
	}
	rows := b.NewRecordBatch()
	defer rows.Release()
	var body bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &body, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	if err == nil {
		err = w.Write(rows)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		_, err = store.Append(t.Context(), head, head.AsOf, state.Rows{Segments: map[string][]byte{"decisions": body.Bytes()}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

const webhookCanary = "xyzzyCANARYxyzzy"

// TestSevenNights: what people are told in a week over a state that is there already,
// in which an old hole is nobody's news. Slack is dead for two nights, the next one is
// killed between its post and the mark, somebody takes the anomaly on for a while, it
// heals, and it comes back; then somebody empties a table of the platform, nobody looks
// for a night, and it is loaded again. The trail is fixtures/alerts/seven_nights.txt.
func TestSevenNights(t *testing.T) {
	t.Parallel()
	long(t)
	to := &slack{status: http.StatusOK}
	server := httptest.NewServer(to)
	t.Cleanup(server.Close)
	hook := server.URL + "/services/T0/B0/" + webhookCanary
	bucket, work := copyBucket(t, smallBucket()), t.TempDir()
	for _, lost := range []string{"gamebooks-data/2024-10-22", "player-boxscores/2024-10-22"} {
		if err := os.RemoveAll(filepath.Join(bucket, "nba-com", lost)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(bucket, "ball-dont-lie")); err != nil {
		t.Fatal(err)
	}
	flags := func(asOf string) []string {
		return []string{"nightly", "--json", "--bucket", bucket, "--workdir", work, "--as-of", asOf + "T14:00:00Z", "--from", "2025-01-01", "--to", "2025-01-31"}
	}
	var trail strings.Builder
	var everything bytes.Buffer // that was printed
	tell := func(name string, posts []string, out string) {
		fmt.Fprintf(&trail, "# %s\n", name)
		for _, l := range ofType(t, out, "alert") {
			fmt.Fprintf(&trail, "%s %v: %v", l["kind"], l["batch_id"], l["reason"])
			if l["outcome"] != nil {
				fmt.Fprintf(&trail, ": %v", l["outcome"])
			}
			if l["said"] != nil {
				fmt.Fprintf(&trail, ", %v", l["said"])
			}
			trail.WriteString("\n")
		}
		for _, post := range posts {
			fmt.Fprintf(&trail, "    %s\n", strings.ReplaceAll(post, "\n", "\n    "))
		}
		trail.WriteString("\n")
	}
	env := []string{"SOURCECOV_SLACK_WEBHOOK=" + hook}
	process := func(asOf string, isKilled bool, more ...string) (out string) {
		cmd := program(t, env, slices.Concat(flags(asOf), []string{"--alert", "slack"}, more)...)
		var stdout bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &everything
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if isKilled {
			to.mu.Lock()
			to.kill = cmd.Process.Pid
			to.mu.Unlock()
		}
		if err := cmd.Wait(); (err != nil) != isKilled {
			t.Fatalf("as of %s: %v\n%s%s", asOf, err, &stdout, &everything)
		}
		everything.Write(stdout.Bytes())
		return stdout.String()
	}
	const group = "schedule_anomaly:nbac_schedule"

	must(t, 0, flags("2025-01-09")...) // long ago nobody was told anything
	to.status, to.body = http.StatusNotFound, "no_service"
	tell("2025-01-11: the webhook was taken away", nil, process("2025-01-11", false))
	to.status, to.body = http.StatusInternalServerError, "rollup_error "+hook
	tell("2025-01-12: and then Slack is ill", nil, process("2025-01-12", false))
	to.status = http.StatusOK
	process("2025-01-13", true)
	tell("2025-01-13: killed after the first post", to.said(), `{}`)
	out := process("2025-01-13", false)
	tell("2025-01-13, once more", to.said(), out)
	acknowledged(t, filepath.Join(work, "state"), group, "2025-01-13T15:00:00Z", "2025-01-15T12:00:00Z")
	out = process("2025-01-14", false)
	tell("2025-01-14: somebody took it on", to.said(), out)
	out = process("2025-01-15", false)
	tell("2025-01-15: and did not mend it in time", to.said(), out)
	folder := filepath.Join(bucket, "nba-com", "schedule", "2024-25")
	body, err := os.ReadFile(filepath.Join(folder, "2025-01-08T10:05:03.690956+00:00.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "2025-01-16T10:05:03.690956+00:00.json"), body, 0o644); err != nil {
		t.Fatal(err)
	}
	out = process("2025-01-16", false)
	tell("2025-01-16: healed", to.said(), out)
	out = process("2025-01-19", false)
	tell("2025-01-19: and ill again", to.said(), out)
	const table = "nba_raw/nbac_team_boxscore"
	whole, emptied := writePlatform(t, work, nil), writePlatform(t, work, map[string]string{table: "SELECT * FROM (was) WHERE false"})
	out = process("2025-01-20", false, "--audit", "dir:"+emptied)
	tell("2025-01-20: somebody emptied a table", to.said(), out)
	out = process("2025-01-21", false)
	tell("2025-01-21: nobody looks", to.said(), out)
	out = process("2025-01-22", false, "--audit", "dir:"+whole)
	tell("2025-01-22: it was loaded again", to.said(), out)

	fmt.Fprintf(&trail, "# coverage_actions\n")
	for _, a := range rows(t, filepath.Join(work, "warehouse"), actions) {
		if a["action"] == "alerted" {
			fmt.Fprintf(&trail, "%s alerted at %s: %s\n", strings.TrimSuffix(a["acted_at"], ".000000Z"), a["channel"], a["why"])
		}
	}
	golden(t, "../fixtures/alerts/seven_nights.txt", trail.String())

	replayed := must(t, 0, "alert", "--replay", "2025-01-15", "--bucket", bucket, "--workdir", work)
	if !strings.Contains(replayed, "alert "+group+": the acknowledgement ran out") {
		t.Errorf("a replay tells:\n%s", replayed)
	}
	if posts := to.said(); len(posts) > 0 {
		t.Errorf("a replay told %q", posts)
	}
	if strings.Contains(everything.String(), webhookCanary) {
		t.Error("the webhook was printed")
	}
	err = filepath.WalkDir(work, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if bytes.Contains(body, []byte(webhookCanary)) {
			t.Errorf("the webhook stands in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// golden compares a text with a file, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has\n%s\nand it is\n%s", name, want, got)
	}
}
