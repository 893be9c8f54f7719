package bqtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// discoveryDocument reads the API's own description, which the Go client's
// module carries. The bq command line asks for it before anything else.
func discoveryDocument() ([]byte, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module google.golang.org/api: %w", err)
	}
	body, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "bigquery", "v2", "bigquery-api.json"))
	if err != nil {
		return nil, fmt.Errorf("read the discovery document: %w", err)
	}
	return body, nil
}

// discover serves the description with every address turned to this server.
func (s *Server) discover(*call) (answer, error) {
	body, err := s.discovery()
	if err != nil {
		return answer{}, err
	}
	doc, err := parse(body)
	if err != nil {
		return answer{}, err
	}
	doc["rootUrl"], doc["mtlsRootUrl"] = s.URL+"/", s.URL+"/"
	doc["baseUrl"] = s.URL + "/" + doc.string("servicePath")
	delete(doc, "endpoints")
	return ok(doc)
}
