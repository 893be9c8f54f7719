// Package duckdb opens the run's local database and runs one sql.File at a
// time in it. It is the only importer of database/sql and of the driver.
package duckdb

import (
	"cmp"
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"sourcecov/sql"
)

// Options say how a database is opened. Threads 0 and MemoryLimit "" leave
// DuckDB's own defaults: all cores and 80 % of memory.
type Options struct {
	Path        string   // database file; "" is in memory
	ReadOnly    bool     // the file exists and stays as it is
	Threads     int      // worker threads
	MemoryLimit string   // such as 4GB
	TempDir     string   // where it may spill; "" forbids spilling
	Allowed     []string // the only directories that SQL may read or write
	Files       []string // the only files besides; the engine knows none that may only be read
	Profile     bool     // measure every operator of what is built
}

// DB is one open database with one connection. It is not safe for concurrent use.
type DB struct {
	pool    *stdsql.DB
	conn    *stdsql.Conn
	cat     *sql.Catalog
	version string
	profile bool    // all is measured
	built   Profile // of the relation that was built last

	readOnly   bool
	unfitNames map[string]bool // once a file was asked of one that is read only
}

// Open opens the database, confines it to opt.Allowed and opt.Files, locks its settings and
// proves the header of every file of the catalog against its SELECT, unless they are those
// that this program was released with; of a database that is only read, that of each file
// before it is asked.
func Open(ctx context.Context, opt Options, cat *sql.Catalog) (*DB, error) {
	dsn := opt.Path
	if opt.ReadOnly {
		dsn += "?access_mode=read_only"
	}
	connector, err := driver.NewConnector(dsn, nil)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", opt.Path, err)
	}
	db := &DB{pool: stdsql.OpenDB(connector), cat: cat, profile: opt.Profile, readOnly: opt.ReadOnly}
	db.pool.SetMaxOpenConns(1) // settings such as TimeZone belong to a connection
	if db.conn, err = db.pool.Conn(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", opt.Path, err), db.pool.Close())
	}
	if err := db.setUp(ctx, opt); err != nil {
		return nil, errors.Join(fmt.Errorf("set up database %s: %w", opt.Path, err), db.Close())
	}
	if !opt.ReadOnly && !db.known() {
		err = db.prove(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// setUp fixes what could change a result or reach outside, in the order that
// DuckDB demands: settings, directories, no other access, lock.
func (db *DB) setUp(ctx context.Context, opt Options) error {
	statements := []string{
		"SET TimeZone = 'UTC'",
		"SET preserve_insertion_order = true",
		// What comes out of a join few rows at a time is not gathered first: a row may be a body of megabytes.
		"SET enable_caching_operators = false",
		// A file is read once, or has changed: what would be kept of each is given back one by one when the database closes.
		"SET enable_external_file_cache = false",
		// A run's database can be made again: it is checkpointed once, when all is in it, and not whenever its log is long.
		"SET wal_autocheckpoint = '1TB'",
		"PRAGMA disable_checkpoint_on_shutdown",
		// A table of symbols for each column of text takes half of that checkpoint's time, and saves a twelfth of the file.
		"SET disabled_compression_methods = 'fsst,dict_fsst'",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allow_community_extensions = false",
		"SET default_null_order = 'NULLS_LAST'",
		"SET temp_directory = " + quote(opt.TempDir),
		"SET max_temp_directory_size = '20GB'",
	}
	if !opt.ReadOnly {
		statements = append(statements, profiling(opt.Profile)...)
	}
	if opt.Threads > 0 {
		statements = append(statements, fmt.Sprintf("SET threads = %d", opt.Threads))
	}
	if opt.MemoryLimit != "" {
		statements = append(statements, "SET memory_limit = "+quote(opt.MemoryLimit))
	}
	directories := make([]string, len(opt.Allowed))
	for i, dir := range opt.Allowed {
		directories[i] = strings.TrimSuffix(dir, "/") + "/"
	}
	statements = append(statements,
		"SET allowed_directories = ["+quoteAll(directories)+"]",
		"SET allowed_paths = ["+quoteAll(opt.Files)+"]",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	)
	for _, s := range []string{"reference", "state", "stage", "model", "publish", "view", "alert"} {
		if opt.ReadOnly {
			break
		}
		statements = append(statements, "CREATE SCHEMA IF NOT EXISTS "+s)
	}
	for _, s := range statements {
		if err := db.exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return db.conn.QueryRowContext(ctx, "SELECT version()").Scan(&db.version)
}

// Setting is the value of one of DuckDB's settings, as it is in force.
func (db *DB) Setting(ctx context.Context, name string) (string, error) {
	var value string
	if err := db.conn.QueryRowContext(ctx, "SELECT current_setting(?)::VARCHAR", name).Scan(&value); err != nil {
		return "", fmt.Errorf("ask for the setting %s: %w", name, err)
	}
	return value, nil
}

// EngineVersion is the version of the engine inside this program, such as v1.5.6.
func EngineVersion(ctx context.Context) (version string, err error) {
	pool, err := stdsql.Open("duckdb", "")
	if err == nil {
		err = pool.QueryRowContext(ctx, "SELECT version()").Scan(&version)
		err = errors.Join(err, pool.Close())
	}
	if err != nil {
		return "", fmt.Errorf("ask the engine for its version: %w", err)
	}
	return version, nil
}

// Version is the engine's own version, such as v1.5.6.
func (db *DB) Version() string { return db.version }

// Checkpoint writes all that the database holds into its file. What Close writes
// by itself may fail without a word, on a full disk for one.
func (db *DB) Checkpoint(ctx context.Context) error {
	if err := db.exec(ctx, "CHECKPOINT"); err != nil {
		return fmt.Errorf("write the database: %w", err)
	}
	return nil
}

// Close closes the database file.
func (db *DB) Close() error {
	var err error
	if db.conn != nil {
		err = db.conn.Close()
	}
	return errors.Join(err, db.pool.Close())
}

func (db *DB) exec(ctx context.Context, text string, args ...any) error {
	_, err := db.conn.ExecContext(ctx, text, args...)
	return err
}

// OverLanding makes the relations that no file defines: the views landing, over the
// segments, and listing, over the newest listing, which need a file each at the least,
// and audited, without a row: see [DB.OverAudited].
func (db *DB) OverLanding(ctx context.Context, segments []string, listing string) error {
	// The engine takes the first file for a sample of all. One without rows would make
	// the landing the small side of every join, which is kept in memory, bodies and all.
	sizes := map[string]int64{}
	for _, name := range segments {
		if info, err := os.Stat(name); err == nil {
			sizes[name] = info.Size()
		}
	}
	segments = slices.Clone(segments)
	slices.SortStableFunc(segments, func(a, b string) int { return cmp.Compare(sizes[b], sizes[a]) })
	if err := db.view(ctx, sql.Landing, segments); err != nil {
		return err
	}
	if err := db.view(ctx, sql.Listing, []string{listing}); err != nil {
		return err
	}
	return db.makeAudited(ctx)
}

func (db *DB) view(ctx context.Context, f *sql.File, files []string) error {
	text := fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT %s FROM read_parquet([%s])",
		f.Name, idents(f.ColumnNames()), quoteAll(files))
	if err := db.exec(ctx, text); err != nil {
		return fmt.Errorf("make the view %s over %d landing files: %w", f.Name, len(files), err)
	}
	return nil
}

// relation quotes a name such as model.cell part by part.
func relation(name string) string { return `"` + strings.ReplaceAll(name, ".", `"."`) + `"` }

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// quoteAll is a list of texts, with commas between them.
func quoteAll(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = quote(t)
	}
	return strings.Join(quoted, ", ")
}
