package duckdb

import (
	"context"
	"fmt"
	"strings"

	"sourcecov/sql"
)

// Fingerprint counts the rows of a built relation and hashes them, whatever
// their order. Every declared column counts, by its text; NULL is not the empty
// text. Two fingerprints can be compared if the same version of the engine made them.
func (db *DB) Fingerprint(ctx context.Context, f *sql.File) (rows int64, hash string, err error) {
	texts := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		texts[i] = asText(c) // as text, for an ENUM hashes by the place of its label
	}
	// The engine's hash() is a fifth of the cost of a canonical row and its MD5. The
	// outer one is there because the inner one only XORs the last column in, so that
	// values which change places between rows would leave the XOR as it was.
	err = db.conn.QueryRowContext(ctx, fmt.Sprintf(
		`SELECT count(*), printf('%%x-%%016x', coalesce(sum(h), 0)::HUGEINT, coalesce(bit_xor(h), 0)) FROM (SELECT hash(hash(%s)) AS h FROM %s)`,
		strings.Join(texts, ", "), relation(f.Relation()))).Scan(&rows, &hash)
	return rows, hash, wrap(f, err)
}
