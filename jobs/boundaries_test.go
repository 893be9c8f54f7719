package jobs_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A pkg is what `go list` says of one package, tests included.
type pkg struct {
	ImportPath, ForTest string
	Imports             []string
	TestImports         []string
	XTestImports        []string
}

// packages are all of the project, by path.
func packages(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,ForTest,Imports,TestImports,XTestImports", "sourcecov/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string]pkg{}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		found[p.ImportPath] = p
	}
	if len(found) < 8 {
		t.Fatalf("go list found only %d packages", len(found))
	}
	return found
}

// mayImport is the house: who may import whom of the project.
var mayImport = map[string][]string{
	"sourcecov/jobs/sourcecov": {"sourcecov/jobs"},
	// The door opens every room; verbs share what is below them and know nothing of each other.
	"sourcecov/jobs": {"sourcecov/sql", "sourcecov/duckdb", "sourcecov/sync/mirror", "sourcecov/sync/state", "sourcecov/sync/warehouse", "sourcecov/sync/bq",
		"sourcecov/jobs/night", "sourcecov/jobs/verify", "sourcecov/jobs/doctor", "sourcecov/jobs/explain", "sourcecov/jobs/migrate",
		"sourcecov/jobs/repair", "sourcecov/jobs/gaps", "sourcecov/jobs/audit", "sourcecov/jobs/runs", "sourcecov/jobs/query", "sourcecov/jobs/diff",
		"sourcecov/jobs/decide", "sourcecov/jobs/manual", "sourcecov/jobs/print", "sourcecov/jobs/place", "sourcecov/jobs/fault", "sourcecov/jobs/tell", "sourcecov/sync/notify"},
	"sourcecov/jobs/print": {"sourcecov/jobs/phrase", "sourcecov/jobs/night", "sourcecov/jobs/verify", "sourcecov/jobs/doctor", "sourcecov/jobs/explain", "sourcecov/jobs/migrate",
		"sourcecov/jobs/repair", "sourcecov/jobs/gaps", "sourcecov/jobs/audit", "sourcecov/jobs/runs", "sourcecov/jobs/diff", "sourcecov/jobs/decide", "sourcecov/jobs/manual", "sourcecov/jobs/record", "sourcecov/duckdb", "sourcecov/jobs/tell"},
	"sourcecov/jobs/night": {"sourcecov/jobs/tell", "sourcecov/sync/notify", "sourcecov/jobs/phrase", "sourcecov/jobs/compute", "sourcecov/jobs/record", "sourcecov/jobs/place", "sourcecov/jobs/fault",
		"sourcecov/sql", "sourcecov/duckdb", "sourcecov/sync/mirror", "sourcecov/sync/state", "sourcecov/sync/warehouse"},
	"sourcecov/jobs/verify": {"sourcecov/jobs/phrase", "sourcecov/jobs/compute", "sourcecov/jobs/record", "sourcecov/jobs/place", "sourcecov/jobs/fault",
		"sourcecov/sql", "sourcecov/duckdb", "sourcecov/sync/mirror", "sourcecov/sync/state", "sourcecov/sync/warehouse"},
	"sourcecov/jobs/doctor": {"sourcecov/jobs/phrase", "sourcecov/jobs/compute", "sourcecov/jobs/place", "sourcecov/jobs/fault",
		"sourcecov/sql", "sourcecov/duckdb", "sourcecov/sync/mirror", "sourcecov/sync/state", "sourcecov/sync/warehouse", "sourcecov/sync/gcs", "sourcecov/sync/bq"},
	"sourcecov/jobs/explain": {"sourcecov/jobs/compute", "sourcecov/jobs/record", "sourcecov/jobs/place", "sourcecov/jobs/fault", "sourcecov/sql", "sourcecov/duckdb"},
	"sourcecov/jobs/gaps":    {"sourcecov/jobs/compute", "sourcecov/jobs/record", "sourcecov/jobs/place", "sourcecov/jobs/fault", "sourcecov/duckdb"},
	// An audit says what is counted of each table in BigQuery; a warehouse is none of its business.
	"sourcecov/jobs/audit": {"sourcecov/jobs/compute", "sourcecov/jobs/record", "sourcecov/jobs/place", "sourcecov/jobs/fault", "sourcecov/sql", "sourcecov/duckdb",
		"sourcecov/sync/bq"},
	"sourcecov/jobs/runs": {"sourcecov/jobs/compute", "sourcecov/jobs/record", "sourcecov/jobs/place", "sourcecov/jobs/fault", "sourcecov/duckdb",
		"sourcecov/sync/mirror", "sourcecov/sync/state"},
	"sourcecov/jobs/decide": {"sourcecov/jobs/compute", "sourcecov/jobs/place", "sourcecov/jobs/fault", "sourcecov/sql", "sourcecov/duckdb",
		"sourcecov/sync/mirror", "sourcecov/sync/state"},
	"sourcecov/jobs/manual": {"sourcecov/jobs/compute", "sourcecov/jobs/record", "sourcecov/jobs/place", "sourcecov/jobs/fault", "sourcecov/sql", "sourcecov/duckdb",
		"sourcecov/sync/mirror"},
	"sourcecov/jobs/query": {"sourcecov/jobs/compute", "sourcecov/jobs/place", "sourcecov/jobs/fault", "sourcecov/sql", "sourcecov/duckdb"},
	"sourcecov/jobs/diff": {"sourcecov/jobs/phrase", "sourcecov/jobs/compute", "sourcecov/jobs/record", "sourcecov/jobs/place", "sourcecov/jobs/fault",
		"sourcecov/sql", "sourcecov/duckdb"},
	"sourcecov/jobs/repair": {"sourcecov/jobs/phrase", "sourcecov/jobs/compute", "sourcecov/jobs/record", "sourcecov/jobs/place",
		"sourcecov/jobs/fault", "sourcecov/sql", "sourcecov/duckdb", "sourcecov/sync/mirror", "sourcecov/sync/state"},
	"sourcecov/jobs/migrate": {"sourcecov/jobs/phrase", "sourcecov/jobs/compute", "sourcecov/sync/bq", "sourcecov/sync/warehouse"},
	"sourcecov/jobs/tell": {"sourcecov/jobs/compute", "sourcecov/jobs/record", "sourcecov/jobs/fault",
		"sourcecov/sql", "sourcecov/duckdb", "sourcecov/sync/mirror", "sourcecov/sync/notify", "sourcecov/sync/state"},
	"sourcecov/jobs/compute": {"sourcecov/jobs/record", "sourcecov/jobs/place", "sourcecov/jobs/fault",
		"sourcecov/sql", "sourcecov/duckdb", "sourcecov/sync/mirror", "sourcecov/sync/state", "sourcecov/sync/warehouse"},
	"sourcecov/jobs/record":            {"sourcecov/sql", "sourcecov/duckdb", "sourcecov/sync/state", "sourcecov/sync/warehouse"},
	"sourcecov/jobs/place":             {"sourcecov/jobs/fault", "sourcecov/fixtures", "sourcecov/sync/mirror", "sourcecov/sync/gcs", "sourcecov/sync/bq", "sourcecov/sync/warehouse"},
	"sourcecov/jobs/fault":             {},
	"sourcecov/jobs/phrase":            {},
	"sourcecov/duckdb":                 {"sourcecov/sql"},
	"sourcecov/sql":                    {},
	"sourcecov/fixtures":               {},
	"sourcecov/fixtures/feed":          {},
	"sourcecov/fixtures/generate":      {"sourcecov/fixtures/feed"},
	"sourcecov/fixtures/league":        {"sourcecov/fixtures/feed"},
	"sourcecov/fixtures/bench":         {"sourcecov/fixtures/league", "sourcecov/sql", "sourcecov/sync/gcs/gcstest"},
	"sourcecov/fixtures/newcomer":      {},
	"sourcecov/sync/bq":                {"sourcecov/sync/warehouse", "sourcecov/sync/google"},
	"sourcecov/sync/bqtest":            {},
	"sourcecov/sync/google":            {},
	"sourcecov/sync/mirror":            {},
	"sourcecov/sync/notify":            {},
	"sourcecov/sync/notify/notifytest": {},
	"sourcecov/sync/mirror/mirrortest": {"sourcecov/sync/mirror"},
	"sourcecov/sync/gcs":               {"sourcecov/sync/google", "sourcecov/sync/mirror"},
	"sourcecov/sync/gcs/gcstest":       {},
	"sourcecov/sync/state":             {"sourcecov/sync/mirror"},
	"sourcecov/sync/warehouse":         {"sourcecov/sync/mirror"},

	"sourcecov/sync/warehouse/warehousetest": {"sourcecov/sync/warehouse"},
	"sourcecov/fixtures/league/generate":     {"sourcecov/fixtures/league"},
}

