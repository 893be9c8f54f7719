package warehouse

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"golang.org/x/sync/errgroup"
)

// A Piece is a file to be made of some rows of a table: of one partition, or of all.
type Piece struct {
	Partition string // YYYYMMDD, or All
	File      string
	Meta      map[string]string // what its footer is to say
	SHA256    string            // of its bytes, in hex; Split sets it
}

// What decides bytes: how many rows a row group has at most, and below how many a file
// is compressed lightly and has no statistics.
const (
	groupRows = 128 * 1024
	fewRows   = 4 * 1024
)

// Split writes the files of a table's pieces, each whole, from one Parquet file that
// has all of their rows in the order of partition and key: a table is read once,
// however many partitions it has. A piece that has no row in it becomes a file
// without rows. A row that belongs to no piece is an error. The same rows and
// metadata give the same bytes; what a crash leaves is of no use, so the names must
// be ones that nobody reads yet.
func Split(ctx context.Context, in string, t Table, pieces []Piece) error {
	if err := split(ctx, in, t, pieces); err != nil {
		return fmt.Errorf("split %s into partitions: %w", t.Name, err)
	}
	return nil
}

func split(ctx context.Context, in string, t Table, pieces []Piece) error {
	left := map[string]*Piece{}
	for i := range pieces {
		p := &pieces[i]
		left[p.Partition] = p
		if err := os.MkdirAll(filepath.Dir(p.File), 0o755); err != nil {
			return err
		}
	}
	return open(in, func(r *file.Reader) error {
		ar, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{BatchSize: 16 * 1024}, memory.DefaultAllocator)
		if err != nil {
			return err
		}
		schema, err := ar.Schema()
		if err != nil {
			return err
		}
		batches, err := ar.GetRecordReader(ctx, nil, nil)
		if err != nil {
			return err
		}
		defer batches.Release()
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(runtime.GOMAXPROCS(0))
		s := splitter{schema: arrow.NewSchema(schema.Fields(), nil), left: left, group: group}
		column := slices.Index(t.ColumnNames(), t.Partition)
		if _, whole := left[All]; whole {
			column = -1
		}
		return errors.Join(s.read(ctx, batches, column), s.end(), group.Wait())
	})
}

// A splitter is on its way through the rows of a table.
type splitter struct {
	schema *arrow.Schema
	left   map[string]*Piece // whose rows have not come yet
	group  *errgroup.Group   // writes what is whole

	now  *pieceFile // whose rows are coming
	part string     // its partition
}

