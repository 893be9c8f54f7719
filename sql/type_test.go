package sql_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"sourcecov/sql"
)

// TestTypes: what stands for a type in a header is one, and nothing that goes on
// behind it, for it stands in statements as it is.
func TestTypes(t *testing.T) {
	for text, isType := range map[string]bool{
		"INTEGER": true, "tier": true, "VARCHAR[]": true, "INTEGER[][]": true, "DECIMAL(4,1)": true, "DECIMAL(4, 1)[]": true,
		"STRUCT(a VARCHAR)": true, `STRUCT(a VARCHAR[], "rows" STRUCT(b DECIMAL(4,1), c tier)[])[]`: true,

		"INTEGER) AS a); COPY (SELECT 1) TO 'x.parquet'; SELECT (CAST(NULL AS INTEGER": false,
		"INTEGER) AS a, CAST((SELECT max(object) FROM landing) AS VARCHAR":             false,
		"INTEGER NOT NULL": false, "INTEGER--": false, "INTEGER /*": false, "DECIMAL((SELECT 4),1)": false,
		"DECIMAL(4,1": false,
		"DECIMAL()":   false, "VARCHAR[": false, "VARCHAR[3]": false, "[]": false, "STRUCT()": false, "STRUCT(VARCHAR)": false,
		"STRUCT(a VARCHAR,b DATE)": false, "STRUCT(a VARCHAR": false, `STRUCT("a b" VARCHAR)`: false, `"INTEGER"`: false,
		"STRUCT(a VARCHAR) AS a": false, "ENUM('a')": false, "MAP(VARCHAR, VARCHAR)": false, "UNION(a VARCHAR)": false,
	} {
		for place, file := range map[string]string{
			"model/x.sql:3": "-- S.\n-- grain: a\n-- column: a " + text + " -- a\nSELECT 1 AS a\n",
			"macro/x.sql:2": "-- S.\n-- param: a " + text + " -- a\nSELECT a\n",
		} {
			name, _, _ := strings.Cut(place, ":")
			_, err := sql.Load(fstest.MapFS{name: {Data: []byte(file)}})
			if isType != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), "sql/"+place+": ") {
				t.Errorf("%s in %s: %v", text, name, err)
			}
		}
	}
}
