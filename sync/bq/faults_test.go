package bq_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/bq"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/warehouse"
	"sourcecov/sync/warehouse/warehousetest"
)

// TestThereAndBack: content that comes back after another is planned and loaded
// under an id of its own, although BigQuery knows the first id for ever. A run
// that lost its receipt finds its own load.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	p := made(t, true)
	past := map[string]warehouse.Receipt{}
	var ids []string
	night := func(hash string, keepReceipt bool) {
		t.Helper()
		planner := warehouse.Planner{Limits: p.Limits(), Target: p.Target, Empty: "empty"}
		jobs, err := planner.Plan([]warehouse.Content{{Table: warehousetest.Games, Parts: []warehouse.Part{{Value: "20250101", Rows: 1, Hash: hash}}}},
			map[string]map[string]warehouse.Receipt{"games": past})
		if err != nil || len(jobs) != 1 {
			t.Fatalf("%d jobs, %v", len(jobs), err)
		}
		load := one(t, jobs[0].ID, hash)
		w := p.open(t) // each night is another process
		load.Mark = fmt.Sprint("night", len(ids))
		outcomes, err := warehouse.Execute(t.Context(), w, []warehouse.Load{load}, func(context.Context) error { return nil })
		if err != nil || outcomes[0] != (warehouse.Outcome{Status: warehouse.Loaded, Rows: 1}) {
			t.Fatalf("%+v, %v", outcomes, err)
		}
		if got := p.rows(t, "games"); len(got) != 1 || !strings.Contains(got[0], `"`+hash+`"`) {
			t.Errorf("after %s it holds %v", hash, got)
		}
		if o, err := w.Find(t.Context(), load); err != nil || o != outcomes[0] {
			t.Errorf("Find = %+v, %v", o, err)
		}
		if ids = append(ids, jobs[0].ID); keepReceipt {
			past["20250101"] = warehouse.Receipt{LoadID: jobs[0].ID, Hash: hash, Rows: 1}
		}
	}
	night("a", true)
	night("b", false)
	night("b", true)
	night("a", true)
	if ids[1] != ids[2] || ids[0] == ids[1] || ids[3] == ids[0] {
		t.Errorf("loads %q", ids)
	}
	want := []string{ids[0] + "-0", ids[1] + "-0", ids[1] + "-1", ids[3] + "-0"}
	slices.Sort(want)
	if !slices.Equal(p.server.JobIDs(), want) {
		t.Errorf("jobs %q, want %q", p.server.JobIDs(), want)
	}
	p.asksOnly(t)
}

// TestOtherStillRuns: a job of another process that has the id of a load and
// still runs is waited for, and what is loaded after it stays.
func TestOtherStillRuns(t *testing.T) {
	for name, staged := range map[string]bool{"media": false, "staged": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := made(t, staged)
			p.server.Inject(bqtest.Fault{Call: "jobs.insert", Nth: 1, Do: bqtest.JobEndless})
			load := one(t, "sourcecov-1", "mine")
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() {
				_, err := p.open(t).Load(ctx, load)
				ended <- err
			}()
			eventually(t, func() bool { return p.server.JobState("sourcecov-1-0") == "RUNNING" })
			cancel() // it is killed, and its job goes on
			<-ended
			go func() {
				next := load
				next.Mark = "another"
				rows, err := p.open(t).Load(t.Context(), next)
				if err == nil && rows != 1 {
					t.Errorf("%d rows", rows)
				}
				ended <- err
			}()
			eventually(t, func() bool { return p.server.Count("jobs.insert") == 2 })
			select {
			case err := <-ended:
				t.Fatalf("it did not wait: %v", err)
			case <-time.After(50 * time.Millisecond):
			}
			if ids := p.server.JobIDs(); len(ids) != 1 {
				t.Errorf("beside the one that runs there are %v", ids)
			}
			p.server.Release()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			if ids := p.server.JobIDs(); !slices.Equal(ids, []string{"sourcecov-1-0", "sourcecov-1-1"}) {
				t.Errorf("jobs %v", ids)
			}
			if got := p.rows(t, "games"); len(got) != 1 || !strings.Contains(got[0], `"mine"`) {
				t.Errorf("it holds %v", got)
			}
			p.asksOnly(t)
		})
	}
}

