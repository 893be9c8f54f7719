package jobs_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sourcecov/jobs"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/gcs"
	"sourcecov/sync/gcs/gcstest"
	"sourcecov/sync/state"
)

const (
	insertAll = "still uses insertAll"
	migrating = "sourcecov migrate --apply --warehouse bq:test."
)

// TestDoctor: one fault at a time, in a cloud and on a disk that are in order
// else. Every other line stays as it is.
func TestDoctor(t *testing.T) {
	t.Parallel()
	oldest := time.Date(2026, 1, 2, 1, 30, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		spoil func(t *testing.T, c cloud, work string)
		args  []string // instead of those of a cloud in order
		exit  int
		want  []wanted
	}{
		"no such bucket": {args: []string{"--bucket", "gs://nowhere"}, exit: 2, want: []wanted{
			{status: "fail", check: "bucket", subject: "gs://nowhere", found: "gs://nowhere does not exist",
				next: "gcloud storage ls"},
			{status: "not asked", check: "bucket", subject: "gs://nowhere",
				found: "permissions: there is no such bucket"}}},
		"no bucket for anything": {args: []string{"--bucket", "gs://nowhere", "--state", "gs://nowhere/s", "--staging",
			"gs://nowhere/in"}, exit: 2, want: []wanted{
			{status: "fail", check: "bucket", subject: "gs://nowhere", found: "gs://nowhere does not exist",
				next: "gcloud storage ls"},
			{status: "not asked", check: "bucket", subject: "gs://nowhere",
				found: "permissions: there is no such bucket"},
			{status: "not asked", check: "state", subject: "gs://nowhere/s", found: "there is no such bucket",
				many: true},
			{status: "not asked", check: "state", subject: "loads", found: "the state cannot be read"},
			{status: "not asked", check: "staging", found: "there is no such bucket", many: true}}},
		"nothing under the prefix": {args: []string{"--bucket", "gs://scraped/nba-com"}, exit: 2, want: []wanted{
			{status: "fail", check: "bucket", subject: "gs://scraped/nba-com",
				found: "no object of any source is in it, only gamebooks-data/, player-boxscores/, schedule-cdn/ and others; " +
					"the objects are in gs://scraped, above it; it is in US",
				next: "--bucket gs://scraped"},
			{status: "ok", check: "bucket", subject: "gs://scraped/nba-com", found: "granted: storage.objects.get"}}},
		"a source without an object": {
			spoil: func(t *testing.T, c cloud, _ string) {
				for _, name := range c.gcs.Names("scraped") {
					if strings.HasPrefix(name, "espn/") {
						c.gcs.Remove(t, "scraped", name)
					}
				}
			}, want: []wanted{{status: "warning", check: "bucket", subject: "gs://scraped",
				found: "no object of espn_scoreboard", next: "espn/scoreboard/"}}},
		"the bucket may not be read": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.gcs.Inject(gcstest.Fault{Kind: gcstest.Forbidden, URL: "/b/scraped/o", Times: -1})
				c.gcs.Deny("storage.objects.list")
			}, exit: 2, want: []wanted{
				{status: "not asked", check: "bucket", subject: "gs://scraped", found: "the permission below is lacking"},
				{status: "fail", check: "bucket", subject: "gs://scraped",
					found: "permission denied: 403 Forbidden: tester@example.com",
					next:  "gs://scraped --member=WHO --role=roles/storage.objectViewer"},
				{status: "fail", check: "state", subject: "gs://ours/state", found: "lacking: storage.objects.list",
					next: "gs://ours --member=WHO --role=roles/storage.objectUser"}}},
		"where the bucket is may not be asked": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.gcs.Inject(gcstest.Fault{Kind: gcstest.Forbidden, URL: "/b/scraped?", Times: -1})
			}, want: []wanted{{status: "ok", check: "bucket", subject: "gs://scraped",
				found: "a night need not know"}}},
		"the state cannot be written": {
			spoil: func(t *testing.T, c cloud, _ string) { c.gcs.Deny("storage.objects.create") }, exit: 2,
			want: []wanted{
				{status: "fail", check: "state", subject: "gs://ours/state", found: "lacking: storage.objects.create",
					next: "roles/storage.objectUser"},
				{status: "fail", check: "staging", subject: "gs://ours/staged",
					found: "lacking: storage.objects.create", next: "roles/storage.objectUser"}}},
		"the state's HEAD is damaged": {
			spoil: func(t *testing.T, c cloud, _ string) { c.gcs.Put("ours", "state/HEAD-00000001", []byte("{")) },
			exit:  2, want: []wanted{
				{status: "fail", check: "state", subject: "gs://ours/state", found: "HEAD-00000001 is damaged",
					next: "put it back from a backup"},
				{status: "not asked", check: "state", subject: "loads", found: "the state cannot be read"}}},
		"no bucket for the state": {args: []string{"--state", "gs://nowhere/s"}, exit: 2, want: []wanted{
			{status: "fail", check: "state", subject: "gs://nowhere/s", found: "does not exist",
				next: "gcloud storage buckets create gs://nowhere"},
			{status: "not asked", check: "state", subject: "gs://nowhere/s", found: "there is no such bucket"},
			{status: "not asked", check: "state", subject: "loads", found: "the state cannot be read"}}},
		"loads that nobody knows of": {spoil: intend, want: []wanted{
			{status: "ok", check: "state", subject: "gs://ours/state",
				found: "HEAD is number 1, the newest as-of 2025-04-20T14:00:00Z"},
			{status: "warning", check: "state", subject: "loads",
				found: "1 load into bq:test.coverage intended and not accounted for", next: "sourcecov nightly"},
			{status: "warning", check: "staging", subject: "leftovers",
				found: "1 file of loads that are not accounted for: run/load-1.parquet", next: "sourcecov nightly"},
			{status: "warning", check: "staging", subject: "leftovers",
				found: "2 files of loads that are over or unknown: old/a.parquet, old/b.parquet",
				next:  "gcloud storage rm gs://ours/staged/old/a.parquet gs://ours/staged/old/b.parquet"}}},
		"no such dataset": {args: []string{"--warehouse", "bq:test.other"}, exit: 2, want: []wanted{
			{status: "fail", check: "warehouse", subject: "bq:test.other", found: "there is no such dataset",
				next: migrating + "other --staging gs://ours/staged"},
			{status: "not asked", check: "tables", subject: "bq:test.other", found: "there is no dataset"},
			{status: "not asked", check: "permissions", subject: "tables", found: "there is no dataset"},
			{status: "not asked", check: "staging", subject: "gs://ours/staged",
				found: "whether US is beside the dataset"},
			{status: "not asked", check: "streaming", subject: "15 tables", found: "there is no dataset"}}},
		"a dataset without tables": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.api(t, http.MethodPost, "", `{"datasetReference":{"projectId":"test","datasetId":"bare"},"location":"US"}`)
				c.bq.ClearRequests()
			}, args: []string{"--warehouse", "bq:test.bare"}, exit: 2, want: []wanted{
				{status: "ok", check: "warehouse", subject: "bq:test.bare", found: "the dataset is in US"},
				{status: "fail", check: "tables", subject: "bq:test.bare",
					found: "16 of 16 tables and views are not there: source_status, chain_resolution, player_game_summary " +
						"and 13 more", next: migrating + "bare --staging gs://ours/staged"},
				{status: "not asked", check: "permissions", subject: "15 tables", found: "no such table yet"},
				{status: "not asked", check: "streaming", subject: "bare.", found: "no such table", many: true}}},
		"the dataset is elsewhere": {args: []string{"--location", "EU"}, exit: 2, want: []wanted{
			{status: "fail", check: "warehouse", subject: "bq:test.coverage", found: "wanted location EU; there is US",
				next: "--location US"}}},
		"what is old vanishes": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.api(t, http.MethodPatch, "/coverage", `{"defaultPartitionExpirationMs":"5184000000"}`)
				c.bq.ClearRequests()
			}, exit: 2, want: []wanted{{status: "fail", check: "warehouse", subject: "bq:test.coverage",
				found: "games older than that would vanish",
				next:  "bq update --default_partition_expiration=0 --default_table_expiration=0 test:coverage"}}},
		"a column is lacking": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.remake(t, "source_status", func(f []any) []any {
					return slices.DeleteFunc(f, func(x any) bool { return x.(map[string]any)["name"] == "reason" })
				})
			}, exit: 2, want: []wanted{
				{status: "fail", check: "tables", subject: "source_status.reason",
					found: "wanted STRING; there is no such column", next: migrating + "coverage"},
				{status: "ok", check: "tables", subject: "bq:test.coverage",
					found: "15 of 16 tables and views are as the SQL files declare them"}}},
		"a column of another type": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.remake(t, "source_status", func(f []any) []any {
					for _, x := range f {
						if x := x.(map[string]any); x["name"] == "rows_found" {
							x["type"] = "STRING"
						}
					}
					return f
				})
			}, exit: 2, want: []wanted{
				{status: "fail", check: "tables", subject: "source_status.rows_found",
					found: "wanted INTEGER; there is STRING",
					next: "by hand, for migrate takes nothing away: bq cp test:coverage.source_status " +
						"test:coverage.source_status_before"},
				{status: "ok", check: "tables", subject: "bq:test.coverage",
					found: "15 of 16 tables and views are as the SQL files declare them"}}},
		"a table is not there": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.api(t, http.MethodDelete, "/coverage/tables/known_gaps", "")
				c.bq.ClearRequests()
			}, exit: 2, want: []wanted{
				{status: "fail", check: "tables", subject: "known_gaps", found: "wanted a table of",
					next: migrating + "coverage"},
				{status: "ok", check: "tables", subject: "bq:test.coverage",
					found: "15 of 16 tables and views are as the SQL files declare them"},
				{status: "ok", check: "permissions", subject: fmt.Sprintf("%d tables", len(tables(t))-1),
					found: "granted: bigquery.tables.get"},
				{status: "not asked", check: "permissions", subject: "1 table", found: "no such table yet: known_gaps"},
				{status: "not asked", check: "streaming", subject: "coverage.known_gaps", found: "no such table"}}},
		"another description": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.api(t, http.MethodPatch, "/coverage/tables/known_gaps", `{"description":"x"}`)
				c.bq.ClearRequests()
			}, want: []wanted{
				{status: "warning", check: "tables", subject: "known_gaps",
					found: `there is "x"; loads are right without it`, next: migrating + "coverage"},
				{status: "ok", check: "tables", subject: "bq:test.coverage",
					found: "15 of 16 tables and views are as the SQL files declare them"}}},
		"tables may not be written": {
			spoil: func(t *testing.T, c cloud, _ string) { c.bq.Deny("bigquery.tables.updateData") }, exit: 2,
			want: []wanted{
				{status: "fail", check: "permissions", subject: fmt.Sprintf("%d tables", len(tables(t))),
					found: "lacking: bigquery.tables.updateData on source_status, chain_resolution",
					next:  "GRANT `roles/bigquery.dataEditor` ON SCHEMA `test.coverage`"}}},
		"tables may not be looked at": {
			spoil: func(t *testing.T, c cloud, _ string) { c.bq.Deny("bigquery.tables.get") }, exit: 2, want: []wanted{
				{status: "not asked", check: "tables", subject: "bq:test.coverage", found: "the permission below is lacking"},
				{status: "fail", check: "permissions", subject: fmt.Sprintf("%d tables", len(tables(t))),
					found: "lacking: bigquery.tables.get on", next: "roles/bigquery.dataEditor"},
				{status: "not asked", check: "streaming", subject: "15 tables of coverage",
					found: "the permission above is lacking"},
				{status: "warning", check: "streaming", subject: "3 tables of nba_analytics", found: "403 Access Denied",
					next: "ON SCHEMA `test.nba_analytics`"},
				{status: "warning", check: "streaming", subject: "6 tables of nba_raw", found: "403 Access Denied",
					next: "ON SCHEMA `test.nba_raw`"}}},
		"the dataset may not be looked at": {
			spoil: func(t *testing.T, c cloud, _ string) { c.bq.Deny("bigquery.datasets.get") }, exit: 2,
			want: []wanted{
				{status: "fail", check: "warehouse", subject: "bq:test.coverage", found: "403 Access Denied",
					next: "roles/bigquery.metadataViewer"},
				{status: "not asked", check: "tables", subject: "bq:test.coverage",
					found: "the dataset could not be looked at"},
				{status: "not asked", check: "permissions", subject: "tables",
					found: "the dataset could not be looked at"},
				{status: "not asked", check: "staging", subject: "gs://ours/staged",
					found: "whether US is beside the dataset"}}},
		"somebody streams": {
			spoil: func(t *testing.T, c cloud, _ string) {
				for table, dataset := range map[string]string{"known_gaps": "coverage",
					"nbac_team_boxscore": "nba_raw"} {
					if err := c.bq.Stream(dataset, table, 7, oldest); err != nil {
						t.Fatal(err)
					}
				}
			}, want: []wanted{
				{status: "warning", check: "streaming", subject: "coverage.known_gaps",
					found: "about 7 rows since 2026-01-02T01:30:00Z are in the streaming buffer: UPDATE, DELETE and " +
						"MERGE on them are refused for up to 90 minutes; something besides sourcecov " + insertAll,
					next: "stop it"},
				{status: "warning", check: "streaming", subject: "nba_raw.nbac_team_boxscore",
					found: "the processor of nbac_team_boxscore " + insertAll,
					next:  "move that processor to load jobs"}}},
		"the staging bucket is elsewhere": {
			spoil: func(t *testing.T, c cloud, _ string) { c.gcs.CreateBucket("far", "EUROPE-WEST1") },
			args:  []string{"--staging", "gs://far/x"}, exit: 2, want: []wanted{
				{status: "fail", check: "staging", subject: "gs://far/x",
					found: "it is in EUROPE-WEST1 and the dataset in US", next: "--location=US"},
				{status: "ok", check: "staging", subject: "gs://far/x", found: "granted: storage.buckets.get"}}},
		"no bucket for staging": {args: []string{"--staging", "gs://nowhere"}, exit: 2, want: []wanted{
			{status: "fail", check: "staging", subject: "gs://nowhere", found: "does not exist",
				next: "gcloud storage buckets create"},
			{status: "not asked", check: "staging", subject: "gs://nowhere",
				found: "permissions: there is no such bucket"},
			{status: "not asked", check: "staging", subject: "leftovers", found: "there is no such bucket"}}},
		"the staging bucket may not be looked at": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.gcs.Inject(gcstest.Fault{Kind: gcstest.Forbidden, URL: "/b/ours?", Times: -1})
				c.gcs.Deny("storage.buckets.get")
			}, exit: 2, want: []wanted{
				{status: "not asked", check: "staging", subject: "gs://ours/staged", found: "the permission below is lacking"},
				{status: "fail", check: "staging", subject: "gs://ours/staged", found: "lacking: storage.buckets.get",
					next: "roles/storage.legacyBucketReader"}}},
		"the working directory is another bucket's": {
			spoil: func(t *testing.T, _ cloud, work string) { write(t, filepath.Join(work, "bucket"), "gs://others") },
			exit:  2, want: []wanted{
				{status: "fail", check: "workdir", subject: "bucket",
					found: "belongs to the bucket gs://others, not to gs://scraped", next: "--workdir ANOTHER"}}},
		"a damaged landing": {
			spoil: func(t *testing.T, _ cloud, work string) {
				write(t, filepath.Join(work, "landing", "segment-000001.parquet"), "PAR1")
				write(t, filepath.Join(work, "landing", "notes.txt"), "")
			}, exit: 2, want: []wanted{
				{status: "fail", check: "workdir", subject: "landing",
					found: "of 2 files not as written, or gone: segment-000001.parquet", next: "sourcecov repair"}}},
		"places that name nothing": {args: []string{"--bucket", "gs://X", "--warehouse", "bq:test", "--staging",
			"staged"}, exit: 2, want: []wanted{
			{status: "fail", check: "bucket", subject: "gs://X", found: "what is not a directory",
				next: "--bucket gs://NAME/PREFIX"},
			{status: "not asked", check: "bucket", subject: "gs://X", found: "names nothing that can be asked"},
			{status: "not asked", check: "state", subject: "loads", found: "without a warehouse nobody can tell"},
			{status: "fail", check: "warehouse", subject: "bq:test", found: "is no PROJECT.DATASET",
				next: "--warehouse bq:PROJECT.DATASET"},
			{status: "not asked", check: "tables", subject: "bq:test", found: "names nothing that can be asked"},
			{status: "not asked", check: "permissions", subject: "tables", found: "names nothing that can be asked"},
			{status: "fail", check: "staging", subject: "staged", found: "what is not a directory",
				next: "--staging gs://NAME/PREFIX"},
			{status: "not asked", check: "staging", subject: "staged", found: "names nothing that can be asked"},
			{status: "not asked", check: "staging", subject: "leftovers", found: "names nothing that can be asked"},
			{status: "not asked", check: "streaming", subject: "every table", found: "only BigQuery"}}},
		"a state that names nothing": {args: []string{"--state", "s3://x"}, exit: 2, want: []wanted{
			{status: "fail", check: "state", subject: "s3://x", found: "what is not a directory",
				next: "--state gs://NAME/PREFIX"},
			{status: "not asked", check: "state", subject: "s3://x", found: "names nothing that can be asked"},
			{status: "not asked", check: "state", subject: "loads", found: "the state cannot be read"}}},
		"no SQL files": {args: []string{"--sql", "nowhere"}, exit: 2, want: []wanted{
			{status: "fail", check: "sql", subject: "nowhere", found: "no such directory", next: "--sql with the folder"},
			{status: "not asked", check: "bucket", subject: "gs://scraped",
				found: "the SQL files say where objects lie"},
			{status: "not asked", check: "state", subject: "loads", found: "not in order"},
			{status: "not asked", check: "tables", subject: "bq:test.coverage", found: "not in order"},
			{status: "not asked", check: "permissions", subject: "tables", found: "not in order"},
			{status: "not asked", check: "streaming", subject: "every table", found: "not in order"}}},
		"Cloud Storage is down": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.gcs.Inject(gcstest.Fault{Kind: gcstest.Unavailable, Times: -1})
			}, exit: 5, want: []wanted{
				{status: "fail", check: "bucket", subject: "gs://scraped",
					found: "temporary failure: 503 Service Unavailable", next: "sourcecov doctor again, later"},
				{status: "not asked", check: "bucket", subject: "gs://scraped",
					found: "permissions: Cloud Storage did not answer"},
				{status: "not asked", check: "state", subject: "gs://ours/state",
					found: "Cloud Storage did not answer"},
				{status: "not asked", check: "state", subject: "gs://ours/state",
					found: "permissions: Cloud Storage did not answer"},
				{status: "not asked", check: "state", subject: "loads", found: "the state cannot be read"},
				{status: "not asked", check: "staging", subject: "gs://ours/staged",
					found: "Cloud Storage did not answer"},
				{status: "not asked", check: "staging", subject: "gs://ours/staged",
					found: "permissions: Cloud Storage did not answer"},
				{status: "not asked", check: "staging", subject: "leftovers", found: "Cloud Storage did not answer"}}},
		"BigQuery is down, and a bucket is not there": {
			spoil: func(t *testing.T, c cloud, _ string) { c.bq.Inject(bqtest.Fault{Do: bqtest.Status503Before}) },
			args:  []string{"--bucket", "gs://nowhere"}, exit: 2, want: []wanted{
				{status: "fail", check: "bucket", subject: "gs://nowhere", found: "does not exist",
					next: "gcloud storage ls"},
				{status: "not asked", check: "bucket", subject: "gs://nowhere", found: "there is no such bucket"},
				{status: "fail", check: "warehouse", subject: "bq:test.coverage", found: "503",
					next: "sourcecov doctor again, later"},
				{status: "not asked", check: "tables", subject: "bq:test.coverage",
					found: "the dataset could not be looked at"},
				{status: "not asked", check: "permissions", subject: "tables",
					found: "the dataset could not be looked at"},
				{status: "not asked", check: "staging", subject: "gs://ours/staged", found: "whether US is beside"},
				{status: "not asked", check: "streaming", subject: "", found: "BigQuery did not answer", many: true}}},
		"BigQuery goes down meanwhile": {
			spoil: func(t *testing.T, c cloud, _ string) {
				c.bq.Inject(bqtest.Fault{Call: "tables.get", Do: bqtest.Status503Before})
			}, exit: 5, want: []wanted{
				{status: "fail", check: "tables", subject: "bq:test.coverage", found: "503",
					next: "sourcecov doctor again, later"},
				{status: "not asked", check: "permissions", subject: "", found: "BigQuery did not answer", many: true},
				{status: "not asked", check: "streaming", subject: "", found: "BigQuery did not answer", many: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, work := newHealthyCloud(t), t.TempDir()
			healthy, failure := c.doctor(t, 0, c.flags(work)...)
			if failure != nil || len(healthy) < 30 {
				t.Fatalf("in order there are %d lines and the failure %v", len(healthy), failure)
			}
			inOrder := c.requests()
			if test.spoil != nil {
				test.spoil(t, c, work)
			}
			before, asked := tree(t, work), c.requests()
			got, failure := c.doctor(t, test.exit, append(c.flags(work), test.args...)...)
			if n := c.requests() - asked; n > 3*inOrder/2 { // a service that is down is left alone
				t.Errorf("it asked %d times, and %d times when all was in order", n, inOrder)
			}
			looks := 0
			for _, r := range c.gcs.Requests() {
				if strings.Contains(r.URL, "nowhere") {
					looks++
				}
			}
			if looks > 1 {
				t.Errorf("it asked %d times for a bucket that is not there", looks)
			}
			compareLines(t, healthy, got, test.want)
			if diff := cmp.Diff(before, tree(t, work)); diff != "" {
				t.Errorf("the working directory has changed (-before +after)\n%s", diff)
			}
			checkFailure(t, got, failure, test.exit)
		})
	}
}

