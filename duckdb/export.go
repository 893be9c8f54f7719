package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sourcecov/sql"
)

// Whole is the partition value of a table that is not partitioned.
const Whole = "all"

// gameID is the column that makes a table one of games.
const gameID = "nba_game_id"

// NoRows is the content hash of a partition without rows.
const NoRows = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// A Partition is one game date of one published table, or the whole table.
type Partition struct {
	Value string   `json:"partition"` // YYYYMMDD, or Whole
	Rows  int64    `json:"rows"`
	Hash  string   `json:"content_hash"` // SHA-256 over its canonical rows (HOUSE.md, "Work has an identity")
	Games []string `json:"-"`            // NBA ids in it, sorted; none in a table without games
}

// Partitions lists the partitions of a built publish relation by value. A table
// without partitions always has one, be it empty.
func (db *DB) Partitions(ctx context.Context, f *sql.File) ([]Partition, error) {
	return db.PartitionsSince(ctx, f, nil, nil)
}

// PartitionsSince is Partitions where some are known: those of the same relation
// before, whose rows since then are others in some parts alone. Only where rows of
// these parts lie, or where the count of rows is another, is the content hashed.
func (db *DB) PartitionsSince(ctx context.Context, f *sql.File, known []Partition, parts []string) ([]Partition, error) {
	out, err := db.countPartitions(ctx, f)
	if err != nil {
		return nil, err
	}
	was := map[string]Partition{}
	for _, p := range known {
		was[p.Value] = p
	}
	touched, err := db.Strings(ctx, fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE %s", partitionOf(f), relation(f.Relation()), inParts(f, append(slices.Clone(parts), "no such part"))))
	if err != nil {
		return nil, wrap(f, err)
	}
	hashes := map[string]string{}
	var some []string // partitions
	rows := int64(0)
	for i, p := range out {
		if w, has := was[p.Value]; has && w.Rows == p.Rows && !slices.Contains(touched, p.Value) && (f.Partition != "" || len(parts) == 0) {
			hashes[p.Value] = w.Hash
		} else {
			some, rows = append(some, p.Value), rows+p.Rows
		}
		if len(some) == len(out) {
			some = []string{Whole}
		}
		if len(some) > 0 && (rows >= hashedAtOnce || i == len(out)-1) {
			if err := db.hashPartitions(ctx, f, some, hashes); err != nil {
				return nil, err
			}
			some, rows = nil, 0
		}
	}
	for i, p := range out {
		out[i].Hash = hashes[p.Value]
	}
	return out, nil
}

// hashedAtOnce is how many rows are hashed in one statement, by whole partitions: the
// texts of all of them are in memory at once.
const hashedAtOnce = 25_000

// countPartitions lists the partitions without their hashes.
func (db *DB) countPartitions(ctx context.Context, f *sql.File) ([]Partition, error) {
	games := "''"
	if slices.Contains(f.ColumnNames(), gameID) {
		games = fmt.Sprintf("coalesce(string_agg(DISTINCT %s, ' ' ORDER BY %s), '')", gameID, gameID)
	}
	text := fmt.Sprintf("SELECT %s AS v, count(*), %s FROM %s", partitionOf(f), games, relation(f.Relation()))
	if f.Partition != "" {
		text += " GROUP BY v ORDER BY v"
	}
	rows, err := db.conn.QueryContext(ctx, text)
	if err != nil {
		return nil, wrap(f, err)
	}
	defer rows.Close()
	var out []Partition
	for rows.Next() {
		var p Partition
		var games string
		if err := rows.Scan(&p.Value, &p.Rows, &games); err != nil {
			return nil, wrap(f, err)
		}
		p.Games = strings.Fields(games)
		out = append(out, p)
	}
	return out, wrap(f, rows.Err())
}

// hashPartitions adds the content hashes of some partitions to those that are known.
func (db *DB) hashPartitions(ctx context.Context, f *sql.File, partitions []string, known map[string]string) error {
	text := fmt.Sprintf("SELECT %s AS v, %s FROM %s%s", partitionOf(f), contentHash(f), relation(f.Relation()), within(f, partitions))
	if f.Partition != "" {
		text += " GROUP BY v"
	}
	rows, err := db.conn.QueryContext(ctx, text)
	if err != nil {
		return wrap(f, err)
	}
	defer rows.Close()
	for rows.Next() {
		var value, hash string
		if err := rows.Scan(&value, &hash); err != nil {
			return wrap(f, err)
		}
		known[value] = hash
	}
	return wrap(f, rows.Err())
}

// Keys tells, for a message, of which rows a partition is: the first of them in the
// order of the key, each as its key reads.
func (db *DB) Keys(ctx context.Context, f *sql.File, partition string, most int) ([]string, error) {
	said := make([]string, len(f.Key))
	for i, column := range f.Key {
		said[i] = fmt.Sprintf("%s || ' ' || CAST(%q AS VARCHAR)", quote(column), column)
	}
	text := fmt.Sprintf("SELECT concat_ws(', ', %s) FROM %s", strings.Join(said, ", "), relation(f.Relation()))
	text += within(f, []string{partition})
	keys, err := db.Strings(ctx, text+fmt.Sprintf(" ORDER BY %s LIMIT %d", idents(f.Key), most))
	return keys, wrap(f, err)
}

// partitionOf is an expression for the partition that a row of f lies in.
func partitionOf(f *sql.File) string {
	if f.Partition == "" {
		return quote(Whole)
	}
	return fmt.Sprintf("strftime(%q, '%%Y%%m%%d')", f.Partition)
}

// contentHash is an aggregate for the content hash of rows of f.
func contentHash(f *sql.File) string {
	return fmt.Sprintf("sha256(coalesce(string_agg(%s, chr(10) ORDER BY %s), ''))", canonical(f), idents(f.Key))
}

// canonical is an expression for a row's text: each column as its length and
// its text, so that no two rows share one, and NULL as a form of its own.
func canonical(f *sql.File) string {
	parts := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		text := asText(c)
		parts[i] = fmt.Sprintf("coalesce(length(%s) || ':' || %s, '-')", text, text)
	}
	return "concat_ws('|', " + strings.Join(parts, ", ") + ")"
}

