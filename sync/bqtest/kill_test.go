package bqtest_test

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"testing"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/option"

	"sourcecov/sync/bqtest"
)

const victim = "BQTEST_VICTIM" // URL of the server that the killed process loads into

// TestVictim is no test of its own: it is the process that TestKilledClient kills.
func TestVictim(t *testing.T) {
	url := os.Getenv(victim)
	if url == "" {
		return
	}
	client, err := bigquery.NewClient(t.Context(), "test", option.WithEndpoint(url+"/bigquery/v2/"), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(os.Getenv(victim + "_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	src := bigquery.NewReaderSource(bytes.NewReader(body))
	src.SourceFormat = bigquery.Parquet
	l := client.Dataset("ds").Table("t").LoaderFrom(src)
	l.JobID, l.Location = "victim", "EU"
	job, err := l.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := job.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A client that is killed at any boundary leaves the job there or not there,
// and the server as good as before.
func TestKilledClient(t *testing.T) {
	small, big := parquet(t, "SELECT 'x' AS noise"), parquet(t, "SELECT sha256(i::VARCHAR) AS noise FROM range(400_000) r(i)")
	for _, c := range []struct {
		call     string
		when     bqtest.When
		body     []byte
		rows     int64
		accepted bool
	}{
		{"jobs.insert", bqtest.Before, small, 1, true}, // all of the request was there
		{"jobs.insert", bqtest.After, small, 1, true},
		{"jobs.get", bqtest.Before, small, 1, true},
		{"upload.start", bqtest.After, big, 0, false},
		{"upload.chunk", bqtest.Before, big, 0, false},
		{"jobs.insert", bqtest.After, big, 400_000, true},
	} {
		t.Run(c.call+" "+string(c.when), func(t *testing.T) {
			var mu sync.Mutex
			var process *os.Process
			killed := false
			w := newWorld(t, bqtest.Options{OnRequest: func(r bqtest.Request, when bqtest.When) {
				mu.Lock()
				defer mu.Unlock()
				if process != nil && r.Call == c.call && when == c.when {
					killed = true
					process.Kill()
				}
			}})
			w.must(w.ds.Table("t").Create(t.Context(), &bigquery.TableMetadata{Schema: bigquery.Schema{{Name: "noise", Type: bigquery.StringFieldType}}}))
			file := t.TempDir() + "/x.parquet"
			w.must(os.WriteFile(file, c.body, 0o600))
			cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
			cmd.Env = append(os.Environ(), victim+"="+w.URL, victim+"_FILE="+file)
			mu.Lock()
			w.must(cmd.Start())
			process = cmd.Process
			mu.Unlock()
			err := cmd.Wait()
			mu.Lock()
			defer mu.Unlock()
			if !killed || err == nil {
				t.Fatalf("the client was not killed: %v", err)
			}
			w.eventually(func() bool { return (w.JobState("victim") != "") == c.accepted })
			rows, err := w.Rows("ds", "t")
			w.must(err)
			if int64(len(rows)) != c.rows {
				t.Errorf("%d rows, want %d", len(rows), c.rows)
			}
		})
	}
}
