package bqtest

import _ "embed"

// discoveryJSON is the API's own description, which the Go client's module
// carries, as far as bq reads it: no prose, and of the schemas the names.
// TestDiscoveryIsTheModules writes it.
//
//go:embed discovery.json
var discoveryJSON []byte

// discover serves the description with every address turned to this server. The
// bq command line asks for it before anything else.
func (s *Server) discover(*call) (answer, error) {
	doc, err := parse(discoveryJSON)
	if err != nil {
		return answer{}, err
	}
	doc["rootUrl"], doc["mtlsRootUrl"] = s.URL+"/", s.URL+"/"
	doc["baseUrl"] = s.URL + "/" + doc.string("servicePath")
	return ok(doc)
}