func isNested(c sql.Column) bool {
	return strings.HasSuffix(c.Type, "]") || strings.HasPrefix(c.Type, "STRUCT")
}

// asText is an expression for the text of a column.
func asText(c sql.Column) string {
	if isNested(c) {
		return fmt.Sprintf("to_json(%q)::VARCHAR", c.Name) // the plain cast does not quote the elements
	}
	return fmt.Sprintf("%q::VARCHAR", c.Name)
}

// Export writes the rows of some partitions, or of the Whole table, to one Parquet
// file in order of partition and key: the table is read once, however many they are. Its
// row groups are small, for who writes and who reads it holds a whole one in memory.
// A crash leaves a truncated file under that very name, so the name must be one that
// nobody reads yet.
func (db *DB) Export(ctx context.Context, f *sql.File, partitions []string, file string) error {
	text := fmt.Sprintf("COPY (SELECT %s FROM %s%s ORDER BY %s) TO %s (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 16384)",
		idents(f.ColumnNames()), relation(f.Relation()), within(f, partitions), idents(f.Order()), quote(file))
	if err := db.exec(ctx, text); err != nil {
		return fmt.Errorf("export %s: %w", f.Name, err)
	}
	return nil
}

// Save writes a built relation to a Parquet file, rows in order of its columns,
// and counts them. For the rest it is as Export.
func (db *DB) Save(ctx context.Context, f *sql.File, file string) (rows int64, err error) {
	if rows, err = db.count(ctx, f.Relation(), ""); err != nil {
		return 0, wrap(f, err)
	}
	return rows, db.save(ctx, f, relation(f.Relation()), file)
}

// Fill makes the table of f out of a Parquet file into which another database saved it.
func (db *DB) Fill(ctx context.Context, f *sql.File, file string) error {
	casts := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		casts[i] = fmt.Sprintf("CAST(%q AS %s) AS %q", c.Name, c.Type, c.Name) // Parquet knows no ENUM
	}
	return wrap(f, db.exec(ctx, fmt.Sprintf("CREATE TABLE %s AS SELECT %s FROM read_parquet(%s)", relation(f.Relation()), strings.Join(casts, ", "), quote(file))))
}

