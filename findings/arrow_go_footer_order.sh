#!/usr/bin/env bash
# arrow-go 18.8.0 (parquet/pqarrow), Go 1.24 or later.
#
# A good guess: a Parquet writer that is given the same rows with the same properties
# writes the same bytes, so that a file can be named and compared by its hash; nothing
# in a Parquet file depends on a clock or on chance.
#
# What happens: it holds until a column's dictionary outgrows its limit (1 MiB, the
# default, is met by some 40,000 different strings) after a page of it has been cut. The
# chunk then has data pages of two encodings, and the footer's list of how many pages
# have which (encoding_stats) is filled from a Go map: now in one order, now in the
# other. Pages and size are the same, four bytes of the footer are not. Without
# dictionaries, or with a limit that is never reached, the bytes are the same each time.
#
# Prints how many different files thirty writings of the same rows give, with the default
# properties, without dictionaries and with a large limit. Exits 1 if that changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'MOD'
module footer

go 1.24

require github.com/apache/arrow-go/v18 v18.8.0
MOD
cat >main.go <<'GO'
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"log"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

func main() {
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.BinaryTypes.String}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range 100_000 { // two rows of each
		b.Field(0).(*array.StringBuilder).Append(fmt.Sprintf("player of game %08d", i/2))
	}
	rows := b.NewRecordBatch()
	ok := true
	try := func(what string, one bool, props ...parquet.WriterProperty) {
		files, sizes := map[[32]byte]int{}, map[int]bool{}
		for range 30 {
			var out bytes.Buffer
			w, err := pqarrow.NewFileWriter(schema, &out, parquet.NewWriterProperties(props...), pqarrow.DefaultWriterProps())
			if err == nil {
				err = w.Write(rows)
			}
			if err == nil {
				err = w.Close()
			}
			if err != nil {
				log.Fatal(err)
			}
			files[sha256.Sum256(out.Bytes())]++
			sizes[out.Len()] = true
		}
		fmt.Printf("%-32s %d different files of %d size(s)\n", what, len(files), len(sizes))
		ok = ok && (len(files) == 1) == one && len(sizes) == 1
	}
	try("default properties:", false)
	try("no dictionaries:", true, parquet.WithDictionaryDefault(false))
	try("dictionaries of up to 1 GiB:", true, parquet.WithDictionaryPageSizeLimit(1<<30))
	if !ok {
		os.Exit(1)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run .
