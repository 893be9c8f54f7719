package jobs_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"

	"sourcecov/jobs/record"
)

// TestCounts: how much a first night does and how much less those after it, in counts
// and never in time, which differs between machines. A change of fixtures/counts.txt
// is to be seen by whoever reviews it: -update writes it.
func TestCounts(t *testing.T) {
	t.Parallel()
	bucket, work := copyBucket(t, smallBucket()), t.TempDir()
	late := filepath.Join(bucket, filepath.FromSlash(lateObject))
	body, err := os.ReadFile(late)
	if err == nil {
		err = os.Remove(late)
	}
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	w := tabwriter.NewWriter(&got, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "night\tobjects\tsegments\trelations\tcomputed\tin parts\ttaken over\trows computed\tpartitions\tloads")
	for _, night := range []struct{ name, day string }{{"the first", "22"}, {"nothing new", "23"}, {"one object", "24"}, {"the very same", "24"}} {
		if night.name == "one object" {
			if err := os.WriteFile(late, body, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		out := must(t, 0, "nightly", "--json", "--bucket", bucket, "--workdir", work, "--as-of", "2025-02-"+night.day+"T14:00:00Z")
		run := ofType(t, out, "run")[0]
		if run["already_done"] == true {
			fmt.Fprintf(w, "%s\talready done: nothing\n", night.name)
			continue
		}
		r, _, err := record.Read(filepath.Join(work, "runs", run["run_id"].(string), "run.json"))
		if err != nil {
			t.Fatal(err)
		}
		var computed, parts, over, rows, loads int64
		for _, x := range r.Relations {
			switch {
			case x.Why == "":
				over++
				continue
			case x.Parts != nil:
				parts++
			default:
				computed++
			}
			rows += x.Rows
		}
		for _, p := range r.Plan {
			loads += int64(len(p.Jobs))
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", night.name, r.Run.ObjectsListed, len(r.Inputs.Segments), len(r.Relations), computed, parts, over,
			rows, r.Loaded()+r.Unchanged(), loads)
	}
	w.Flush()
	const golden = "../fixtures/counts.txt"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if lines := func(b []byte) string { return strings.TrimSpace(string(b)) }; lines(got.Bytes()) != lines(want) {
		t.Errorf("nights do more or less than they did; if that is meant, go test ./jobs -run Counts -update\n%s\nbefore:\n%s", &got, want)
	}
}
