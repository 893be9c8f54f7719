package bqtest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/bigquery"

	"sourcecov/sync/bqtest"
)

// send sends a request as no client would, and returns status, header and body.
func (w *world) send(method, path, body string, header ...string) (int, http.Header, string) {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), method, w.URL+path, strings.NewReader(body))
	w.must(err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	w.must(err)
	return res.StatusCode, res.Header, string(all)
}

const project = "/bigquery/v2/projects/test"

func TestErrorEnvelope(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	code, header, body := w.send("GET", project+"/datasets/none?prettyPrint=false&fields=etag", "")
	want := `{"error":{"code":404,"errors":[{"domain":"global","message":"Not found: Dataset test:none","reason":"notFound"}],"message":"Not found: Dataset test:none","status":"NOT_FOUND"}}`
	if code != 404 || body != want || !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		t.Errorf("%d %s", code, body)
	}
	for path, want := range map[string]int{
		"GET " + project + "/reservations":                   501,
		"GET /other":                                         501,
		"GET /bigquery/v2/projects/other/datasets":           404,
		"POST " + project + "/datasets":                      400, // no body
		"GET " + project + "/jobs/none":                      404,
		"GET " + project + "/datasets/ds/tables/none/data":   404,
		"GET " + project + "/datasets/ds/routines":           501,
		"POST " + project + "/datasets/ds/tables/t:getIamX":  501,
		"POST /upload" + project + "/jobs?uploadType=other":  501,
		"PUT /upload" + project + "/jobs?upload_id=none":     404,
		"GET /bigquery/v2/projects":                          200,
		"GET /resumable" + project + "/datasets/ds":          200,
		"GET /discovery/v1/apis/bigquery/v2/rest?version=v2": 200,
	} {
		method, at, _ := strings.Cut(path, " ")
		if code, _, body := w.send(method, at, ""); code != want {
			t.Errorf("%s: %d %.200s, want %d", path, code, body, want)
		}
	}
}

func TestGzippedRequest(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, `{"datasetReference":{"datasetId":"zipped"},"defaultPartitionExpirationMs":3600000}`)
	w.must(z.Close())
	code, _, body := w.send("POST", project+"/datasets", b.String(), "Content-Encoding", "gzip")
	if code != 200 || !strings.Contains(body, `"defaultPartitionExpirationMs":"3600000"`) || !strings.Contains(body, `"location":"US"`) {
		t.Errorf("%d %s", code, body)
	}
	if code, _, _ := w.send("POST", project+"/datasets", "no gzip", "Content-Encoding", "gzip"); code != 400 {
		t.Errorf("%d for what is not gzip", code)
	}
}

// job is a load job's resource, as little of it as there may be.
func loadJob(id, more string) string {
	return fmt.Sprintf(`{"jobReference":{"jobId":"%s","projectId":"test"},"configuration":{"load":{"sourceFormat":"PARQUET","destinationTable":{"projectId":"test","datasetId":"ds","tableId":"t"}%s}}}`, id, more)
}

func TestJobsThatAreNotAccepted(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	const from = `,"sourceUris":["gs://b/o"]`
	for _, c := range []struct{ job, says string }{
		{loadJob("a", ``), "must specify at least one source URI"},
		{loadJob("a", from+`,"writeDisposition":"WRITE_SOMETIMES"`), "writeDisposition"},
		{loadJob("a", from+`,"createDisposition":"CREATE_SOMETIMES"`), "createDisposition"},
		{loadJob("a", `,"sourceUris":["gs://b/o#123"]`), "generation"},
		{loadJob("a", from+`,"hivePartitioningOptions":{"mode":"AUTO"}`), "hivePartitioningOptions"},
		{loadJob("a", from+`,"schema":{"fields":[{"name":"a","type":"INT"}]}`), "INT is not a valid value"},
		{loadJob("a b", from), "Invalid job ID"},
		{strings.ReplaceAll(loadJob("a", from), "PARQUET", "NEWLINE_DELIMITED_JSON"), "NEWLINE_DELIMITED_JSON"},
		{`{"configuration":{}}`, "configuration"},
		{`{"configuration":{"extract":{"sourceTable":{}}}}`, "extract jobs"},
		{`{"configuration":{"copy":{"sourceTable":{}}}}`, "copy jobs"},
		{`{"configuration":{"query":{"query":"SELECT 1"}}}`, "legacy SQL"},
		{`{"configuration":{"query":{"query":"SELECT 1","useLegacySql":false}}}`, "this in a query: SELECT 1"},
		{`{"configuration":{"load":{},"query":{}}}`, "one configuration"},
		{`{"configuration":{"labels":{"A":"b"},"query":{"query":"","useLegacySql":false}}}`, "Label"},
		{`{"configuration":`, "Parse Error"},
	} {
		code, _, body := w.send("POST", project+"/jobs", c.job)
		if code != 400 && code != 501 || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %s, want %s", c.job, code, body, c.says)
		}
	}
	if ids := w.JobIDs(); len(ids) > 0 {
		t.Errorf("jobs %v", ids)
	}
}

