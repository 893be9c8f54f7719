package jobs_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"sourcecov/fixtures"
	"sourcecov/sql"
)

// TestBQ: the bq command line, which is not ours, lists the tables of a night and
// prints rows of each that has a type of columns which those before it lack.
func TestBQ(t *testing.T) {
	bq, err := exec.LookPath("bq")
	if err != nil {
		t.Skip("bq, the command line of BigQuery, is not installed here")
	}
	long(t)
	t.Parallel()
	c := newCloud(t)
	c.seed(t, fixtures.Bucket())
	c.migrate(t)
	c.night(t, 0, t.TempDir())
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "bigqueryrc"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	call := func(args ...string) string {
		cmd := exec.Command(bq, append([]string{"--api", c.bq.URL, "--oauth_access_token=dummy", "--project_id", "test",
			"--bigqueryrc", filepath.Join(home, "bigqueryrc")}, args...)...)
		cmd.Env = append(os.Environ(), "CLOUDSDK_CONFIG="+home, "HOME="+home)
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("bq %v: %v\n%s%s", args, err, out, &said)
		}
		return string(out)
	}
	list := call("ls", "coverage")
	var all sync.WaitGroup
	few := make(chan struct{}, 2) // each call takes seconds, most of them to start
	printed := map[string]bool{}
	for _, f := range tables(t) {
		if !strings.Contains(list, f.Name) {
			t.Errorf("bq ls does not list %s:\n%s", f.Name, list)
		}
		if !slices.ContainsFunc(f.Columns, func(c sql.Column) bool { return !printed[c.Type] }) {
			continue // of each type of columns some table is printed
		}
		for _, c := range f.Columns {
			printed[c.Type] = true
		}
		all.Go(func() {
			few <- struct{}{}
			defer func() { <-few }()
			rows := c.holds(t, f.Name)
			out := call("--format=json", "head", "-n", fmt.Sprint(len(rows)), "coverage."+f.Name)
			if n := strings.Count(out, `"`+f.Key[0]+`":`); n != len(rows) || n == 0 {
				t.Errorf("bq head prints %d rows of %s, which has %d:\n%.300s", n, f.Name, len(rows), out)
			}
		})
	}
	all.Wait()
	if !strings.Contains(list, "source_coverage_log_current") {
		t.Errorf("bq ls does not list the view:\n%s", list)
	}
}
