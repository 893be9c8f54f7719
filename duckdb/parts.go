package duckdb

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"sourcecov/sql"
)

// A Print is a fingerprint of some rows, whatever their order: how many they are, and
// two hashes over them. The prints of rows that are apart add up to that of all.
type Print struct {
	Rows int64
	sum  *big.Int
	xor  uint64
}

// PrintOf is the print of one row that is told by a text, such as the checksum of a file.
func PrintOf(text string) Print {
	sum := sha256.Sum256([]byte(text))
	return Print{1, new(big.Int).SetBytes(sum[:8]), binary.BigEndian.Uint64(sum[8:])}
}

// Add is the print of the rows of both.
func (p Print) Add(q Print) Print {
	sum := new(big.Int)
	for _, s := range []*big.Int{p.sum, q.sum} {
		if s != nil {
			sum.Add(sum, s)
		}
	}
	return Print{p.Rows + q.Rows, sum, p.xor ^ q.xor}
}

// Equal reports whether both are of the same rows.
func (p Print) Equal(q Print) bool { return p.Rows == q.Rows && p.Hash() == q.Hash() }

// Hash is the two hashes as text.
func (p Print) Hash() string {
	return fmt.Sprintf("%s%x-%016x", printForm, p.Add(Print{}).sum, p.xor)
}

// printForm begins the hash of every fingerprint that is made as [DB.Prints] makes it.
const printForm = "2:"

// IsPrint reports whether a recorded hash is one that a fingerprint of now can be
// compared with: earlier versions hashed the text of every value.
func IsPrint(hash string) bool { return strings.HasPrefix(hash, printForm) }

// Prints are the fingerprints of a relation by its parts.
type Prints map[string]Print

// All is the fingerprint of the whole relation.
func (ps Prints) All() (all Print) {
	for _, p := range ps {
		all = all.Add(p)
	}
	return all
}

// HasOthers reports whether there is any part besides these.
func (ps Prints) HasOthers(parts []string) bool {
	for part := range ps {
		if !slices.Contains(parts, part) {
			return true
		}
	}
	return false
}

// Differ lists the parts that are not in both alike, sorted.
func (ps Prints) Differ(qs Prints) []string {
	var parts []string
	for _, both := range []Prints{ps, qs} {
		for part := range both {
			if !ps[part].Equal(qs[part]) && !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
	}
	slices.Sort(parts)
	return parts
}

// What a relation can be computed in: the parts that single pulls brought, or the
// seasons of its games, by the season in their ids (RULES.md, "Parts").
const (
	byPull   = "pull"
	bySeason = "season"
)

// partOf is what the rows of a relation can be told apart by, and an expression for
// the part of a row; "" and one part if by nothing.
func partOf(f *sql.File) (by, part string) {
	has := f.ColumnNames()
	switch {
	case (f == sql.Landing || f.Kind == sql.Stage) && slices.Contains(has, "pull"):
		return byPull, "pull::VARCHAR"
	case f.Kind == sql.Stage || f.Kind == sql.Reference:
	case slices.Contains(has, gameID):
		return bySeason, "coalesce(substr(" + gameID + ", 4, 2), '')"
	case slices.Contains(has, "season"):
		return bySeason, "coalesce(substr(season, 3, 2), '')"
	}
	return "", "''"
}

// inParts is a condition for rows of some parts.
func inParts(f *sql.File, parts []string) string {
	by, part := partOf(f)
	if by == byPull { // compared as the number that it is, so that the engine skips what other pulls brought
		return "pull IN (" + strings.Join(parts, ", ") + ")"
	}
	return part + " IN (" + quoteAll(parts) + ")"
}

// Restricts reports whether a file, computed for some parts, reads of another only
// the rows of these parts.
func Restricts(f, read *sql.File) bool {
	by, _ := partOf(read)
	return f.Parts != "" && by == f.Parts
}

// Prints fingerprints a built relation. Every declared column counts; NULL is not the
// empty text. They can be compared if the same version of the engine made them. parts
// are those that are wanted; nil: all.
func (db *DB) Prints(ctx context.Context, f *sql.File, parts []string) (Prints, error) {
	_, part := partOf(f)
	where := ""
	if parts != nil {
		where = " WHERE " + inParts(f, parts)
	}
	return db.printsBy(ctx, f, part, where)
}

// PartitionPrints are fingerprints of the partitions of a published relation, by value;
// of one without rows there is none.
func (db *DB) PartitionPrints(ctx context.Context, f *sql.File, partitions []string) (Prints, error) {
	return db.printsBy(ctx, f, partitionOf(f), within(f, partitions))
}

func (db *DB) printsBy(ctx context.Context, f *sql.File, part, where string) (Prints, error) {
	found, err := db.conn.QueryContext(ctx, fmt.Sprintf(
		`SELECT part, count(*), %s FROM (SELECT %s AS part, %s AS h FROM %s%s) GROUP BY part`,
		printOf, part, rowHash(f), relation(f.Relation()), where))
	if err != nil {
		return nil, wrap(f, err)
	}
	defer found.Close()
	out := Prints{}
	for found.Next() {
		var part, sum, xor string
		var rows int64
		if err := found.Scan(&part, &rows, &sum, &xor); err != nil {
			return nil, wrap(f, err)
		}
		out[part] = newPrint(rows, sum, xor)
	}
	return out, wrap(f, found.Err())
}

// printOf are the two hashes of a print, over the hash h of each row.
const printOf = "sum(h)::VARCHAR AS sum, bit_xor(h)::VARCHAR AS xor"

func newPrint(rows int64, sum, xor string) Print {
	p := Print{Rows: rows, sum: new(big.Int)}
	p.sum.SetString(sum, 10)
	p.xor, _ = strconv.ParseUint(xor, 10, 64)
	return p
}

// rowHash is an expression for the hash of a row of f.
func rowHash(f *sql.File) string {
	values := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		values[i] = fmt.Sprintf("%q", c.Name)
		if isNested(c) || c.Type == strings.ToLower(c.Type) { // an ENUM hashes by the place of its label
			values[i] = asText(c)
		}
	}
	// The outer hash is there because the inner one only XORs the last column in, so that
	// values which change places between rows would leave the XOR as it was.
	return "hash(hash(" + strings.Join(values, ", ") + "))"
}