// read cuts batches where the date in a column changes; at a column of -1 they are
// all of one piece.
func (s *splitter) read(ctx context.Context, batches array.RecordReader, column int) error {
	for batches.Next() {
		batch := batches.RecordBatch()
		if column < 0 {
			if err := s.add(All, batch.NewSlice(0, batch.NumRows())); err != nil {
				return err
			}
			continue
		}
		dates, ok := batch.Column(column).(*array.Date32)
		if !ok {
			return fmt.Errorf("the partition column is %s, not a date", batch.Column(column).DataType())
		}
		for from := 0; from < dates.Len(); {
			to := from + 1
			for to < dates.Len() && dates.Value(to) == dates.Value(from) {
				to++
			}
			if err := s.add(dates.Value(from).ToTime().Format("20060102"), batch.NewSlice(int64(from), int64(to))); err != nil {
				return err
			}
			from = to
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return batches.Err()
}

// add takes the next rows, all of one partition.
func (s *splitter) add(partition string, rows arrow.RecordBatch) error {
	if s.now == nil || s.part != partition {
		p, has := s.left[partition]
		if !has {
			return fmt.Errorf("rows of %s lie in no partition that is wanted, or are out of order", partition)
		}
		delete(s.left, partition)
		s.finish()
		s.now, s.part = &pieceFile{Piece: p, schema: s.schema}, partition
	}
	return s.now.add(rows)
}

// finish ends the file whose rows are all there, beside what comes next.
func (s *splitter) finish() {
	if s.now != nil {
		s.group.Go(s.now.finish)
	}
	s.now = nil
}

// end ends the last file, and makes those that no row came for.
func (s *splitter) end() error {
	s.finish()
	for _, p := range s.left {
		s.group.Go((&pieceFile{Piece: p, schema: s.schema}).finish)
	}
	return nil
}

// A pieceFile is a file on its way: row groups are cut by the count of rows alone, so
// where batches begin and end decides no byte.
type pieceFile struct {
	*Piece
	schema  *arrow.Schema
	waiting []arrow.RecordBatch // rows of the next row group
	rows    int64               // how many
	f       *os.File
	sum     hash.Hash     // of what is written into it
	buffer  *bufio.Writer // before both: the library writes each header and each page by itself
	w       *pqarrow.FileWriter
}

func (p *pieceFile) add(rows arrow.RecordBatch) error {
	for p.rows+rows.NumRows() > groupRows {
		fits := groupRows - p.rows
		p.waiting, p.rows = append(p.waiting, rows.NewSlice(0, fits)), groupRows
		if err := p.flush(); err != nil {
			return err
		}
		rest := rows.NewSlice(fits, rows.NumRows())
		rows.Release()
		rows = rest
	}
	p.waiting, p.rows = append(p.waiting, rows), p.rows+rows.NumRows()
	return nil
}

// flush writes what waits as one row group.
func (p *pieceFile) flush() (err error) {
	if p.w == nil {
		if p.f, err = os.Create(p.File); err != nil {
			return err
		}
		few := p.rows < fewRows
		codec := compress.Codecs.Zstd
		if few {
			codec = compress.Codecs.Snappy
		}
		// No dictionaries: where one grows over its limit the footer lists both encodings of
		// the column's pages in the order of a map (arrow-go 18.8.0), a new one each time.
		props := parquet.NewWriterProperties(parquet.WithCompression(codec), parquet.WithDictionaryDefault(false), parquet.WithStats(!few),
			parquet.WithMaxRowGroupLength(groupRows))
		p.sum = sha256.New()
		p.buffer = bufio.NewWriterSize(io.MultiWriter(p.f, p.sum), 64<<10)
		if p.w, err = pqarrow.NewFileWriter(p.schema, p.buffer, props, pqarrow.DefaultWriterProps()); err != nil {
			return err
		}
	}
	if p.rows == 0 {
		return nil
	}
	rows, err := p.together()
	if err != nil {
		return err
	}
	defer rows.Release()
	p.waiting, p.rows = nil, 0
	return p.w.Write(rows)
}

// together is all that waits in one batch.
func (p *pieceFile) together() (arrow.RecordBatch, error) {
	if len(p.waiting) == 1 {
		return p.waiting[0], nil
	}
	columns := make([]arrow.Array, p.schema.NumFields())
	for i := range columns {
		parts := make([]arrow.Array, len(p.waiting))
		for j, rows := range p.waiting {
			parts[j] = rows.Column(i)
		}
		var err error
		if columns[i], err = array.Concatenate(parts, memory.DefaultAllocator); err != nil {
			return nil, err
		}
	}
	for _, rows := range p.waiting {
		rows.Release()
	}
	return array.NewRecordBatch(p.schema, columns, p.rows), nil
}

// finish writes the rest and the footer. A file that has no row is one, too.
func (p *pieceFile) finish() error {
	err := p.flush()
	if err == nil {
		for _, key := range slices.Sorted(maps.Keys(p.Meta)) {
			err = errors.Join(err, p.w.AppendKeyValueMetadata(key, p.Meta[key]))
		}
	}
	if p.w != nil {
		err = errors.Join(err, p.w.Close(), p.buffer.Flush())
		p.SHA256 = hex.EncodeToString(p.sum.Sum(nil))
	}
	if p.f != nil {
		err = errors.Join(err, p.f.Close())
	}
	return err
}
