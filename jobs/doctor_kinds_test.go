package jobs_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sourcecov/jobs"
)

// TestDoctorReadsTheSQL: a file that gives something else than its header says is named
// with the difference, each in a line of its own, and none that only reads it.
func TestDoctorReadsTheSQL(t *testing.T) {
	long(t)
	t.Parallel()
	for name, x := range map[string]struct {
		file   string
		change func(string) string
		says   []string
	}{
		"another type": {"model/path_game.sql", replace("path_game VARCHAR --", "path_game DATE --"),
			[]string{"sql/model/path_game.sql:5: column 1 is produced as path_game VARCHAR but declared as path_game DATE"}},
		"a column too many": {"model/path_game.sql", replace("-- column: path_game", "-- column: more DATE -- x\n-- column: path_game"),
			[]string{"sql/model/path_game.sql:"}},
		"another type of a report": {"report/run_counts.sql", replace("-- column: gaps_open BIGINT", "-- column: gaps_open VARCHAR"),
			[]string{"gaps_open BIGINT but declared as gaps_open VARCHAR"}},
		"a column that no relation has": {"check/schedule_is_there.sql", replace("SELECT", "SELECT nothing_of_that,"),
			[]string{`run sql/check/schedule_is_there.sql: Binder Error: Referenced column "nothing_of_that" not found`}},
		"over what there is not": {"check/never.sql", func(string) string {
			return "-- A check.\n-- grain: a\n-- severity: block\n-- finds: x\n-- over: reference.sources where nothing > 1\n" +
				"-- reads: reference.sources\n-- column: a BIGINT -- a\nSELECT count(*) AS a FROM reference.sources\n"
		}, []string{`sql/check/never.sql:5: Binder Error: Referenced column "nothing" not found`}},
		"a state table": {"schema/001_runs.sql", replace("-- column: run_key VARCHAR", "-- column: run_key DATE"),
			[]string{"sql/schema/001_runs.sql:"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, said := run(t.Context(), "doctor", "--json", "--workdir", t.TempDir(), "--sql", sqlDir(t, x.file, x.change))
			var wrong []string
			for _, l := range ofType(t, out, "doctor") {
				if l["check"] == "sql" {
					wrong = append(wrong, fmt.Sprint(l["status"], " ", l["found"], " ", l["next"]))
				}
			}
			if code != 2 || len(wrong) != len(x.says) {
				t.Fatalf("exit %d %q\n%s%s", code, wrong, out, said)
			}
			for i, says := range x.says {
				if !strings.Contains(wrong[i], says) || !strings.HasSuffix(wrong[i], "fix the file, or run without --sql") {
					t.Errorf("it says %s", wrong[i])
				}
			}
		})
	}
}

// TestDoctorRefusedCredentials: credentials that Google does not accept are one failure,
// not one of each place.
func TestDoctorRefusedCredentials(t *testing.T) {
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`)
	}))
	defer refuses.Close()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"type": "service_account", "project_id": "test", "private_key_id": "1",
		"private_key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email": "tester@example.com", "client_id": "1", "token_uri": refuses.URL})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.json")
	write(t, file, string(body))
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	for _, of := range [][]string{cloud{}.flags(t.TempDir()), {"--workdir", t.TempDir(), "--warehouse", "bq:test.coverage"}} {
		var out, said bytes.Buffer
		code := jobs.Main(t.Context(), jobs.World{Args: append([]string{"doctor", "--json"}, of...),
			Getenv: environment, Stdout: &out, Stderr: &said, Now: time.Now})
		lines := ofType(t, out.String(), "doctor")
		failed := slices.DeleteFunc(slices.Clone(lines), func(l map[string]any) bool { return l["status"] != "fail" })
		if code != 2 || len(failed) != 1 || !strings.Contains(fmt.Sprint(failed[0]["found"]), "invalid_grant") ||
			!strings.HasPrefix(fmt.Sprint(failed[0]["next"]), "gcloud auth application-default login") {
			t.Errorf("exit %d, failures %v\n%s%s", code, failed, &out, &said)
		}
	}
}

// TestDoctorNoServer: an address that is none is no lack of credentials, for a night as for doctor.
func TestDoctorNoServer(t *testing.T) {
	t.Parallel()
	env := func(name string) string { return map[string]string{"STORAGE_EMULATOR_HOST": "http://"}[name] }
	for _, verb := range []string{"nightly", "doctor"} {
		code, out, said := runIn(t.Context(), env, []string{verb, "--bucket", "gs://scraped", "--workdir", t.TempDir()})
		if code != 2 || !strings.Contains(said, "next: unset STORAGE_EMULATOR_HOST, or set it to HOST:PORT\n") {
			t.Errorf("%s: exit %d\n%s%s", verb, code, out, said)
		}
	}
}

// TestDoctorFileInTheWay: what cannot be made for one and the same reason is one failure.
func TestDoctorFileInTheWay(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "x")
	for _, args := range [][]string{{"--workdir", filepath.Join(file, "w")}, {"--workdir", t.TempDir(), "--state", filepath.Join(file, "s")}} {
		code, out, _ := run(t.Context(), append([]string{"doctor"}, args...)...)
		if code != 2 || strings.Count("\n"+out, "\nfail ") != 1 || !strings.Contains(out, "there is a file in the way\n") {
			t.Errorf("exit %d\n%s", code, out)
		}
	}
}
