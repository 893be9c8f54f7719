package mirror_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"

	"sourcecov/sync/mirror"
)

// cell is one value as Parquet has it.
type cell struct {
	null   bool
	number int64
	text   string
	kind   parquet.Type
}

func (c cell) String() string {
	switch {
	case c.null:
		return "NULL"
	case c.kind == parquet.Types.Int64:
		return fmt.Sprint(c.number)
	}
	return c.text
}

func (c cell) Format(f fmt.State, verb rune) {
	if c.kind == parquet.Types.Int64 && !c.null && verb == 'x' {
		fmt.Fprintf(f, fmt.FormatString(f, verb), c.number)
		return
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), c.String())
}

// readParquet returns the rows of a file, each by column, read value by value.
func readParquet(t *testing.T, path string) []map[string]cell {
	t.Helper()
	r, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []map[string]cell
	for g := range r.NumRowGroups() {
		group := r.RowGroup(g)
		rows := make([]map[string]cell, group.NumRows())
		for i := range rows {
			rows[i] = map[string]cell{}
		}
		for i := range group.NumColumns() {
			chunk, err := group.Column(i)
			if err != nil {
				t.Fatal(err)
			}
			optional := chunk.Descriptor().MaxDefinitionLevel() == 1
			for _, row := range rows {
				c := cell{kind: chunk.Type()}
				defined := []int16{0}
				var n int
				switch chunk := chunk.(type) {
				case *file.Int64ColumnChunkReader:
					v := []int64{0}
					_, n, err = chunk.ReadBatch(1, v, defined, nil)
					c.number = v[0]
				case *file.ByteArrayColumnChunkReader:
					v := []parquet.ByteArray{nil}
					_, n, err = chunk.ReadBatch(1, v, defined, nil)
					c.text = string(v[0])
				}
				if err != nil {
					t.Fatal(err)
				}
				if c.null = n == 0; c.null && !optional {
					t.Fatalf("%s: column %d has a NULL", path, i)
				}
				row[chunk.Descriptor().Name()] = c
			}
		}
		all = append(all, rows...)
	}
	return all
}

// The columns are what SQL reads: a change here breaks every landing there is.
func TestSchema(t *testing.T) {
	w := newWorld(t, map[string][]byte{"x/1": []byte("1")})
	w.pull(nil)
	l := w.open()
	for path, want := range map[string]string{
		l.Segments()[0]: segmentSchema,
		l.Segments()[1]: segmentSchema,
		l.Listing():     listingSchema,
	} {
		r, err := file.OpenParquetFile(path, false)
		if err != nil {
			t.Fatal(err)
		}
		s := r.MetaData().Schema
		var got []string
		for i := range s.NumColumns() {
			c := s.Column(i)
			got = append(got, fmt.Sprintf("%s %s %s", c.Name(), c.PhysicalType(), c.LogicalType())+map[int16]string{1: " NULL"}[c.MaxDefinitionLevel()])
		}
		if got := strings.Join(got, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", filepath.Base(path), got, want)
		}
		r.Close()
	}
}

const segmentSchema = `pull INT64 None
object BYTE_ARRAY String
generation INT64 None
crc32c INT64 None
size INT64 None
created_at INT64 Timestamp(isAdjustedToUTC=true, timeUnit=microseconds, is_from_converted_type=false, force_set_converted_type=false) NULL
encoding BYTE_ARRAY String
error BYTE_ARRAY String NULL
body BYTE_ARRAY None NULL`

const listingSchema = `object BYTE_ARRAY String
generation INT64 None
crc32c INT64 None
size INT64 None`

