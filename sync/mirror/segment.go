package mirror

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// The encodings of a row say what its body is.
const (
	identity   = "identity"    // the stored bytes
	gzipped    = "gzip"        // what the stored bytes decompress to
	gzipBroken = "gzip_broken" // the stored bytes, which begin like gzip and are not; error says why
	unread     = "unread"      // NULL; error says why, and the next pull tries again
	large      = "large"       // NULL; error says than what, and a pull with another limit tries again

	stored = "stored" // of a row to be: the stored bytes, not looked at yet
)

// row is one row of a segment: what one pull got for one generation.
type row struct {
	Object
	pull     int64
	encoding string
	reason   string // why it is unread or broken, else ""
	body     []byte
}

var segmentColumns = []column[row]{
	integer("pull", func(r row) int64 { return r.pull }),
	text("object", func(r row) string { return r.Name }),
	integer("generation", func(r row) int64 { return r.Generation }),
	integer("crc32c", func(r row) int64 { return int64(r.CRC32C) }),
	integer("size", func(r row) int64 { return r.Size }),
	nullable("created_at", parquet.Types.Int64, schema.NewTimestampLogicalType(true, schema.TimeUnitMicros),
		func(r row) (int64, bool) { return r.Created.UnixMicro(), r.Created != time.Time{} }),
	text("encoding", func(r row) string { return r.encoding }),
	nullable("error", parquet.Types.ByteArray, schema.StringLogicalType{},
		func(r row) (parquet.ByteArray, bool) { return parquet.ByteArray(r.reason), r.reason != "" }),
	nullable("body", parquet.Types.ByteArray, schema.NoLogicalType{},
		func(r row) (parquet.ByteArray, bool) { return r.body, r.encoding != unread && r.encoding != large }),
}

var listingColumns = []column[Object]{
	text("object", func(o Object) string { return o.Name }),
	integer("generation", func(o Object) int64 { return o.Generation }),
	integer("crc32c", func(o Object) int64 { return int64(o.CRC32C) }),
	integer("size", func(o Object) int64 { return o.Size }),
}

// A column of a file made of rows R: its place in the schema, and how its chunk
// of a row group is written.
type column[R any] struct {
	name     string
	nulls    parquet.Repetition
	logical  schema.LogicalType
	physical parquet.Type
	write    func(file.ColumnChunkWriter, []R) error
}

func integer[R any](name string, value func(R) int64) column[R] {
	c := nullable(name, parquet.Types.Int64, schema.NoLogicalType{},
		func(r R) (int64, bool) { return value(r), true })
	c.nulls = parquet.Repetitions.Required
	return c
}

func text[R any](name string, value func(R) string) column[R] {
	c := nullable(name, parquet.Types.ByteArray, schema.StringLogicalType{},
		func(r R) (parquet.ByteArray, bool) { return parquet.ByteArray(value(r)), true })
	c.nulls = parquet.Repetitions.Required
	return c
}

func nullable[R, V any](name string, physical parquet.Type, logical schema.LogicalType, value func(R) (V, bool)) column[R] {
	return column[R]{name, parquet.Repetitions.Optional, logical, physical,
		func(w file.ColumnChunkWriter, rows []R) error { return writeChunk(w, rows, value) }}
}

// writeChunk writes one column of rows; false of value is NULL.
func writeChunk[R, V any](w file.ColumnChunkWriter, rows []R, value func(R) (V, bool)) error {
	values := make([]V, 0, len(rows))
	defined := make([]int16, len(rows))
	for i, r := range rows {
		if v, ok := value(r); ok {
			values = append(values, v)
			defined[i] = 1
		}
	}
	if w.Descr().MaxDefinitionLevel() == 0 {
		defined = nil
	}
	_, err := w.(interface {
		WriteBatch(values []V, defined, repeated []int16) (int64, error)
	}).WriteBatch(values, defined, nil)
	return err
}

// A row group ends with the row that brings it to either of these. Readers work
// on row groups in parallel, and hold one in memory, thirty times over if it is JSON.
const (
	groupBytes = 2 << 20
	groupRows  = 100_000
)

// tableWriter writes rows R to a Parquet file, a row group at a time.
type tableWriter[R any] struct {
	columns []column[R]
	w       *file.Writer
	rows    []R // of the row group to come
	bytes   int // in their bodies
	total   int // rows added
}

