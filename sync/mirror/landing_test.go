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

// Whatever happens to a file of the landing, not a byte of it is read: the error
// names it, and set aside it is in nobody's way.
func TestDamagedLanding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string][]byte{"x/1": []byte("one"), "x/2": []byte(strings.Repeat("two", 10_000))})
	w.pull(nil)
	l := w.open()
	before := w.files()
	for _, path := range []string{l.Segments()[0], l.Segments()[1], l.Listing(), filepath.Join(w.landing, "sums.json")} {
		base := filepath.Base(path)
		whole := []byte(before[base])
		bodies := map[string][]byte{
			"empty": {}, "noise": []byte("this is not Parquet at all"), "no end": whole[:len(whole)/2],
			"no footer": whole[:len(whole)-8], "no beginning": whole[len(whole)/2:], "gone": nil,
		}
		for i := range 120 {
			body := slices.Clone(whole)
			at := i * len(body) / 120
			body[at] ^= 1 << (i % 8)
			bodies[fmt.Sprint("byte ", at)] = body
		}
		for what, body := range bodies {
			if body == nil && (base == "sums.json" || strings.Contains(base, "000000")) {
				continue // nobody says that it was there; without rows it is made again
			}
			write(t, path, body)
			_, damaged, err := mirror.Inspect(t.Context(), w.landing, nil)
			if err != nil || len(damaged) != 1 || damaged[0].File != path {
				t.Errorf("%s, %s: Inspect = %v, %v", base, what, damaged, err)
			}
			var d *mirror.DamagedError
			l, err := mirror.OpenLanding(w.landing)
			if err == nil {
				_, err = mirror.Pull(t.Context(), openDir(t, w.bucket), []string{"x/"}, l, w.opt)
			}
			if !errors.As(err, &d) || d.File != path {
				t.Errorf("%s, %s: Pull = %v", base, what, err)
			}
		}
		write(t, path, append(slices.Clone(whole), 0))
		_, damaged, err := mirror.Inspect(t.Context(), w.landing, nil)
		if err == nil {
			err = mirror.SetAside(w.landing, damaged)
		}
		if err != nil {
			t.Fatal(err)
		}
		r := w.pull(nil)
		if got := w.listed(); len(got) != 2 || len(w.rows()) != 2 || r.Listed != 2 {
			t.Errorf("%s set aside: %q, %+v", base, got, r)
		}
		if base == "segment-000001.parquet" && r.Segment != "segment-000002.parquet" {
			t.Errorf("the number of %s was given twice: %+v", base, r)
		}
		if kept, err := os.ReadFile(filepath.Join(w.landing, mirror.Aside, base)); err != nil || len(kept) != len(whole)+1 {
			t.Errorf("%s was not kept aside: %v", base, err)
		}
		if err := os.RemoveAll(w.landing); err != nil {
			t.Fatal(err)
		}
		w.open()
		for name, body := range before {
			write(t, filepath.Join(w.landing, name), []byte(body))
		}
	}
}

// write makes a file hold body, or not be there if that is nil.
func write(t *testing.T, path string, body []byte) {
	t.Helper()
	err := os.WriteFile(path, body, 0o666)
	if body == nil {
		err = os.Remove(path)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A landing from before names no file. The first pull takes in what is there,
// unless somebody noted another sum of it, and from then on it is named.
func TestLandingFromBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string][]byte{"x/1": []byte("one")})
	w.pull(nil)
	l := w.open()
	segment := l.Segments()[1]
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(whole)
	flipped[8] ^= 1 // in the first page, of which no reader asks for a checksum
	asked := 0
	w.opt.Known = func() (map[string]string, error) {
		asked++
		sums := map[string]string{filepath.Base(segment): mirror.SHA256(whole), "segment-000009.parquet": "of another landing"}
		return sums, nil
	}
	write(t, filepath.Join(w.landing, "sums.json"), nil)
	write(t, segment, flipped)
	var d *mirror.DamagedError
	if _, err := w.tryPull(t.Context(), nil); !errors.As(err, &d) || d.File != segment || asked != 1 {
		t.Errorf("flipped, and its sum is known: %v, asked %d times", err, asked)
	}
	write(t, segment, whole)
	report(t, w.pull(nil), mirror.Report{Pull: 1, Listed: 1})
	write(t, segment, flipped)
	if _, err := w.tryPull(t.Context(), nil); !errors.As(err, &d) || d.File != segment || asked != 2 {
		t.Errorf("flipped once it is named: %v, asked %d times", err, asked)
	}
	write(t, segment, whole)
	// A pull that is killed before it names what it wrote is taken up.
	write(t, filepath.Join(w.bucket, "x", "2"), []byte("two"))
	had := w.files()["sums.json"]
	w.pull(nil)
	write(t, filepath.Join(w.landing, "sums.json"), []byte(had))
	report(t, w.pull(nil), mirror.Report{Pull: 2, Listed: 2})
	if sums := w.files()["sums.json"]; !strings.Contains(sums, "segment-000002.parquet") {
		t.Errorf("not named: %s", sums)
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