func TestWhoImportsWhom(t *testing.T) {
	found := packages(t)
	for path, p := range found {
		allowed, known := mayImport[path]
		if !known {
			t.Errorf("%s has no place in the house: say in this test whom it may import", path)
		}
		for _, i := range p.Imports {
			if strings.HasPrefix(i, "sourcecov/") && !slices.Contains(allowed, i) {
				t.Errorf("%s imports %s", path, i)
			}
		}
	}
	for path := range mayImport {
		if _, ok := found[path]; !ok {
			t.Errorf("%s is in the house's plan but does not exist", path)
		}
	}
}

// TestOneImporter: what is behind a client, an engine or a format is one package's business.
func TestOneImporter(t *testing.T) {
	found := packages(t)
	// The benchmark holds the program against the engine and the client alone.
	for prefix, importers := range map[string][]string{
		"database/sql":                      {"sourcecov/duckdb", "sourcecov/sync/bqtest", "sourcecov/fixtures/bench"},
		"github.com/duckdb/":                {"sourcecov/duckdb", "sourcecov/sync/bqtest", "sourcecov/fixtures/bench"},
		"github.com/spf13/pflag":            {"sourcecov/jobs"},
		"golang.org/x/term":                 {"sourcecov/jobs"},
		"github.com/wneessen/go-mail":       {"sourcecov/sync/notify"},
		"github.com/emersion/go-smtp":       {"sourcecov/sync/notify/notifytest"},
		"github.com/schollz/progressbar":    {"sourcecov/jobs/print"},
		"github.com/rivo/uniseg":            {"sourcecov/jobs/print"},
		"cloud.google.com/go/storage":       {"sourcecov/sync/gcs", "sourcecov/fixtures/bench"},
		"cloud.google.com/go/bigquery":      {"sourcecov/sync/bq"},
		"google.golang.org/api":             {"sourcecov/sync/gcs", "sourcecov/sync/bq", "sourcecov/fixtures/bench"},
		"github.com/fsouza/fake-gcs-server": {"sourcecov/sync/gcs/gcstest"},
		"github.com/apache/arrow-go": {"sourcecov/sync/mirror", "sourcecov/sync/state", "sourcecov/sync/warehouse",
			"sourcecov/sync/warehouse/warehousetest", "sourcecov/sync/bqtest"},
	} {
		for path, p := range found {
			for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
				isTestOnly := !slices.Contains(p.Imports, i)
				// The official client is one of those whom the test server has to satisfy.
				mayTest := strings.Contains(prefix, "arrow") || path == "sourcecov/sync/bqtest" &&
					strings.Contains(prefix, "google")
				if (i == prefix || strings.HasPrefix(i, strings.TrimSuffix(prefix, "/")+"/")) &&
					!slices.Contains(importers, path) && !(isTestOnly && mayTest) {
					t.Errorf("%s imports %s, which only %v may", path, i, importers)
				}
			}
		}
	}
}
