package bqtest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"
)

// A store is the DuckDB database that holds the rows: one relation per table.
type store struct {
	pool *sql.DB
	conn *sql.Conn
}

func openStore() (*store, error) {
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	st := &store{pool: sql.OpenDB(connector)}
	if st.conn, err = st.pool.Conn(context.Background()); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	for _, text := range []string{
		"SET TimeZone = 'UTC'",
		"SET threads = 1", // many servers in one test binary
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
	} {
		if err := st.exec(text); err != nil {
			return nil, err
		}
	}
	return st, nil
}

func (st *store) close() error {
	err := st.conn.Close()
	if closing := st.pool.Close(); err == nil {
		err = closing
	}
	return err
}

func (st *store) exec(text string) error {
	if _, err := st.conn.ExecContext(context.Background(), text); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

// atomic executes all statements or none.
func (st *store) atomic(texts ...string) error {
	if err := st.exec("BEGIN"); err != nil {
		return err
	}
	for _, text := range texts {
		if err := st.exec(text); err != nil {
			if rolling := st.exec("ROLLBACK"); rolling != nil {
				return fmt.Errorf("%w; and %w", err, rolling)
			}
			return err
		}
	}
	return st.exec("COMMIT")
}

// number is the one number that the query gives.
func (st *store) number(text string) (n int64, err error) {
	if err := st.conn.QueryRowContext(context.Background(), text).Scan(&n); err != nil {
		return 0, fmt.Errorf("%s: %w", text, err)
	}
	return n, nil
}

// counts reads (text, number) rows.
func (st *store) counts(text string) (map[string]int64, error) {
	all := map[string]int64{}
	err := st.each(text, func(v []any) error {
		all[fmt.Sprint(v[0])] = v[1].(int64)
		return nil
	})
	return all, err
}

// each calls fn with the values of every row.
func (st *store) each(text string, fn func(values []any) error) error {
	rows, err := st.conn.QueryContext(context.Background(), text)
	if err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	for rows.Next() {
		values, places := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		if err := fn(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ident quotes a name, quote a text, for DuckDB.
func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func idents(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = ident(n)
	}
	return strings.Join(quoted, ", ")
}
