package bqtest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sourcecov/sync/bqtest"
)

var update = flag.Bool("update", false, "write discovery.json from the module of the Go client")

// The server answers with what is inside it; here that is held against the module.
func TestDiscoveryIsTheModules(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "bigquery", "v2", "bigquery-api.json"))
	if err != nil {
		t.Fatal(err)
	}
	var whole map[string]any
	if err := json.Unmarshal(body, &whole); err != nil {
		t.Fatal(err)
	}
	part := map[string]any{}
	for _, key := range []string{"kind", "discoveryVersion", "id", "name", "version", "protocol", "rootUrl", "basePath",
		"baseUrl", "servicePath", "batchPath", "parameters"} {
		part[key] = whole[key]
	}
	resources, schemas := map[string]any{}, map[string]any{}
	for _, name := range []string{"datasets", "jobs", "projects", "tabledata", "tables"} {
		resources[name] = whole["resources"].(map[string]any)[name]
	}
	for name := range whole["schemas"].(map[string]any) {
		if text, err := json.Marshal(resources); err == nil && strings.Contains(string(text), `{"$ref":"`+name+`"}`) {
			schemas[name] = map[string]any{"id": name, "type": "object"}
		}
	}
	part["resources"], part["schemas"] = resources, schemas
	want, err := json.MarshalIndent(withoutProse(part), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("discovery.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("discovery.json"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("discovery.json is not what the module has (%v): make golden", err)
	}
}

func withoutProse(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, below := range v {
			if strings.HasSuffix(strings.ToLower(key), "description") || strings.HasSuffix(key, "Descriptions") {
				if _, isObject := below.(map[string]any); !isObject {
					delete(v, key)
					continue
				}
			}
			v[key] = withoutProse(below)
		}
	case []any:
		for i := range v {
			v[i] = withoutProse(v[i])
		}
	}
	return v
}

func TestDiscovery(t *testing.T) {
	w := newWorld(t, bqtest.Options{})
	_, _, body := w.send("GET", "/$discovery/rest?version=v2", "")
	var doc struct{ RootURL, BaseURL, ServicePath, Name string }
	w.must(json.Unmarshal([]byte(body), &doc))
	if doc.RootURL != w.URL+"/" || doc.BaseURL != w.URL+"/bigquery/v2/" || doc.ServicePath != "bigquery/v2/" || doc.Name != "bigquery" {
		t.Errorf("%+v", doc)
	}
}