// SaveEmpty writes a Parquet file with the columns of f and no row: reading no
// file at all is an error in SQL.
func (db *DB) SaveEmpty(ctx context.Context, f *sql.File, file string) error {
	return db.save(ctx, f, "(SELECT "+nulls(f)+" LIMIT 0)", file)
}

func (db *DB) save(ctx context.Context, f *sql.File, from, file string) error {
	err := db.exec(ctx, fmt.Sprintf("COPY (SELECT %s FROM %s ORDER BY ALL) TO %s (FORMAT parquet, COMPRESSION zstd)",
		idents(f.ColumnNames()), from, quote(file)))
	if err != nil {
		return fmt.Errorf("save %s: %w", f.Relation(), err)
	}
	return nil
}

// within is the WHERE clause of some partitions.
func within(f *sql.File, partitions []string) string {
	if f.Partition == "" || slices.Contains(partitions, Whole) {
		return ""
	}
	days := make([]string, len(partitions))
	for i, p := range partitions {
		days[i] = fmt.Sprintf("strptime(%s, '%%Y%%m%%d')::DATE", quote(p))
	}
	// Compared as dates, so that the engine skips blocks of other dates.
	return fmt.Sprintf(" WHERE %q IN (%s)", f.Partition, strings.Join(days, ", "))
}

// Inputs is a hash over all that is landed or listed: object, CRC32C and size,
// and not the generation, which a copy of a bucket does not keep.
func (db *DB) Inputs(ctx context.Context) (string, error) {
	hashes, err := db.Strings(ctx, `
		SELECT sha256(coalesce(string_agg(line, chr(10) ORDER BY line), '')) FROM (
			SELECT concat_ws(' ', 'landed', object, crc32c, size, encoding) AS line FROM landing
			UNION
			SELECT concat_ws(' ', 'listed', object, crc32c, size) FROM listing)`)
	if err != nil {
		return "", err
	}
	return hashes[0], nil
}

// CheckKey is the check that every published table has by its header: its
// natural key is unique and no part of it, nor the partition column, is NULL
// (RULES.md, "Blocking checks", 5). Rows are the offending keys. A table
// that may be empty says so in its header; any other that is counts as unseen.
func (db *DB) CheckKey(ctx context.Context, f *sql.File) (Finding, error) {
	out := Finding{Check: "key_of_" + f.Name, Severity: "block",
		Finds: "two rows of " + f.Name + " have the same key, or a part of one is not known"}
	err := db.look(ctx, &out, sql.Over{Relation: f.Relation()})
	out.Blind = out.Blind && f.Empty == ""
	if err != nil {
		return out, wrap(f, err)
	}
	var null []string
	for _, c := range f.NotNull() {
		null = append(null, fmt.Sprintf("%q IS NULL", c))
	}
	keys := idents(f.Key)
	out.Rows, err = db.table(ctx, fmt.Sprintf(
		"FROM (SELECT %s, count(*) AS rows_with_it FROM %s GROUP BY %s HAVING count(*) > 1 OR bool_or(%s) ORDER BY ALL)",
		keys, relation(f.Relation()), keys, strings.Join(null, " OR ")))
	return out, wrap(f, err)
}

func idents(cols []string) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = fmt.Sprintf("%q", c)
	}
	return strings.Join(out, ", ")
}

// State is a hash over the rows of the given state tables that runs before as-of
// recorded, and over those of state.decisions, which no run records, up to as-of:
// what SQL may see of them.
func (db *DB) State(ctx context.Context, asOf time.Time, tables ...string) (string, error) {
	instant := quote(asOf.Format(time.RFC3339Nano)) + "::TIMESTAMPTZ"
	parts := []string{"SELECT to_json(s)::VARCHAR AS line FROM state.decisions AS s WHERE decided_at <= " + instant}
	for _, t := range tables {
		parts = append(parts, fmt.Sprintf("SELECT to_json(s)::VARCHAR AS line FROM %s AS s WHERE as_of < %s", relation(t), instant))
	}
	hashes, err := db.Strings(ctx, fmt.Sprintf(
		"SELECT sha256(coalesce(string_agg(line, chr(10) ORDER BY line), '')) FROM (%s)", strings.Join(parts, " UNION ")))
	if err != nil {
		return "", err
	}
	return hashes[0], nil
}
