package jobs

import (
	"sourcecov/sql"
	"sourcecov/sync/warehouse"
)

// publishedTables are the tables and views that the SQL files declare, by name, as a
// warehouse has to hold them.
func publishedTables(cat *sql.Catalog) (tables []warehouse.Table, views []warehouse.View, err error) {
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
			return nil, f.Errorf("column", "column %s: %v", c.Name, err)
		}
		out[i] = warehouse.Column{Name: c.Name, Type: kind, Doc: c.Doc}
	}
	return out, nil
}

// tableNamed is the published table of a name, all but empty if there is none.
func (n *night) tableNamed(name string) warehouse.Table {
	for _, t := range n.tables {
		if t.Name == name {
			return t
		}
	}
	return warehouse.Table{Name: name}
}
