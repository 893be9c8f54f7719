package warehouse

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// A FileColumn is a Parquet column as arrow-go reads it.
type FileColumn struct {
	Name         string
	Type         arrow.DataType
	Nulls        int64
	NullElements int64 // NULLs inside lists
}

// A Proof is what a reader other than the writer finds in a Parquet file.
type Proof struct {
	Rows    int64
	Columns []FileColumn
	Meta    map[string]string // key-value metadata of the footer
	Dates   map[string]bool   // YYYYMMDD values of the partition column, if one was asked for
}

// Read reads every value of a Parquet file with arrow-go, so that no reader of
// DuckDB's own vouches for what DuckDB wrote. A damaged file is an error.
func Read(name string, partitionColumn ...string) (p Proof, err error) {
	err = open(name, func(r *file.Reader) error {
		p = footer(r)
		ar, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{BatchSize: 64 * 1024}, memory.DefaultAllocator)
		if err != nil {
			return err
		}
		schema, err := ar.Schema()
		if err != nil {
			return err
		}
		for _, f := range schema.Fields() {
			p.Columns = append(p.Columns, FileColumn{Name: f.Name, Type: f.Type})
		}
		return p.readRows(ar, partitionColumn)
	})
	return p, err
}

// open reads a Parquet file. What is wrong with it, be it a panic, is an error
// that names it.
func open(name string, read func(*file.Reader) error) (err error) {
	defer func() {
		if r := recover(); r != nil { // arrow-go panics on some damaged files
			err = fmt.Errorf("read %s: damaged Parquet: %v", name, r)
		}
	}()
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read parquet: %w", err)
	}
	defer f.Close()
	r, err := file.NewParquetReader(f, file.WithReadProps(parquet.NewReaderProperties(memory.DefaultAllocator)))
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer r.Close()
	if err := read(r); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

func footer(r *file.Reader) Proof {
	p := Proof{Rows: r.NumRows(), Meta: map[string]string{}, Dates: map[string]bool{}}
	for _, kv := range r.MetaData().KeyValueMetadata() {
		if kv.Value != nil {
			p.Meta[kv.Key] = *kv.Value
		}
	}
	return p
}

func (p *Proof) readRows(ar *pqarrow.FileReader, partitionColumn []string) error {
	batches, err := ar.GetRecordReader(context.Background(), nil, nil)
	if err != nil {
		return err
	}
	defer batches.Release()
	var rows int64
	for batches.Next() {
		batch := batches.RecordBatch()
		rows += batch.NumRows()
		for i, col := range batch.Columns() {
			p.Columns[i].Nulls += int64(col.NullN())
			if list, ok := col.(*array.List); ok {
				p.Columns[i].NullElements += int64(list.ListValues().NullN())
			}
			if !slices.Contains(partitionColumn, p.Columns[i].Name) {
				continue
			}
			dates, ok := col.(interface{ Value(int) arrow.Date32 })
			if !ok {
				return fmt.Errorf("the partition column %s is %s, not a date", p.Columns[i].Name, p.Columns[i].Type)
			}
			for j := range col.Len() {
				p.Dates[dates.Value(j).ToTime().Format("20060102")] = true
			}
		}
	}
	if err := batches.Err(); err != nil {
		return err
	}
	if rows != p.Rows {
		return fmt.Errorf("the footer says %d rows, %d are there", p.Rows, rows)
	}
	return nil
}

// Want is what a file must hold before a byte of it is sent.
type Want struct {
	Rows      int64
	Table     Table
	Partition string            // YYYYMMDD that every row must lie in; All: any
	Meta      map[string]string // what the footer must say
}

// Prove reads the file and compares it with what it must hold: rows, columns and
// their types, no NULL where none may be (the natural key, the partition column,
// lists and their elements), no row of another partition, metadata.
func Prove(name string, w Want) error {
	if err := prove(name, w); err != nil {
		return fmt.Errorf("prove %s: %w", name, err)
	}
	return nil
}

func prove(name string, w Want) error {
	p, err := Read(name, w.Table.Partition)
	if err != nil {
		return err
	}
	if p.Rows != w.Rows {
		return fmt.Errorf("%d rows were exported, %d are there", w.Rows, p.Rows)
	}
	var names []string
	for _, c := range p.Columns {
		names = append(names, c.Name)
	}
	if !slices.Equal(names, w.Table.ColumnNames()) {
		return fmt.Errorf("the columns are %v, declared are %v", names, w.Table.ColumnNames())
	}
	for i, c := range p.Columns {
		declared := w.Table.Columns[i].Type
		switch {
		case !declared.fits(c.Type):
			return fmt.Errorf("%s is %s, declared is %s", c.Name, c.Type, declared)
		case c.Nulls > 0 && (declared.List || c.Name == w.Table.Partition || slices.Contains(w.Table.Key, c.Name)):
			return fmt.Errorf("%d NULLs in %s, which may hold none", c.Nulls, c.Name)
		case c.NullElements > 0:
			return fmt.Errorf("%d NULLs in the lists of %s, which may hold none", c.NullElements, c.Name)
		}
	}
	for k, v := range w.Meta {
		if p.Meta[k] != v {
			return fmt.Errorf("its metadata %s is %q, not %q", k, p.Meta[k], v)
		}
	}
	for date := range p.Dates {
		if w.Partition != All && date != w.Partition {
			return fmt.Errorf("a row of %s lies in the partition %s", date, w.Partition)
		}
	}
	return nil
}