// TestFindAttempts: of the attempts at a load the newest that succeeded counts, and
// those of other processes, before or after, do not.
func TestFindAttempts(t *testing.T) {
	good, bad := bqtest.Fault{}, bqtest.Fault{Call: "jobs.insert", Do: bqtest.JobInvalid}
	again := bqtest.Fault{Call: "jobs.insert", Do: bqtest.JobBackendError}
	for name, c := range map[string]struct {
		nights []bqtest.Fault // each another process
		want   warehouse.Outcome
	}{
		"failed":                 {[]bqtest.Fault{bad}, warehouse.Outcome{Status: warehouse.Failed}},
		"failed, then loaded":    {[]bqtest.Fault{bad, good}, warehouse.Outcome{Status: warehouse.Loaded, Rows: 2}},
		"loaded at a second try": {[]bqtest.Fault{again}, warehouse.Outcome{Status: warehouse.Loaded, Rows: 1}},
		"loaded, then failed":    {[]bqtest.Fault{good, bad}, warehouse.Outcome{Status: warehouse.Failed}},
		"loaded twice, newest":   {[]bqtest.Fault{good, good}, warehouse.Outcome{Status: warehouse.Loaded, Rows: 2}},
		"loaded, failed, and then": {
			[]bqtest.Fault{good, bad, good}, warehouse.Outcome{Status: warehouse.Loaded, Rows: 3},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := made(t, false)
			var rows []string
			var load warehouse.Load
			for i, fault := range c.nights {
				if fault.Do != "" {
					fault.Nth = i + 1 // the ids of the nights before are taken
					p.server.Inject(fault)
				}
				rows = append(rows, warehousetest.Row("2025-01-01", "x", len(rows))) // to tell them apart
				load = warehousetest.Load(t, warehousetest.Games, "20250101", "sourcecov-1", rows...)
				load.Mark = fmt.Sprint("night", i)
				_, err := p.open(t).Load(t.Context(), load)
				if (err != nil) != (fault.Do == bqtest.JobInvalid) {
					t.Fatal(err)
				}
			}
			if got, err := p.Find(t.Context(), load); err != nil || got != c.want {
				t.Errorf("Find = %+v, %v; want %+v", got, err, c.want)
			}
		})
	}
}

// TestWholeTableKeeps: a load of a whole table takes nothing away that others have set of it.
func TestWholeTableKeeps(t *testing.T) {
	for _, table := range tables {
		p := made(t, false)
		d := p.client(t).Table(table.Name)
		md, err := d.Metadata(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		field(md.Schema, "n").Description = "theirs"
		if _, err := d.Update(t.Context(), bigquery.TableMetadataToUpdate{Schema: md.Schema}, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Load(t.Context(), warehousetest.Load(t, table, warehouse.All, "sourcecov-1", warehousetest.Row("2025-01-01", "a", 1))); err != nil {
			t.Fatal(err)
		}
		if md, err = d.Metadata(t.Context()); err != nil || field(md.Schema, "n").Description != "theirs" {
			t.Errorf("%s: %v, %v", table.Name, types("", md.Schema), err)
		}
	}
}

// eventually waits for what another goroutine brings about.
func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("it has not come about")
}

// TestBigUpload: a file above 16 MiB goes in chunks, and whatever becomes of
// these it is loaded once.
func TestBigUpload(t *testing.T) {
	const rows = 300_000
	noise := warehouse.Table{Name: "noise", Columns: columns("", "name VARCHAR"), Key: []string{"name"}}
	var lines strings.Builder
	for i := range rows {
		fmt.Fprintf(&lines, `,{"name":"%x"}`, sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)}))
	}
	file := parquet(t, noise.Columns, "["+lines.String()[1:]+"]")
	if info, err := os.Stat(file); err != nil || info.Size() <= 16<<20 {
		t.Fatalf("%d bytes are no big file, %v", info.Size(), err)
	}
	for name, faults := range map[string][]bqtest.Fault{
		"nothing goes wrong":      nil,
		"first chunk refused":     {{Nth: 1, Do: bqtest.Chunk503}},
		"last chunk refused":      {{Call: "jobs.insert", Nth: 1, Do: bqtest.Chunk503}},
		"first chunk cut":         {{Nth: 1, Do: bqtest.CutUpload}},
		"last chunk cut":          {{Call: "jobs.insert", Nth: 1, Do: bqtest.CutUpload}},
		"start refused":           {{Call: "upload.start", Nth: 1, Do: bqtest.Status503Before}},
		"last chunk, answer lost": {{Call: "jobs.insert", Nth: 1, Do: bqtest.DropAnswer}},
		"last chunk, then 503":    {{Call: "jobs.insert", Nth: 1, Do: bqtest.Status503After}},
		"one thing after another": {
			{Nth: 1, Do: bqtest.Chunk503}, {Nth: 2, Do: bqtest.CutUpload},
			{Call: "jobs.insert", Nth: 1, Do: bqtest.DropAnswer},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := empty(t, false, func(o *bq.Options) { o.Call = 20 * time.Second })
			if _, err := p.Apply(t.Context(), []warehouse.Table{noise}, nil); err != nil {
				t.Fatal(err)
			}
			p.server.ClearRequests()
			p.server.Inject(faults...)
			got, err := p.Load(t.Context(), warehouse.Load{ID: "sourcecov-big", Table: noise, Partition: warehouse.All, File: file, Rows: rows, Run: "run"})
			if err != nil || got != rows {
				t.Errorf("%d rows, %v", got, err)
			}
			if left := p.server.Planned(); left > 0 {
				t.Errorf("%d faults did not happen", left)
			}
			if n := p.server.Count("upload.chunk"); n == 0 {
				t.Error("it did not go in chunks")
			}
			if ids := p.server.JobIDs(); !slices.Equal(ids, []string{"sourcecov-big-0"}) {
				t.Errorf("jobs %v", ids)
			}
			if md, err := p.client(t).Table("noise").Metadata(t.Context()); err != nil || md.NumRows != rows {
				t.Errorf("it holds %d rows, %v", md.NumRows, err)
			}
			p.asksOnly(t)
		})
	}
}
