package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sourcecov/sync/notify"
)

const canary = "B0CANARY7/xyzzySECRETxyzzy"

// slackAt is a Slack whose webhook a listener answers.
func slackAt(t *testing.T, answer http.HandlerFunc) *notify.Slack {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	s, err := notify.NewSlack(server.URL + "/services/T0/" + canary)
	if err != nil {
		t.Fatal(err)
	}
	s.Patience, s.Bound = 2*time.Second, 20*time.Second
	return s
}

var storm = notify.Message{ID: "m", Kind: "alert", Severity: "critical", Title: "critical: <a> & b", Lines: []string{"1 < 2 & 3 > 2"}, Next: []string{"sourcecov report"}}

// TestSlackRefuses: each answer that Slack gives is told as it is, without the webhook,
// and decides whether the channel, the message or the night is to wait.
func TestSlackRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		code      int
		body      string
		head      string
		posts     int
		temporary bool
		onlyThis  bool
	}{
		{"invalid_payload", 400, "invalid_payload", "", 1, false, true},
		{"action_prohibited", 403, "action_prohibited", "", 1, false, false},
		{"no_service", 404, "no_service", "", 1, false, false},
		{"channel_is_archived", 410, "channel_is_archived", "", 1, false, false},
		{"rollup_error", 500, "rollup_error", "", 3, true, false},
		{"asked to wait for longer than the night does", 429, "rate_limited", "3600", 1, true, false},
		{"redirect", 302, "", "", 1, false, false},
		{"a stranger who repeats what he was asked", 403, "you asked for /services/T0/" + canary + "\x1b[31m", "", 1, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			posts := 0
			s := slackAt(t, func(w http.ResponseWriter, r *http.Request) {
				posts++
				if c.head != "" {
					w.Header().Set("Retry-After", c.head)
				}
				if c.code == 302 {
					w.Header().Set("Location", "/elsewhere")
				}
				w.WriteHeader(c.code)
				fmt.Fprint(w, c.body)
			})
			err := s.Send(t.Context(), storm)
			var refusal *notify.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("Send = %v", err)
			}
			if posts != c.posts || refusal.Temporary != c.temporary || refusal.OnlyThis != c.onlyThis || refusal.Next == "" {
				t.Errorf("%d posts, %+v", posts, refusal)
			}
			if !strings.Contains(refusal.Said, fmt.Sprint(c.code)) || !strings.Contains(c.body, "canary") && !strings.Contains(c.body, "\x1b") && !strings.Contains(refusal.Said, c.body) {
				t.Errorf("it says %q", refusal.Said)
			}
			leaks(t, refusal.Said+refusal.Next)
		})
	}
}

func leaks(t *testing.T, text string) {
	t.Helper()
	for _, part := range append(strings.Split(canary, "/"), "\x1b") {
		if strings.Contains(text, part) {
			t.Errorf("%q is told in %q", part, text)
		}
	}
}

// TestSlackIsTold: texts are escaped, and cut between lines below the limit; who asks to
// wait is asked again.
func TestSlackIsTold(t *testing.T) {
	t.Parallel()
	var texts []string
	asked := 0
	s := slackAt(t, func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		var post struct{ Text string }
		if err := json.NewDecoder(r.Body).Decode(&post); err != nil {
			t.Error(err)
		}
		texts = append(texts, post.Text)
		fmt.Fprint(w, "ok")
	})
	m := storm
	for i := range 40 {
		m.Lines = append(m.Lines, fmt.Sprintf("game %d %s", i, strings.Repeat("<", 200)))
	}
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(texts, "\n")
	if len(texts) < 2 || !strings.HasPrefix(all, "*critical: &lt;a&gt; &amp; b*\n1 &lt; 2 &amp; 3 &gt; 2\n") || !strings.HasSuffix(all, "next: sourcecov report") || strings.Contains(all, "<") {
		t.Errorf("%d posts: %.200s", len(texts), all)
	}
	for i := range 40 {
		if strings.Count(all, fmt.Sprintf("game %d ", i)) != 1 {
			t.Errorf("game %d is not told once", i)
		}
	}
	for _, text := range texts {
		if n := len([]rune(text)); n > 3000 {
			t.Errorf("a post of %d letters", n)
		}
	}
}

// TestSlackIsSilent: what may have arrived is not given again tonight; who is not there
// is told of without his address.
func TestSlackIsSilent(t *testing.T) {
	t.Parallel()
	var posts atomic.Int32 // the handler still stands when Send gives up
	done := make(chan struct{})
	s := slackAt(t, func(w http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		<-done
	})
	t.Cleanup(func() { close(done) })
	s.Patience = 50 * time.Millisecond
	var refusal *notify.Refusal
	if err := s.Send(t.Context(), storm); !errors.As(err, &refusal) || !refusal.Temporary || posts.Load() != 1 {
		t.Errorf("after %d posts: %+v", posts.Load(), refusal)
	}
	leaks(t, refusal.Said)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	nobody, err := notify.NewSlack(gone.URL + "/services/T0/" + canary)
	if err != nil {
		t.Fatal(err)
	}
	nobody.Bound = 500 * time.Millisecond
	if err := nobody.Send(t.Context(), storm); !errors.As(err, &refusal) || !refusal.Temporary {
		t.Errorf("nobody there: %v", err)
	}
	leaks(t, refusal.Said)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := nobody.Send(ctx, storm); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted night: %v", err)
	}
}

func TestSlackURL(t *testing.T) {
	t.Parallel()
	for _, hook := range []string{"", "hooks.slack.com/services/" + canary, "http://example.com/services/" + canary, "ftp://127.0.0.1/" + canary, "https://%zz/" + canary} {
		if _, err := notify.NewSlack(hook); err == nil {
			t.Errorf("%q is taken", hook)
		} else {
			leaks(t, err.Error())
		}
	}
}

// TestFile: a line a message, after those that are there; a file that cannot be written is a refusal.
func TestFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "alerts.jsonl")
	for range 2 {
		if err := (notify.File{Path: name}).Send(t.Context(), storm); err != nil {
			t.Fatal(err)
		}
	}
	body, err := os.ReadFile(name)
	if err != nil || strings.Count(string(body), "\n") != 2 {
		t.Fatalf("%q, %v", body, err)
	}
	var m notify.Message
	if err := json.Unmarshal([]byte(strings.SplitN(string(body), "\n", 2)[0]), &m); err != nil || m.Title != storm.Title {
		t.Errorf("%+v, %v", m, err)
	}
	var refusal *notify.Refusal
	if err := (notify.File{Path: filepath.Dir(name)}).Send(t.Context(), storm); !errors.As(err, &refusal) {
		t.Errorf("a directory: %v", err)
	}
}