// Whatever happens to a file of the landing, the error names it and says what to
// do, and doing that helps.
func TestDamagedLanding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string][]byte{"x/1": []byte("one"), "x/2": []byte(strings.Repeat("two", 10_000))})
	w.pull(nil)
	l := w.open()
	for _, path := range []string{l.Segments()[1], l.Listing()} {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damage := map[string][]byte{
			"empty": nil, "noise": []byte("this is not Parquet at all"), "no end": whole[:len(whole)/2],
			"no footer": whole[:len(whole)-8], "no beginning": whole[len(whole)/2:],
		}
		for what, body := range damage {
			if err := os.WriteFile(path, body, 0o666); err != nil {
				t.Fatal(err)
			}
			_, err := w.tryPull(t.Context(), nil)
			var damaged *mirror.DamagedError
			if !errors.As(err, &damaged) || damaged.File != path || !strings.Contains(err.Error(), "delete it and pull again") {
				t.Errorf("%s, %s: Pull = %v", filepath.Base(path), what, err)
			}
		}
		// Bits that flip may hit a body, which a pull does not look at; but no panic.
		for i := range 200 {
			body := slices.Clone(whole)
			at := len(body) - 1 - rand.IntN(min(len(body), 1500))
			body[at] ^= 1 << (i % 8)
			if err := os.WriteFile(path, body, 0o666); err != nil {
				t.Fatal(err)
			}
			l := w.open()
			_, err := mirror.Pull(t.Context(), openDir(t, w.bucket), []string{"x/"}, l, w.opt)
			var damaged *mirror.DamagedError
			if err != nil && !errors.As(err, &damaged) {
				t.Errorf("%s, byte %d: Pull = %v", filepath.Base(path), at, err)
			}
			for _, extra := range append(l.Segments()[2:], strings.Replace(l.Listing(), "000001", "none", 1)) {
				os.Remove(extra) // what a pull made of it
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		w.pull(nil)
		if got := w.listed(); len(got) != 2 || len(w.rows()) != 2 {
			t.Errorf("deleted and pulled again: %q", got)
		}
		if err := os.WriteFile(path, whole, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// Two processes that pull at once get different numbers or one gets an error;
// neither replaces what the other wrote.
func TestTwoPullsAtOnce(t *testing.T) {
	w := newWorld(t, map[string][]byte{"x/1": []byte("one")})
	slow := w.open()
	b := openDir(t, w.bucket)
	_, err := mirror.Pull(t.Context(), &wrapped{Bucket: b, read: func(ctx context.Context, name string, generation int64) ([]byte, error) {
		w.pull(nil) // the other one, from start to end
		return b.Read(ctx, name, generation)
	}}, []string{"x/"}, slow, w.opt)
	if err == nil {
		t.Error("both have succeeded with one number")
	}
	report(t, w.pull(nil), mirror.Report{Pull: 1, Listed: 1})
}

// A process killed in the middle of a pull leaves a landing that the next pull
// finds as it was.
func TestPullKilled(t *testing.T) {
	t.Parallel()
	objects := map[string][]byte{}
	for i := range 10 {
		objects[fmt.Sprintf("x/%02d", i)] = bytes.Repeat([]byte{byte(i)}, 4<<20)
	}
	rand.NewChaCha8([32]byte{}).Read(objects["x/00"]) // does not compress, so the row group does not fit into a buffer
	w := newWorld(t, objects)
	w.open()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MIRROR_TEST_BUCKET="+w.bucket, "MIRROR_TEST_LANDING="+w.landing)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	cmd.Process.Kill() // SIGKILL
	cmd.Wait()
	if line != "half-way\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	temps, err := filepath.Glob(filepath.Join(w.landing, ".tmp-*"))
	if err != nil || len(temps) != 1 {
		t.Fatalf("the killed pull left %q, %v", temps, err)
	}
	if info, err := os.Stat(temps[0]); err != nil || info.Size() == 0 {
		t.Errorf("it had written nothing yet: %v", err)
	}
	if got := w.open().Segments(); len(got) != 1 {
		t.Errorf("segments %q", got)
	}
	if files := w.files(); len(files) != 2 {
		t.Errorf("the landing has %d files", len(files))
	}
	report(t, w.pull(nil), mirror.Report{Pull: 1, Listed: 10, New: 10, Segment: "segment-000001.parquet", Listing: "listing-000001.parquet"})
	if rows := readParquet(t, w.open().Segments()[1]); len(rows) != 10 || rows[9]["body"].text != string(objects["x/09"]) {
		t.Errorf("%d rows", len(rows))
	}
}

// TestMain is the child of TestPullKilled, too: a pull that stops after a row
// group, says so, and waits for its end.
func TestMain(m *testing.M) {
	dir := os.Getenv("MIRROR_TEST_BUCKET")
	if dir == "" {
		os.Exit(m.Run())
	}
	b, err := mirror.Dir(dir)
	if err != nil {
		panic(err)
	}
	l, err := mirror.OpenLanding(os.Getenv("MIRROR_TEST_LANDING"))
	if err != nil {
		panic(err)
	}
	var reads atomic.Int64
	_, err = mirror.Pull(context.Background(), &wrapped{Bucket: b, read: func(ctx context.Context, name string, generation int64) ([]byte, error) {
		if reads.Add(1) == 10 {
			fmt.Println("half-way")
			select {}
		}
		return b.Read(ctx, name, generation)
	}}, []string{"x/"}, l, mirror.Options{Parallel: 1})
	panic(fmt.Sprint("the pull has ended: ", err))
}

func sum(s string) string {
	return fmt.Sprintf("%08x", crc32.Checksum([]byte(s), crc32.MakeTable(crc32.Castagnoli)))
}