func newTableWriter[R any](w io.Writer, columns []column[R]) (*tableWriter[R], error) {
	var fields schema.FieldList
	for _, c := range columns { // a node belongs to one file: the schema writes into it
		node, err := schema.NewPrimitiveNodeLogical(c.name, c.nulls, c.logical, c.physical, -1, -1)
		if err != nil {
			return nil, err
		}
		fields = append(fields, node)
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		return nil, err
	}
	pw, err := file.NewParquetWriterWithError(w, root, file.WithWriterProps(parquet.NewWriterProperties(
		parquet.WithCompression(compress.Codecs.Zstd),
		parquet.WithBatchSize(8),             // a page may outgrow its size by one batch, and bodies are big
		parquet.WithDictionaryDefault(false), // hardly any two are the same; and see warehouse.Split
		parquet.WithStatsFor("body", false),  // nobody asks for the least body
	)))
	return &tableWriter[R]{columns: columns, w: pw}, err
}

// add adds a row that has so many bytes in its body.
func (t *tableWriter[R]) add(r R, bytes int) error {
	t.rows = append(t.rows, r)
	t.bytes += bytes
	t.total++
	if t.bytes >= groupBytes || len(t.rows) >= groupRows {
		return t.flush()
	}
	return nil
}

func (t *tableWriter[R]) flush() error {
	if len(t.rows) == 0 {
		return nil
	}
	group, err := t.w.AppendRowGroupChecked()
	if err != nil {
		return err
	}
	for _, c := range t.columns {
		chunk, err := group.NextColumn()
		if err != nil {
			return err
		}
		if err := c.write(chunk, t.rows); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	clear(t.rows) // let go of the bodies
	t.rows, t.bytes = t.rows[:0], 0
	return group.Close()
}

// close ends the file; it does not close the writer below.
func (t *tableWriter[R]) close() error {
	if err := t.flush(); err != nil {
		return err
	}
	return t.w.Close()
}

// A DamagedError is about a file of the landing that is not what a pull wrote, or
// that is gone ([fs.ErrNotExist]). Set aside ([SetAside]), the next pull fetches
// again what only it had, so far as the bucket still has it.
type DamagedError struct {
	File string // its path
	Err  error
}

func (e *DamagedError) Error() string {
	if errors.Is(e.Err, fs.ErrNotExist) {
		return e.File + " is gone"
	}
	return fmt.Sprintf("%s is damaged: %v", e.File, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// readTable calls fn for each row group of a Parquet file of ours. What is wrong
// with the file's content is a DamagedError.
func readTable(path string, fn func(rowGroup) error) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	defer func() {
		// The reader answers some damage with a panic.
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
		if err != nil {
			err = &DamagedError{path, cause(err)}
		}
	}()
	r, err := file.NewParquetReader(f)
	if err != nil {
		return err
	}
	for i := range r.NumRowGroups() {
		if err := fn(rowGroup{r.RowGroup(i), r.MetaData().Schema}); err != nil {
			return err
		}
	}
	return nil
}

type rowGroup struct {
	*file.RowGroupReader
	schema *schema.Schema
}

// readChunk returns one column of a row group, and no other is read. A NULL is
// the zero V, which is int64 or parquet.ByteArray.
func readChunk[V any](g rowGroup, name string) ([]V, error) {
	n := g.NumRows()
	if n < 0 || n > groupRows {
		return nil, fmt.Errorf("a row group of %d rows", n)
	}
	chunk, err := g.Column(g.schema.ColumnIndexByName(name))
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", name, err)
	}
	defer chunk.Close()
	r, ok := chunk.(interface {
		ReadBatch(n int64, values []V, defined, repeated []int16) (int64, int, error)
	})
	if !ok {
		return nil, fmt.Errorf("column %s has type %s", name, chunk.Type())
	}
	values := make([]V, n)
	defined := make([]int16, n)
	rows, next, err := r.ReadBatch(n, values, defined, nil)
	if err == nil {
		err = chunk.Err()
	}
	if err == nil && rows != n {
		err = fmt.Errorf("%d rows instead of %d", rows, n)
	}
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", name, err)
	}
	if chunk.Descriptor().MaxDefinitionLevel() == 0 {
		return values, nil
	}
	for i := n - 1; i >= 0; i-- { // the values come without gaps: move each to its row
		if defined[i] == 1 {
			next--
			values[i] = values[next]
		} else {
			values[i] = *new(V)
		}
	}
	return values, nil
}
