package warehouse

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// A Column is a Parquet column as arrow-go reads it.
type Column struct {
	Name  string
	Type  string // Arrow's name of the type, such as utf8 or timestamp[us, tz=UTC]
	Nulls int64
}

// A Proof is what a reader other than the writer finds in a Parquet file.
type Proof struct {
	Rows    int64
	Columns []Column
	Meta    map[string]string // key-value metadata of the footer
	Dates   map[string]bool   // YYYYMMDD values of the partition column, if one was asked for
}

// Read reads every value of a Parquet file with arrow-go, so that no reader of
// DuckDB's own vouches for what DuckDB wrote. A damaged file is an error.
func Read(name string, partitionColumn ...string) (p Proof, err error) {
	defer func() {
		if r := recover(); r != nil { // arrow-go panics on some damaged files
			err = fmt.Errorf("read %s: damaged Parquet: %v", name, r)
		}
	}()
	f, err := os.Open(name)
	if err != nil {
		return p, fmt.Errorf("read parquet: %w", err)
	}
	defer f.Close()
	r, err := file.NewParquetReader(f, file.WithReadProps(parquet.NewReaderProperties(memory.DefaultAllocator)))
	if err != nil {
		return p, fmt.Errorf("read %s: %w", name, err)
	}
	defer r.Close()
	p = Proof{Rows: r.NumRows(), Meta: map[string]string{}, Dates: map[string]bool{}}
	for _, kv := range r.MetaData().KeyValueMetadata() {
		if kv.Value != nil {
			p.Meta[kv.Key] = *kv.Value
		}
	}
	ar, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{BatchSize: 64 * 1024}, memory.DefaultAllocator)
	if err != nil {
		return p, fmt.Errorf("read %s: %w", name, err)
	}
	schema, err := ar.Schema()
	if err != nil {
		return p, fmt.Errorf("read %s: %w", name, err)
	}
	for _, f := range schema.Fields() {
		p.Columns = append(p.Columns, Column{Name: f.Name, Type: f.Type.String()})
	}
	return p, p.readRows(ar, name, partitionColumn)
}

func (p *Proof) readRows(ar *pqarrow.FileReader, name string, partitionColumn []string) error {
	records, err := ar.GetRecordReader(context.Background(), nil, nil)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer records.Release()
	var rows int64
	for records.Next() {
		batch := records.RecordBatch()
		rows += batch.NumRows()
		for i, col := range batch.Columns() {
			p.Columns[i].Nulls += int64(col.NullN())
			if !slices.Contains(partitionColumn, p.Columns[i].Name) {
				continue
			}
			dates, ok := col.(interface{ Value(int) arrow.Date32 })
			if !ok {
				return fmt.Errorf("read %s: the partition column %s is %s, not a date", name, p.Columns[i].Name, p.Columns[i].Type)
			}
			for j := range col.Len() {
				p.Dates[dates.Value(j).ToTime().Format("20060102")] = true
			}
		}
	}
	if err := records.Err(); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if rows != p.Rows {
		return fmt.Errorf("read %s: the footer says %d rows, %d are there", name, p.Rows, rows)
	}
	return nil
}

// Want is what a file must hold before a byte of it is sent.
type Want struct {
	Rows      int64
	Columns   []string // names in order
	NotNull   []string // columns that may hold no NULL: the natural key and the partition column
	Partition string   // YYYYMMDD that every row must lie in; "" or all: not checked
	By        string   // the partition column
	Meta      map[string]string
}

// Prove reads the file and compares it with what it must hold.
func Prove(name string, w Want) error {
	var by []string
	if w.By != "" {
		by = []string{w.By}
	}
	p, err := Read(name, by...)
	if err != nil {
		return err
	}
	if p.Rows != w.Rows {
		return fmt.Errorf("prove %s: %d rows were exported, %d are there", name, w.Rows, p.Rows)
	}
	var names []string
	for _, c := range p.Columns {
		names = append(names, c.Name)
		if c.Nulls > 0 && slices.Contains(w.NotNull, c.Name) {
			return fmt.Errorf("prove %s: %d NULLs in %s, which may hold none", name, c.Nulls, c.Name)
		}
	}
	if !slices.Equal(names, w.Columns) {
		return fmt.Errorf("prove %s: the columns are %v, declared are %v", name, names, w.Columns)
	}
	for k, v := range w.Meta {
		if p.Meta[k] != v {
			return fmt.Errorf("prove %s: its metadata %s is %q, not %q", name, k, p.Meta[k], v)
		}
	}
	for date := range p.Dates {
		if date != w.Partition {
			return fmt.Errorf("prove %s: a row of %s lies in the partition %s", name, date, w.Partition)
		}
	}
	return nil
}
