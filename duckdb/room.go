package duckdb

import (
	"cmp"
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"
)

// Holds opens a database file and asks whether it holds these relations, each
// with so many rows: nil if it does. The file stays as it is.
func Holds(ctx context.Context, path string, rows map[string]int64) (err error) {
	connector, err := driver.NewConnector(path+"?access_mode=read_only", nil)
	if err != nil {
		return fmt.Errorf("open database %s: %w", path, err)
	}
	pool := stdsql.OpenDB(connector)
	defer func() { err = errors.Join(err, pool.Close()) }()
	names := slices.Sorted(maps.Keys(rows))
	questions := []string{"SELECT '' AS name, 0 AS n"}
	for _, name := range names {
		questions = append(questions, "SELECT "+quote(name)+", count(*) FROM "+relation(name))
	}
	answer, err := pool.QueryContext(ctx, strings.Join(questions, " UNION ALL "))
	if err != nil {
		return fmt.Errorf("ask database %s: %w", path, err)
	}
	defer answer.Close()
	for answer.Next() {
		var name string
		var n int64
		if err := answer.Scan(&name, &n); err != nil {
			return fmt.Errorf("ask database %s: %w", path, err)
		}
		if name != "" && n != rows[name] {
			return fmt.Errorf("database %s has %d rows in %s instead of %d", path, n, name, rows[name])
		}
	}
	return answer.Err()
}

// The engine hands on what the system said as text alone.
var noRoom = regexp.MustCompile(`(?i)\b(?:IO|FATAL|TransactionContext) Error:.*(?:no space left on device|disk quota exceeded|file too large)`)

var quotedPath = regexp.MustCompile(`(?i)file "([^"]+)"|file '([^']+)'`)

// NoRoom reports whether the engine failed because there was no room for a file,
// and for which; "" if it does not say. err is one of this package.
func NoRoom(err error) (file string, ok bool) {
	said := noRoom.FindString(err.Error())
	if said == "" {
		return "", false
	}
	if m := quotedPath.FindStringSubmatch(said); m != nil {
		file = cmp.Or(m[1], m[2])
	}
	return file, true
}

// NoMemory reports whether the engine failed because its memory limit is too small,
// though it may write to disk what it has no room for.
func NoMemory(err error) bool {
	var of *driver.Error
	return errors.As(err, &of) && of.Type == driver.ErrorTypeOutOfMemory
}
