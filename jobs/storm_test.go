package jobs_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	leagues "sourcecov/fixtures/league"
	"sourcecov/sync/notify/notifytest"
)

// TestStorm: somebody empties a table of a whole season, more than a thousand critical
// events in one night, which are one message in Slack and one mail. Nobody hears
// of them again two hours later, and once after four.
func TestStorm(t *testing.T) {
	long(t)
	t.Parallel()
	bucket, work := filepath.Join(t.TempDir(), "bucket"), filepath.Join(t.TempDir(), "work")
	if _, err := leagues.Write(bucket, leagues.Options{Seasons: 1, Seed: 5}); err != nil {
		t.Fatal(err)
	}
	must(t, 0, "nightly", "-q", "--bucket", bucket, "--workdir", work, "--as-of", "2025-07-01T14:00:00Z")
	emptied := writePlatform(t, work, map[string]string{"nba_raw/nbac_team_boxscore": "SELECT * FROM (was) WHERE false"})
	to, box := &slack{status: http.StatusOK}, notifytest.NewPostbox(t, true)
	server := httptest.NewServer(to)
	t.Cleanup(server.Close)
	env := []string{"SOURCECOV_SLACK_WEBHOOK=" + server.URL + "/services/T0/B0/storm", "SSL_CERT_FILE=" + box.CertFile(t)}
	night := func(asOf string) (posts, mails []string, out string) {
		t.Helper()
		said, err := program(t, env, "nightly", "--json", "--bucket", bucket, "--workdir", work, "--as-of", asOf, "--audit", "dir:"+emptied,
			"--alert", "slack", "--alert", "mail:ops@example.com", "--smtp", fmt.Sprintf("127.0.0.1:%d", box.Port)).Output()
		if err != nil {
			t.Fatalf("as of %s: %v\n%s", asOf, err, said)
		}
		for len(box.Mails) > 0 {
			mails = append(mails, <-box.Mails)
		}
		return to.said(), mails, string(said)
	}

	posts, mails, out := night("2025-07-02T14:00:00Z")
	const group = "silent_failure:nba_raw.nbac_team_boxscore"
	lost := 0
	for _, f := range rows(t, filepath.Join(work, "warehouse"), "audit_findings") {
		if f["audit_status"] == "never_processed" {
			lost++
		}
	}
	if lost < 1000 {
		t.Fatalf("only %d games are lost", lost)
	}
	// The rest of the night is in the digest.
	if len(posts) != 2 || len(ofType(t, out, "alert")) != 4 ||
		!strings.HasPrefix(posts[0], fmt.Sprintf("*critical: %s: %d events*\n", group, lost)) ||
		!strings.Contains(posts[0], fmt.Sprintf("\nand %d more\n", lost-10)) || !strings.HasPrefix(posts[1], "*sourcecov on 2025-07-02: ") {
		t.Errorf("%d posts: %q\n%s", len(posts), posts, out)
	}
	if len(mails) != 1 || !strings.Contains(mails[0], fmt.Sprintf("critical: %s: %d new", group, lost)) || !strings.Contains(mails[0], "next: sourcecov report") {
		t.Errorf("%d mails: %q", len(mails), mails)
	}
	if posts, mails, out := night("2025-07-02T16:00:00Z"); len(posts) > 0 || len(mails) > 0 {
		t.Errorf("two hours later it is told again: %q, %q\n%s", posts, mails, out)
	}
	if posts, _, out := night("2025-07-02T18:00:00Z"); len(posts) != 1 || !strings.Contains(posts[0], "0 new; repeated after 4 h") {
		t.Errorf("after four hours: %q\n%s", posts, out)
	}
}