// checkFailure: the error is the first failure that somebody has to mend, else the first.
func checkFailure(t *testing.T, got [][5]string, failure map[string]any, exit int) {
	t.Helper()
	if exit == 0 {
		if failure != nil {
			t.Errorf("nothing fails, and the error is %v", failure)
		}
		return
	}
	at := slices.IndexFunc(got, func(l [5]string) bool {
		return l[0] == "fail" && (exit == 5 || !strings.Contains(l[4], "doctor again, later"))
	})
	if at < 0 || failure["error"] != got[at][1]+" "+got[at][2]+": "+got[at][3] || exit == 2 &&
		failure["next"] != got[at][4] || failure["next"] == "" {
		t.Errorf("the error is %v, of the lines %q", failure, got)
	}
}

// intend leaves behind what a killed night does: an intent without a receipt and
// its file; and files of loads of which nobody has heard.
func intend(t *testing.T, c cloud, _ string) {
	t.Helper()
	client, err := gcs.Open(t.Context(), gcs.Options{Endpoint: c.gcs.Endpoint()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	asOf := time.Date(2025, 4, 20, 14, 0, 0, 0, time.UTC)
	_, err = state.Open(client.Bucket("ours", "state")).Append(t.Context(), state.Head{}, asOf,
		state.Rows{Intents: []state.Intent{
			{LoadID: "load-1", Target: "bq:test.coverage", Table: "known_gaps", JobPartition: "all", Partition: "all",
				Rows: 1, RunID: "run", AsOf: asOf},
			{LoadID: "load-2", Target: "bq:test.elsewhere", Table: "known_gaps", JobPartition: "all", Partition: "all",
				Rows: 1, RunID: "run", AsOf: asOf},
		}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"run/load-1.parquet", "old/a.parquet", "old/b.parquet"} {
		c.gcs.Put("ours", "staged/"+name, []byte("x"))
	}
}

func write(t *testing.T, name, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestDoctorAfterANight: what a night leaves behind is in order, in a cloud and on a disk.
func TestDoctorAfterANight(t *testing.T) {
	long(t)
	t.Parallel()
	c, work := newHealthyCloud(t), t.TempDir()
	c.night(t, 0, work)
	c.bq.ClearRequests()
	got, _ := c.doctor(t, 0, c.flags(work)...)
	for _, w := range []wanted{
		{status: "ok", check: "state", subject: "gs://ours/state", found: "the newest as-of 2025-04-20T14:00:00Z"},
		{status: "ok", check: "state", subject: "loads", found: "each that was intended into bq:test.coverage is " +
			"accounted for"},
		{status: "ok", check: "workdir", subject: "bucket", found: "belongs to gs://scraped"},
		{status: "ok", check: "workdir", subject: "landing", found: "3 files, each as it was written"},
		{status: "ok", check: "staging", subject: "leftovers", found: "nothing waits there"},
	} {
		if !slices.ContainsFunc(got, w.is) {
			t.Errorf("there is no line %+v in %q", w, got)
		}
	}
	before := tree(t, work)
	c.must(t, 0, append([]string{"doctor", "-q"}, c.flags(work)...)...)
	if diff := cmp.Diff(before, tree(t, work)); diff != "" {
		t.Errorf("the working directory has changed (-before +after)\n%s", diff)
	}
}

// TestDoctorWithoutCredentials: that there are none is one line, and what can be
// asked all the same is.
func TestDoctorWithoutCredentials(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "nowhere.json"))
	work := t.TempDir()
	var out, said bytes.Buffer
	code := jobs.Main(context.Background(), jobs.World{Args: append([]string{"doctor", "--json"},
		cloud{}.flags(work)...),
		Getenv: func(string) string { return "" }, Stdout: &out, Stderr: &said, Now: time.Now})
	if code != 2 {
		t.Errorf("exit %d, want 2", code)
	}
	var got []string
	for _, l := range ofType(t, out.String(), "doctor") {
		got = append(got, fmt.Sprint(l["status"], " ", l["check"], " ", l["subject"]))
		if next, _ := l["next"].(string); l["status"] == "fail" &&
			!strings.HasPrefix(next, "gcloud auth application-default login") {
			t.Errorf("%v: next is %q", l["found"], next)
		}
	}
	want := []string{
		"ok sql inside this program", "fail credentials Google Cloud",
		"not asked bucket gs://scraped", "not asked bucket gs://scraped",
		"not asked state gs://ours/state", "not asked state gs://ours/state", "not asked state loads",
		"ok workdir " + work, "ok workdir bucket", "ok workdir landing",
		"not asked warehouse bq:test.coverage", "not asked tables bq:test.coverage", "not asked permissions tables",
		"not asked staging gs://ours/staged", "not asked staging gs://ours/staged", "not asked staging leftovers",
		"not asked streaming every table",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the lines differ (-want +got)\n%s", diff)
	}
}

// TestDoctorInterrupted: what was interrupted tells nothing and says so.
func TestDoctorInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := newHealthyCloud(t)
	code, out, said := c.run(ctx, append([]string{"doctor"}, c.flags(t.TempDir())...)...)
	if code != 130 || out != "" || !strings.Contains(said, "interrupted") {
		t.Errorf("exit %d\n%s%s", code, out, said)
	}
}
