package compute

import (
	"context"
	"io/fs"

	"sourcecov/duckdb"
	"sourcecov/jobs/fault"
	"sourcecov/sql"
	"sourcecov/sync/warehouse"
)

// LoadCatalog reads SQL files of which these relations are needed. What is wrong
// with them is a mistake of whoever gave the files.
func LoadCatalog(files fs.FS, need ...string) (*sql.Catalog, error) {
	cat, err := sql.Load(files)
	if err == nil {
		err = cat.Need(need...)
	}
	if err != nil {
		return nil, fault.Usagef("fix the file, or run without --sql", "%v", err)
	}
	return cat, nil
}

// PublishedTables are the tables and views that the SQL files declare, by name, as a
// warehouse has to hold them.
func PublishedTables(cat *sql.Catalog) (tables []warehouse.Table, views []warehouse.View, err error) {
	for _, f := range cat.Kind(sql.Publish) {
		columns, err := columnsOf(f)
		if err != nil {
			return nil, nil, err
		}
		tables = append(tables, warehouse.Table{
			Name: f.Name, Doc: f.Doc, Columns: columns, Key: f.Key, Partition: f.Partition, Cluster: f.Cluster,
		})
	}
	for _, f := range cat.Kind(sql.View) {
		columns, err := columnsOf(f)
		if err != nil {
			return nil, nil, err
		}
		views = append(views, warehouse.View{Name: f.Name, Doc: f.Doc, Columns: columns, SQL: f.Text})
	}
	return tables, views, nil
}

func columnsOf(f *sql.File) ([]warehouse.Column, error) {
	out := make([]warehouse.Column, len(f.Columns))
	for i, c := range f.Columns {
		kind, err := warehouse.ParseType(c.Type)
		if err != nil {
			return nil, fault.Usagef("fix the file, or run without --sql", "%v", f.Errorf("column", "column %s: %v", c.Name, err))
		}
		out[i] = warehouse.Column{Name: c.Name, Type: kind, Doc: c.Doc}
	}
	return out, nil
}

// A SourcePath is a prefix under which objects of a source lie.
type SourcePath struct {
	Feed   string `json:"feed"`
	Prefix string `json:"prefix"`
}

// SourcePaths are those of every source that is ever expected, by source. rules is
// what [OpenRules] gives.
func SourcePaths(ctx context.Context, rules *duckdb.DB) ([]SourcePath, error) {
	return duckdb.Select[SourcePath](ctx, rules, `SELECT DISTINCT p.feed, p.prefix FROM reference.object_paths AS p
		JOIN reference.sources AS s ON s.source = p.feed WHERE s.due_from <> 'never' ORDER BY ALL`)
}