// BuildParts computes some parts of a relation that is built anew. Rows of other parts stay.
func (db *DB) BuildParts(ctx context.Context, f *sql.File, p Params, parts []string) error {
	if err := db.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s", relation(f.Relation()), inParts(f, parts))); err != nil {
		return wrap(f, err)
	}
	return db.insertParts(ctx, f, p, parts)
}

// BuildApart builds a relation some parts at a time, so that the engine holds no more
// than these, and tells how many rows came of each group of them.
func (db *DB) BuildApart(ctx context.Context, f *sql.File, p Params, groups [][]string) (rows []int64, err error) {
	before := int64(0)
	for i, parts := range groups {
		if i == 0 {
			err = db.over(ctx, f, parts, func() error { return db.Build(ctx, f, p) })
		} else {
			err = db.insertParts(ctx, f, p, parts)
		}
		if err != nil {
			return nil, err
		}
		now, err := db.Count(ctx, f)
		if err != nil {
			return nil, err
		}
		rows, before = append(rows, now-before), now
	}
	return rows, nil
}

func (db *DB) insertParts(ctx context.Context, f *sql.File, p Params, parts []string) error {
	args, err := bind(f, p)
	if err != nil {
		return err
	}
	return db.over(ctx, f, parts, func() error {
		err := db.exec(ctx, fmt.Sprintf("INSERT INTO %s %s", relation(f.Relation()), f.Text), args...)
		db.measure()
		return wrap(f, err)
	})
}

// over does something while each relation that f reads, and that has such parts, is a
// view of these parts: the very SELECT of the file is what runs.
func (db *DB) over(ctx context.Context, f *sql.File, parts []string, do func() error) error {
	var statements, back []string
	for _, name := range f.Reads {
		read := db.cat.Lookup(name)
		if read == nil || !Restricts(f, read) {
			continue
		}
		whole, kind := name+" in all its parts", "TABLE"
		if read == sql.Landing {
			kind = "VIEW"
		}
		_, base, hasSchema := strings.Cut(whole, ".")
		if !hasSchema {
			base = whole
		}
		_, own, hasSchema := strings.Cut(name, ".")
		if !hasSchema {
			own = name
		}
		statements = append(statements,
			fmt.Sprintf("ALTER %s %s RENAME TO %q", kind, relation(name), base),
			fmt.Sprintf("CREATE VIEW %s AS SELECT * FROM %s WHERE %s", relation(name), relation(whole), inParts(read, parts)))
		back = append(back, "DROP VIEW "+relation(name), fmt.Sprintf("ALTER %s %s RENAME TO %q", kind, relation(whole), own))
	}
	for _, s := range statements {
		if err := db.exec(ctx, s); err != nil {
			return wrap(f, err)
		}
	}
	err := do()
	for _, s := range back {
		if err == nil {
			err = db.exec(ctx, s)
		}
	}
	return wrap(f, err)
}

// Drop removes a relation that is to be built anew, if it is there.
func (db *DB) Drop(ctx context.Context, f *sql.File) error {
	return wrap(f, db.exec(ctx, "DROP TABLE IF EXISTS "+relation(f.Relation())))
}

// Count counts the rows of a built relation.
func (db *DB) Count(ctx context.Context, f *sql.File) (int64, error) {
	n, err := db.count(ctx, f.Relation(), "")
	return n, wrap(f, err)
}

// DropStrays removes every table that no file of the catalog defines.
func (db *DB) DropStrays(ctx context.Context) error {
	built, err := db.Strings(ctx, "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY ALL")
	if err != nil {
		return err
	}
	for _, name := range built {
		if f := db.cat.Lookup(name); f == nil || !f.Kind.Table() {
			if err := db.exec(ctx, "DROP TABLE "+relation(name)); err != nil {
				return fmt.Errorf("drop %s, which no file defines: %w", name, err)
			}
		}
	}
	return nil
}