// bq writes its chunks by PUT and understands status 308.
func TestResumableUploadByPut(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	w.create("t")
	schema := `,"schema":{"fields":[{"name":"game_date","type":"DATE"},{"name":"game","type":"STRING"},{"name":"n","type":"INT64"}]}`
	file := string(parquet(t, day("2024-01-02", 100_000, 0)))
	const chunk = 256 << 10
	if len(file) < chunk+1000 {
		t.Fatalf("the file has %d bytes only", len(file))
	}
	code, header, _ := w.send("POST", "/upload"+project+"/jobs?uploadType=resumable", loadJob("put", schema))
	at, found := strings.CutPrefix(header.Get("Location"), w.URL)
	if code != 200 || !found {
		t.Fatalf("%d %v", code, header)
	}
	put := func(from, to int) (int, http.Header, string) {
		span := fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(file))
		if from == to {
			span = fmt.Sprintf("bytes */%d", len(file))
		}
		return w.send("PUT", at, file[from:to], "Content-Range", span)
	}
	if code, _, _ := put(0, 1000); code != 400 {
		t.Errorf("a chunk of 1000 bytes: %d", code)
	}
	if code, header, _ := put(0, 0); code != 308 || header.Get("Range") != "" {
		t.Errorf("asked at the start: %d %v", code, header)
	}
	for range 2 { // again is harmless
		if code, header, _ := put(0, chunk); code != 308 || header.Get("Range") != "bytes=0-262143" {
			t.Errorf("the first chunk: %d %v", code, header)
		}
	}
	if code, _, _ := put(chunk+100, len(file)); code != 400 {
		t.Errorf("a chunk too far: %d", code)
	}
	_, _, first := put(chunk, len(file))
	code, _, again := put(chunk, len(file))
	if code != 200 || first != again || !strings.Contains(first, `"outputRows":"100000"`) {
		t.Errorf("%s\nand again: %d %s", first, code, again)
	}
	w.holds("t", map[string]int64{"20240102": 100_000})
}

func TestListJobs(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.create("t")
	w.loads(3, parquet(t, day("2024-01-02", 3, 0)), as(games), id("good"))
	w.refuses("invalid", "", []byte("bad"), as(games), id("bad"))
	var got []string
	for _, j := range all(t, w.client.Jobs(t.Context()).Next) {
		got = append(got, fmt.Sprintln(j.ID(), j.LastStatus().State == bigquery.Done, j.LastStatus().Err() != nil))
	}
	if want := []string{"bad true true\n", "good true false\n"}; !slices.Equal(got, want) {
		t.Errorf("jobs %q, want %q", got, want)
	}
}

// A load of several files is one job: the second one fails, the first one is not there.
func TestLoadIsAtomic(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	w.create("t")
	w.loads(1, parquet(t, day("2024-01-09", 1, 0)), as(games))
	before, err := w.ds.Table("t").Metadata(t.Context())
	w.must(err)
	damaged := parquet(t, day("2024-01-02", 100, 0))
	copy(damaged[50:], strings.Repeat("x", 200))
	for name, bad := range map[string][]byte{
		"pages":  damaged,
		"type":   parquet(t, "SELECT DATE '2024-01-02' AS game_date, 'g' AS game, 'x' AS n"),
		"value":  parquet(t, "SELECT DATE '2024-01-02' AS game_date, 'g' AS game, 18446744073709551615::UBIGINT AS n"),
		"format": []byte("PAR1 and nothing of it PAR1"),
	} {
		src := bigquery.NewGCSReference(w.put("1.parquet", parquet(t, day("2024-01-02", 3, 0))), w.put("2-"+name, bad))
		l := w.set(w.ds.Table("t").LoaderFrom(src), &src.FileConfig, []load{as(games), write(bigquery.WriteTruncate)})
		_, err := w.finish(l)
		isJobError(t, err, "invalid", "")
		w.holds("t", map[string]int64{"20240109": 1})
	}
	after, err := w.ds.Table("t").Metadata(t.Context())
	w.must(err)
	if before.ETag != after.ETag || !before.LastModifiedTime.Equal(after.LastModifiedTime) {
		t.Error("the failed loads have changed the table's etag")
	}
}

func TestBigNumeric(t *testing.T) {
	w := newWorld(t, bqtest.Options{Polls: bqtest.AtOnce})
	schema := bigquery.Schema{{Name: "x", Type: bigquery.BigNumericFieldType}}
	w.must(w.ds.Table("t").Create(t.Context(), &bigquery.TableMetadata{Schema: schema}))
	both := func(l *bigquery.Loader, _ *bigquery.FileConfig) {
		l.DecimalTargetTypes = []bigquery.DecimalTargetType{bigquery.NumericTargetType, bigquery.BigNumericTargetType}
	}
	w.loads(1, parquet(t, "SELECT 1.50::DECIMAL(38,20) AS x"), as(schema), both)
	w.loads(1, parquet(t, "SELECT 200::DECIMAL(18,0) AS x"), as(schema), both)
	w.rows("t", `{"x":"1.5"}`, `{"x":"200"}`)
}
